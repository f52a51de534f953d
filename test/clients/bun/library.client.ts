import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createEmulator, type Emulator } from '../../../packages/emulator/src/index.ts'
import { findClient } from '../agents/find-client.ts'
import { createDesk } from '../agents/run-agent.ts'

const source = (name: string): string =>
  fileURLToPath(new URL(`../../../packages/${name}/src/index.ts`, import.meta.url))
const calls = `import { approveAll, completion, countTokens, embedding, query, withClientSession } from '${source('sdk')}'
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

const session = `import { createEmulator } from '${source('emulator')}'
import { approveAll, query, withClientSession } from '${source('sdk')}'
const emulator = createEmulator()
const { url } = await emulator.start()
const env = { CROSSFEED_GITHUB_URL: url, CROSSFEED_GITHUB_API_URL: url, CROSSFEED_COPILOT_URL: url }
const tools = [{ name: 'look', handler: () => 'found' }]
for (const model of ['gpt-5.4', 'claude-opus-4.7']) {
  const config = { model, tools, onPermissionRequest: approveAll, client: { gitHubToken: 'gho_bun', env } }
  console.log(await withClientSession(config, (session) => query('call tool look with {"path":"x"}', { session })))
}
await emulator.stop()
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

/** What a program prints that Bun runs. */
async function runByBun(program: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
  const file = join(desk.work, 'program.ts')
  writeFileSync(file, program)
  const { stdout } = await promisify(execFile)(findClient('bun'), [file], {
    cwd: desk.work,
    env: { PATH: process.env['PATH'], HOME: desk.home, ...env },
    timeout: 60_000,
  })
  return stdout
}

test('the library works in a program that Bun runs: single calls, a token count and a session', async () => {
  const { url } = emulator
  const stdout = await runByBun(calls, {
    COPILOT_GITHUB_TOKEN: 'gho_bun',
    CROSSFEED_GITHUB_URL: url,
    CROSSFEED_GITHUB_API_URL: url,
    CROSSFEED_COPILOT_URL: url,
  })
  const { text, vectors, tokens, said }: Record<string, unknown> = JSON.parse(stdout)
  expect(text).toContain('Hello there')
  expect(vectors).toBe(1)
  expect(tokens).toBeGreaterThan(0)
  expect(said).toContain('Hello there')
})

test('a session there runs its tools', async () => {
  expect(await runByBun(session)).toBe('The tool look answered: found\n'.repeat(2))
})
