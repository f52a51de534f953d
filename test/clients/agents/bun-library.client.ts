import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createEmulator, type Emulator } from '../../../packages/emulator/src/index.ts'
import { findClient } from './find-client.ts'
import { createDesk } from './run-agent.ts'

const library = fileURLToPath(new URL('../../../packages/sdk/src/index.ts', import.meta.url))
const program = `import { approveAll, completion, countTokens, embedding, query, withClientSession } from '${library}'
const messages = [{ role: 'user', content: 'Hello there' }]
const model = 'github_copilot/gpt-4.1'
let text = ''
for await (const chunk of await completion({ model, messages, stream: true })) text += chunk.choices[0]?.delta.content ?? ''
const { data } = await embedding({ model: 'github_copilot/text-embedding-3-small', input: ['good morning'] })
const counted = await countTokens({ model, messages })
let said
await withClientSession({ model: 'gpt-5.2', onPermissionRequest: approveAll }, async (session) => {
  said = await query('Hello there', { session })
})
console.log(JSON.stringify({ text, vectors: data.length, tokens: counted.input_tokens, said }))
`

let emulator: Emulator
const desk = createDesk()
beforeAll(async () => {
  emulator = createEmulator()
  await emulator.start()
})
afterAll(async () => {
  await emulator.stop()
  desk.clear()
})

test('the library works in a program that Bun runs: single calls, a token count and a session', async () => {
  const file = join(desk.work, 'program.ts')
  writeFileSync(file, program)
  const { url } = emulator
  const env = {
    PATH: process.env['PATH'],
    HOME: desk.home,
    COPILOT_GITHUB_TOKEN: 'gho_bun',
    CROSSFEED_GITHUB_URL: url,
    CROSSFEED_GITHUB_API_URL: url,
    CROSSFEED_COPILOT_URL: url,
  }
  const { stdout } = await promisify(execFile)(findClient('bun'), [file], { env, timeout: 60_000 })
  const { text, vectors, tokens, said }: Record<string, unknown> = JSON.parse(stdout)
  expect(text).toContain('Hello there')
  expect(vectors).toBe(1)
  expect(tokens).toBeGreaterThan(0)
  expect(said).toContain('Hello there')
})
