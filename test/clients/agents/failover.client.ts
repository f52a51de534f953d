import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { FaceName } from '../../../packages/emulator/src/index.ts'
import {
  anthropic,
  chatgpt,
  compatible,
  openai,
  startFullStage,
  upstreamCalls,
  type FullStage,
  type OtherSupply,
} from '../every-supply.ts'
import { readCall, runClaudeCode } from './claude-code.ts'
import { runCodex } from './codex.ts'
import { createDesk, type AgentRun, type Desk } from './run-agent.ts'

const named = ({ supply, model }: OtherSupply): string => `${supply}/${model}`

let stage: FullStage
let desk: Desk
beforeEach(async () => {
  stage = await startFullStage({
    aliases: {
      // Not `best`, which Claude Code takes for a name of its own.
      mine: [named(anthropic), named(openai)],
      work: [named(chatgpt), named(openai), named(compatible)],
    },
    fallbacks: { [named(openai)]: [named(anthropic)] },
  })
  desk = createDesk({ 'note.txt': 'the kettle is blue\n' })
})
afterEach(async () => {
  desk.clear()
  await stage.close()
})

const claude = (model: string): Promise<AgentRun> => runClaudeCode(desk, { url: stage.url, model }, 'Read the note.')
const codex = (model: string): Promise<AgentRun> =>
  runCodex(desk, { baseUrl: `${stage.url}/v1`, model }, 'Read the note.')

const limited = (face: FaceName) => ({
  when: { face },
  times: 0,
  status: 429,
  headers: { 'retry-after': '600' },
  error: { message: 'Rate limit reached', type: 'rate_limit_error', code: 'rate_limit_exceeded' },
})

/** The face and the status of each call. */
const travelled = (): readonly string[] => upstreamCalls(stage).map(({ face, status }) => `${face} ${status}`)

describe('a run that begins at a supply whose limit is reached', () => {
  test('goes on at the next one, and Claude Code notices nothing', async () => {
    stage.emulator.play([
      limited('anthropic'),
      { reasoning: 'I read.', toolCalls: [readCall(desk, 'note.txt')] },
      { text: 'It is blue.' },
    ])
    const { code, stdout, stderr } = await claude('mine')
    expect({ code, text: stdout.trim() }, stderr).toEqual({ code: 0, text: 'It is blue.' })
    // The one that said when it takes requests again is left alone until then.
    expect(travelled()).toEqual(['anthropic 429', 'openai 200', 'openai 200'])
    const change = `failed-over:${named(anthropic)}>${named(openai)}`
    expect(stage.lines[0]?.changes).toContain(change)
    expect(stage.lines.map(({ status }) => status)).toEqual([200, 200])
    const last = JSON.stringify(upstreamCalls(stage).at(-1)?.body)
    expect(last).toContain('the kettle is blue')
    expect(last).toMatch(/"encrypted_content":"[^"]{16,}/)
  })

  test('goes on at the one after, and Codex notices nothing', async () => {
    const cat = { name: 'exec_command', arguments: { cmd: 'cat note.txt' } }
    stage.emulator.play([
      limited('codex'),
      { when: { face: 'openai' }, times: 0, status: 503, error: { message: 'The server is overloaded' } },
      { reasoning: 'I read.', toolCalls: [cat] },
      { text: 'It is blue.' },
    ])
    const { code, stdout, stderr } = await codex('work')
    expect(code, stdout + stderr).toBe(0)
    expect(stdout).toContain('It is blue.')
    expect(stdout).not.toMatch(/reconnect|"type":"(?:stream_error|turn\.failed)"|\b(?:429|503)\b/i)
    expect(stage.lines.map(({ status }) => status)).toEqual([200, 200])
    expect(travelled()[0]).toBe('codex 429')
    expect(travelled().filter((call) => call === 'compatible 200')).toHaveLength(2)
    expect(JSON.stringify(upstreamCalls(stage).at(-1)?.body)).toContain('the kettle is blue')
  })
})

test('a supply that fails in the middle of a run hands it over, with no reasoning of its own', async () => {
  stage.emulator.play([
    { when: { face: 'openai' }, reasoning: 'I read.', toolCalls: [readCall(desk, 'note.txt')] },
    limited('openai'),
    { when: { face: 'anthropic' }, text: 'It is blue.' },
  ])
  const { code, stdout, stderr } = await claude(named(openai))
  expect({ code, text: stdout.trim() }, stderr).toEqual({ code: 0, text: 'It is blue.' })
  expect(travelled()).toEqual(['openai 200', 'openai 429', 'anthropic 200'])
  expect(JSON.stringify(upstreamCalls(stage).at(-1)?.body)).not.toMatch(/"signature"|xfs1~/)
})

test('reasoning that the next supply cannot read is left out of a run of Codex that is handed over', async () => {
  const cat = { name: 'exec_command', arguments: { cmd: 'cat note.txt' } }
  stage.emulator.play([
    { when: { face: 'codex' }, reasoning: 'I read.', toolCalls: [cat] },
    limited('codex'),
    { when: { face: 'openai' }, reasoning: 'Well.', text: 'It is blue.' },
  ])
  const { code, stdout, stderr } = await codex('work')
  expect(code, stdout + stderr).toBe(0)
  expect(stdout).toContain('It is blue.')
  // What a relayed client was given bare may be the next one's own: its refusal tells.
  expect(travelled()).toEqual(['codex 200', 'codex 429', 'openai 400', 'openai 200'])
  expect(stage.lines.at(-1)?.changes).toContain('reasoning-stripped')
  const last = JSON.stringify(upstreamCalls(stage).at(-1)?.body)
  expect(last).toContain('the kettle is blue')
  expect(last).not.toContain('"encrypted_content"')
})
