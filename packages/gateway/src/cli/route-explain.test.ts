import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createEmulator, type Emulator } from '@crossfeed/emulator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMachine, type Machine } from './spawn.test-support.ts'

let emulator: Emulator
let machine: Machine
beforeAll(async () => {
  emulator = createEmulator()
  machine = createMachine((await emulator.start()).url)
})
afterAll(async () => {
  machine.dispose()
  await emulator.stop()
})
const token = { COPILOT_GITHUB_TOKEN: 'gho_explain' }
const modelCalls = (): number =>
  emulator.requests().filter((one) => /completions|responses|messages/.test(one.path)).length

test('says for each kind of client how a model is reached, and sends nothing', async () => {
  const { code, out } = await machine.run(['route', 'explain', 'claude-opus-4.6'], token)
  expect(code).toBe(0)
  expect(out).toMatch(
    /Messages .*\n {2}1\. copilot\/claude-opus-4\.6, relayed as messages\n {5}to {6}http:.*\/v1\/messages\n/,
  )
  expect(out).toContain('translated responses > messages')
  expect(modelCalls()).toBe(0)
})

test('says what a given request would lose', async () => {
  const file = join(machine.folder, 'call.json')
  writeFileSync(file, JSON.stringify({ max_tokens: 100, top_k: 3, messages: [{ role: 'user', content: 'Hello' }] }))
  const { code, out } = await machine.run(['route', 'explain', 'gpt-5.2', '--request', file, '--json'], token)
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({
    schema: 1,
    model: 'gpt-5.2',
    routes: [{ from: 'messages', stops: [{ plan: { to: 'responses' }, losses: [{ path: 'top_k' }] }] }],
  })
})

test.each([
  [['route', 'explain'], 'route explain needs a model', 2],
  [['route'], 'route needs a word', 2],
  [['route', 'explain', 'gpt-5.2', '--as', 'soap'], '--as soap is no protocol', 2],
  [['route', 'explain', 'gpt-5.2', '--request', 'missing.json'], 'cannot be read (ENOENT)', 2],
  [['route', 'explain', 'no-such-model'], 'No model called no-such-model', 1],
])('%j says what is wrong', async (words, said, status) => {
  const { code, err } = await machine.run(words, token)
  expect(err).toContain(said)
  expect(code).toBe(status)
})
