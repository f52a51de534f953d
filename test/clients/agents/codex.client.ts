import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { expectCalls, modelCalls, startStage, type Stage } from '../stage.ts'
import { claude, gemini, gpt, type Supply } from '../supplies.ts'
import { png } from '../picture.ts'
import { copiesTheNote, patch, runCodex, said } from './codex.ts'
import { createDesk, type AgentRun, type Desk } from './run-agent.ts'

let stage: Stage
let desk: Desk
let refusedAtFirst: readonly unknown[]
beforeAll(async () => {
  stage = await startStage()
  desk = prepareDesk()
  await run(gpt, 'Good morning.')
  refusedAtFirst = modelCalls(stage).map(({ status }) => status)
  desk.clear()
})
afterAll(() => stage.close())
beforeEach(() => {
  stage.emulator.clear()
  stage.emulator.play([])
  desk = prepareDesk()
})
afterEach(() => desk.clear())

const prepareDesk = (): Desk => createDesk({ 'note.txt': 'the kettle is blue\n', 'dot.png': png })

const run = ({ model }: Supply, ...parameters: string[]): Promise<AgentRun> =>
  runCodex(desk, { baseUrl: `${stage.url}/v1`, model }, ...parameters)

test('the tools that Copilot refuses are refused once, then the gateway knows', () => {
  // Its group of tools, and its web search. What follows below is strict: no other call may be refused.
  expect(refusedAtFirst).toEqual([400, 400, 200])
})

describe.each([gpt, claude, gemini])('Codex on $name', (supply) => {
  test('a plain prompt', async () => {
    stage.emulator.play([{ text: 'All is well.' }])
    const result = await run(supply, 'How are you?')
    expect({ code: result.code, text: said(result) }, result.stderr).toEqual({ code: 0, text: 'All is well.' })
    expectCalls(stage, supply, ['user'])
  })

  test('reads in the shell, thinks, writes with apply_patch, thinks, and answers', async () => {
    stage.emulator.play(copiesTheNote)
    const result = await run(supply, '-c', 'model_reasoning_effort="medium"', 'Copy the note.')
    expect({ code: result.code, text: said(result) }, result.stderr).toEqual({ code: 0, text: 'Copied.' })
    expect(desk.read('copy.txt')).toBe('blue "kettle" ä\n')
    expectCalls(stage, supply, ['user', 'agent', 'agent'])
    const bodies = modelCalls(stage).map(({ body }) => JSON.stringify(body))
    expect(bodies[1]).toContain('the kettle is blue')
    expect(bodies[2]?.match(/"(?:signature|encrypted_content|reasoning_opaque)":"[^"]{16,}/g)).toHaveLength(2)
    expect(stage.emulator.stepsLeft()).toBe(0)
  })

  test('a picture', async () => {
    stage.emulator.play([{ text: 'One pixel.' }])
    const result = await run(supply, 'What is this?', '-i', join(desk.work, 'dot.png'))
    expect({ code: result.code, text: said(result) }, result.stderr).toEqual({ code: 0, text: 'One pixel.' })
    expectCalls(stage, supply, ['user'])
    expect(modelCalls(stage)[0]?.headers['copilot-vision-request']).toBe('true')
  })
})

test('Codex on a GPT that it knows: its custom tool apply_patch', async () => {
  stage.emulator.play([{ toolCalls: [{ name: 'apply_patch', arguments: patch, custom: true }] }, { text: 'Written.' }])
  const known = { ...gpt, model: 'gpt-5.5' }
  const result = await run(known, 'Write it.')
  expect({ code: result.code, text: said(result) }, result.stderr).toEqual({ code: 0, text: 'Written.' })
  expect(desk.read('copy.txt')).toBe('blue "kettle" ä\n')
  const accepted = modelCalls(stage).filter(({ status }) => status === 200)
  expect(accepted.map(({ headers }) => headers['x-initiator'])).toEqual(['user', 'agent'])
  expect(JSON.stringify(accepted[1]?.body)).toContain('"type":"custom_tool_call_output"')
})
