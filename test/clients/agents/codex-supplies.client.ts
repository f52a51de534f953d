import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  anthropic,
  azure,
  chatgpt,
  compatible,
  dashscope,
  deployment,
  expectAccepted,
  knownToCodex,
  ollama,
  openai,
  sealsSent,
  startFullStage,
  titleOf,
  upstreamCalls,
  type OtherSupply,
} from '../every-supply.ts'
import { copiesTheNote, patch, runCodex, said } from './codex.ts'
import type { AgentRun } from './run-agent.ts'
import { useWorkplace } from './workplace.ts'

const place = useWorkplace(() => {
  const modelMappings = {
    [knownToCodex]: `${anthropic.supply}/${anthropic.model}`,
    'gpt-5.6-luna': `${openai.supply}/${openai.model}`,
    'gpt-5.6-terra': `${anthropic.supply}/${anthropic.model}`,
  }
  return startFullStage({ modelMappings })
})

/** `address` is what follows the gateway's own: nothing, or a supply's route. */
const run = (address: string, model: string, ...parameters: string[]): Promise<AgentRun> =>
  runCodex(place.desk, { baseUrl: `${place.stage.url}${address}/v1`, model }, ...parameters)

const supplies = [openai, azure, deployment, anthropic, ollama, compatible, dashscope, chatgpt]

describe.each(supplies.map((supply) => [titleOf(supply), supply] as const))('Codex on %s', (_, supply) => {
  test('sees a picture, reads in the shell, thinks, patches, thinks, and answers', async () => {
    place.stage.emulator.play(copiesTheNote)
    const picture = ['-i', join(place.desk.work, 'dot.png')]
    const effort = ['-c', 'model_reasoning_effort="medium"']
    const result = await run('', `${supply.supply}/${supply.model}`, ...effort, 'Copy the note.', ...picture)
    expect({ code: result.code, text: said(result) }, result.stdout + result.stderr).toEqual({
      code: 0,
      text: 'Copied.',
    })
    expect(place.desk.read('copy.txt')).toBe('blue "kettle" ä\n')
    expectAccepted(place.stage, supply, 3)
    expect(place.stage.emulator.stepsLeft()).toBe(0)
    const second = JSON.stringify(upstreamCalls(place.stage)[1]?.body)
    expect(second).toContain('the kettle is blue')
    expect(second).toMatch(/iVBORw0KGgo|\/9j\//)
    if (supply.seal !== undefined) expect(sealsSent(place.stage, supply)).toBe(2)
  })

  test('answers from the supply’s own route', async () => {
    place.stage.emulator.play([{ text: ['All ', 'is ', 'well.'] }])
    const result = await run(`/${supply.supply}`, supply.model, 'How are you?')
    expect({ code: result.code, text: said(result) }, result.stdout + result.stderr).toEqual({
      code: 0,
      text: 'All is well.',
    })
    expectAccepted(place.stage, supply, 1)
  })
})

// Of a name that it knows, it knows the tools too: one of free text to patch with, and one that searches for tools.
describe.each([
  ['/openai', knownToCodex, { ...openai, model: knownToCodex }],
  ['/codex', knownToCodex, chatgpt],
  ['', knownToCodex, anthropic],
] as const)('Codex at %s/v1, which asks for %s', (address, model, supply) => {
  test('patches by its tool of free text', async () => {
    place.stage.emulator.play([
      { reasoning: 'I write.', toolCalls: [{ name: 'apply_patch', ...asTool(supply, patch) }] },
      { text: 'Written.' },
    ])
    const result = await run(address, model, 'Write it.')
    const outcome = { code: result.code, text: said(result) }
    expect(outcome, result.stdout + result.stderr).toEqual({ code: 0, text: 'Written.' })
    expect(place.desk.read('copy.txt')).toBe('blue "kettle" ä\n')
    expectAccepted(place.stage, supply, 2)
    expect(sealsSent(place.stage, supply)).toBe(1)
  })
})

// For its newest models its tools stand in an item of the input: one of free text that runs JavaScript.
describe.each([
  ['/codex', 'gpt-5.6-sol', { ...chatgpt, model: 'gpt-5.6-sol' }],
  ['', 'gpt-5.6-luna', openai],
  ['', 'gpt-5.6-terra', anthropic],
] as const)('Codex in its lite form at %s/v1, which asks for %s', (address, model, supply) => {
  test('runs its script and answers', async () => {
    const script = 'const { output } = await tools.exec_command({ cmd: "cat note.txt" }); text(output)'
    const name = supply.face === 'anthropic' ? 'functions__exec' : 'exec'
    place.stage.emulator.play([
      { reasoning: 'I read.', toolCalls: [{ name, ...asTool(supply, script) }] },
      { text: 'It is blue.' },
    ])
    const result = await run(address, model, 'What does the note say?')
    const outcome = { code: result.code, text: said(result) }
    expect(outcome, result.stdout + result.stderr).toEqual({ code: 0, text: 'It is blue.' })
    expectAccepted(place.stage, supply, 2)
    expect(sealsSent(place.stage, supply)).toBe(1)
    expect(JSON.stringify(upstreamCalls(place.stage)[1]?.body)).toContain('the kettle is blue')
    if (supply.face === 'codex')
      expect(place.stage.lines.at(-1)).toMatchObject({ plan: 'relay responses', changes: [], losses: [] })
  })
})

/** A protocol without tools of free text has them as functions with one member. */
function asTool({ face }: OtherSupply, text: string): { arguments: string | { input: string }; custom?: boolean } {
  return face === 'anthropic' ? { arguments: { input: text } } : { arguments: text, custom: true }
}
