import { describe, expect, test } from 'vitest'
import {
  anthropic,
  anthropicByBudget,
  azure,
  chatgpt,
  compatible,
  dashscope,
  deployment,
  expectAccepted,
  ollama,
  ollamaItself,
  openai,
  sealsSent,
  startFullStage,
  titleOf,
  upstreamCalls,
} from '../every-supply.ts'
import { asEvents, copiesTheNote, readCall, readEvents, runClaudeCode } from './claude-code.ts'
import type { AgentRun } from './run-agent.ts'
import { useWorkplace } from './workplace.ts'

const place = useWorkplace(() =>
  startFullStage({
    modelMappings: {
      'claude-opus-5-5': `${chatgpt.supply}/${chatgpt.model}`,
      'claude-sonnet-5-5': `${ollama.supply}/${ollama.model}`,
      'claude-opus-4-8': `${anthropicByBudget.supply}/${anthropicByBudget.model}`,
    },
  }),
)

/** `address` is what follows the gateway's own: nothing, or a supply's route. */
const run = (address: string, model: string, prompt: string, ...more: string[]): Promise<AgentRun> =>
  runClaudeCode(place.desk, { url: place.stage.url + address, model }, prompt, ...more)

const supplies = [
  openai,
  azure,
  deployment,
  anthropic,
  anthropicByBudget,
  ollama,
  ollamaItself,
  compatible,
  dashscope,
  chatgpt,
]

describe.each(supplies.map((supply) => [titleOf(supply), supply] as const))('Claude Code on %s', (_, supply) => {
  test('reads a file and a picture, thinks, writes a file, thinks, and answers', async () => {
    place.stage.emulator.play(copiesTheNote(place.desk, 'note.txt', 'dot.png'))
    const { code, stdout, stderr } = await run('', `${supply.supply}/${supply.model}`, 'Copy the note.')
    expect({ code, text: stdout.trim() }, stderr).toEqual({ code: 0, text: 'Copied.' })
    expect(place.desk.read('copy.txt')).toBe('blue "kettle" ä\n')
    expectAccepted(place.stage, supply, 3)
    expect(place.stage.emulator.stepsLeft()).toBe(0)
    const second = JSON.stringify(upstreamCalls(place.stage)[1]?.body)
    expect(second).toContain('the kettle is blue')
    expect(second).toMatch(/iVBORw0KGgo|\/9j\//)
    if (supply.seal !== undefined) expect(sealsSent(place.stage, supply)).toBe(2)
  })

  test('streams pieces from the supply’s own route', async () => {
    place.stage.emulator.play([{ reasoning: 'Hm.', text: ['All ', 'is ', 'well.'] }])
    const result = await run(`/${supply.supply}`, supply.model, 'How are you?', ...asEvents)
    expect(result.code, result.stderr).toBe(0)
    const lines = readEvents(result)
    expect(lines.at(-1)).toMatchObject({ type: 'result', is_error: false, result: 'All is well.' })
    expect(lines.filter(({ type }) => type === 'stream_event').length).toBeGreaterThan(4)
    expectAccepted(place.stage, supply, 1)
  })
})

// To a name that it knows it says more: system messages amid the others, an effort for a turn, answers of 128,000 tokens.
describe.each([
  ['claude-opus-5-5', chatgpt],
  ['claude-sonnet-5-5', ollama],
  ['claude-opus-4-8', anthropicByBudget],
] as const)('Claude Code, which asks for %s and gets another model', (model, supply) => {
  test('reads a file and answers', async () => {
    place.stage.emulator.play([
      { reasoning: 'I read.', toolCalls: [readCall(place.desk, 'note.txt')] },
      { text: 'It is blue.' },
    ])
    const { code, stdout, stderr } = await run('', model, 'What does the note say?')
    expect({ code, text: stdout.trim() }, stderr).toEqual({ code: 0, text: 'It is blue.' })
    expectAccepted(place.stage, supply, 2)
    expect(JSON.stringify(upstreamCalls(place.stage)[1]?.body)).toContain('the kettle is blue')
    if (supply.seal !== undefined) expect(sealsSent(place.stage, supply)).toBe(1)
  })
})

test('Claude Code on the newest Claude of Anthropic is relayed as it is, but for its billing line', async () => {
  place.stage.emulator.play([
    { reasoning: 'I read.', toolCalls: [readCall(place.desk, 'note.txt')] },
    { text: 'It is blue.' },
  ])
  // Its own route: the name stands for another one elsewhere here.
  const newest = { ...anthropic, model: 'claude-opus-5-5' }
  const { code, stdout, stderr } = await run('/anthropic', newest.model, 'What does the note say?')
  expect({ code, text: stdout.trim() }, stderr).toEqual({ code: 0, text: 'It is blue.' })
  expectAccepted(place.stage, newest, 2)
  expect(place.stage.lines.slice(-2).map(({ plan, changes }) => ({ plan, changes }))).toEqual(
    Array.from({ length: 2 }, () => ({ plan: 'relay messages', changes: ['messages-billing-header'] })),
  )
})
