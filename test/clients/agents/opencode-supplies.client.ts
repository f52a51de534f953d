import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  anthropic,
  anthropicByBudget,
  chatgpt,
  compatible,
  deployment,
  ollama,
  openai,
  startFullStage,
  titleOf,
  upstreamCalls,
  type FullStage,
  type OtherSupply,
} from '../every-supply.ts'
import { createDesk, runAgent, type AgentRun, type Desk } from './run-agent.ts'

let stage: FullStage
let desk: Desk
beforeAll(async () => {
  stage = await startFullStage()
})
afterAll(() => stage.close())
beforeEach(() => {
  stage.emulator.clear()
  desk = createDesk({ 'note.txt': 'the kettle is blue\n' })
})
afterEach(() => desk.clear())

function run(npm: string, { supply, model }: OtherSupply, prompt: string): Promise<AgentRun> {
  const provider = {
    gw: {
      npm,
      name: 'gw',
      options: { baseURL: `${stage.url}/${supply}/v1`, apiKey: 'any' },
      models: { [model]: { name: model, reasoning: true, tool_call: true } },
    },
  }
  desk.put('.config/opencode/opencode.json', JSON.stringify({ provider, permission: { '*': 'allow' } }))
  return runAgent('opencode', desk, ['run', '--format', 'json', '-m', `gw/${model}`, prompt], {
    OPENCODE_DISABLE_MODELS_FETCH: '1',
    OPENCODE_DISABLE_AUTOUPDATE: '1',
  })
}

/** The last text among the lines of events. */
function said({ stdout }: AgentRun): unknown {
  const lines = stdout
    .trim()
    .split('\n')
    .map((line): { type?: string; part?: { text?: string } } => JSON.parse(line))
  return lines.findLast(({ type }) => type === 'text')?.part?.text
}

const pairs = [
  ['@ai-sdk/openai', openai],
  ['@ai-sdk/openai', chatgpt],
  ['@ai-sdk/anthropic', anthropic],
  ['@ai-sdk/anthropic', anthropicByBudget],
  ['@ai-sdk/anthropic', ollama],
  ['@ai-sdk/openai-compatible', compatible],
  ['@ai-sdk/openai-compatible', deployment],
] as const

test.each(pairs.map(([npm, supply]) => [npm, titleOf(supply), supply] as const))(
  'opencode with %s at the route of %s: reads a file, writes a file, answers',
  async (npm, _, supply) => {
    // It asks for a title at the same time, without tools: the steps are for the calls that declare the tool `read`.
    const when = { body: '"name":"read"' }
    stage.emulator.play([
      {
        when,
        reasoning: 'I read first.',
        toolCalls: [{ name: 'read', arguments: { filePath: join(desk.work, 'note.txt') } }],
      },
      {
        when,
        reasoning: 'Now I write.',
        toolCalls: [
          { name: 'bash', arguments: { command: "printf 'blue \\303\\244' > copy.txt", description: 'writes' } },
        ],
      },
      { when, text: 'Copied.' },
    ])
    const result = await run(npm, supply, 'Copy the note.')
    expect({ code: result.code, text: said(result) }, result.stdout + result.stderr).toEqual({
      code: 0,
      text: 'Copied.',
    })
    expect(desk.read('copy.txt')).toBe('blue ä')
    expect(stage.emulator.stepsLeft()).toBe(0)
    const calls = upstreamCalls(stage)
    expect(calls.map(({ path, status }) => `${status} ${path}`)).toEqual(calls.map(() => `200 ${supply.path}`))
    const turns = calls.filter(({ body }) => JSON.stringify(body).includes('"name":"read"'))
    expect(turns).toHaveLength(3)
    expect(JSON.stringify(turns[1]?.body)).toContain('the kettle is blue')
    if (supply.seal !== undefined && npm !== '@ai-sdk/openai-compatible')
      expect(JSON.stringify(turns[2]?.body).match(new RegExp(`"${supply.seal}":"[^"]{16,}`, 'g'))).toHaveLength(2)
  },
)
