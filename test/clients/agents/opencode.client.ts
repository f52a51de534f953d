import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { expectAccepted, modelCalls, startStage, type Stage } from '../stage.ts'
import { claude, gemini, gpt, type Supply } from '../supplies.ts'
import { createDesk, runAgent, type AgentRun, type Desk } from './run-agent.ts'

let stage: Stage
let desk: Desk
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.close())
beforeEach(() => {
  stage.emulator.clear()
  desk = createDesk({ 'note.txt': 'the kettle is blue\n' })
})
afterEach(() => desk.clear())

function run(npm: string, { model }: Supply, prompt: string): Promise<AgentRun> {
  const provider = {
    gw: {
      npm,
      name: 'gw',
      options: { baseURL: `${stage.url}/v1`, apiKey: 'any' },
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

describe.each(['@ai-sdk/anthropic', '@ai-sdk/openai', '@ai-sdk/openai-compatible'])('opencode with %s', (npm) => {
  test.each([gpt, claude, gemini])('on $name: reads a file, writes a file, answers', async (supply) => {
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
    const calls = modelCalls(stage)
    for (const call of calls) expectAccepted(call, supply)
    const turns = calls.filter(({ body }) => JSON.stringify(body).includes('"name":"read"'))
    expect(turns.map(({ headers }) => headers['x-initiator'])).toEqual(['user', 'agent', 'agent'])
    expect(JSON.stringify(turns[1]?.body)).toContain('the kettle is blue')
  })
})
