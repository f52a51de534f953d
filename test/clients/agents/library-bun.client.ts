import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import { findClient } from './find-client.ts'
import { createDesk } from './run-agent.ts'

const desk = createDesk()
afterAll(() => desk.clear())

const source = (name: string): string =>
  JSON.stringify(fileURLToPath(new URL(`../../../packages/${name}/src/index.ts`, import.meta.url)))

const program = `import { createEmulator } from ${source('emulator')}
import { approveAll, query, withClientSession } from ${source('sdk')}
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

test('in a program of Bun the library runs a session with its tools', async () => {
  const file = join(desk.work, 'program.ts')
  writeFileSync(file, program)
  const { stdout } = await promisify(execFile)(findClient('bun'), [file], {
    cwd: desk.work,
    env: { PATH: process.env['PATH'], HOME: desk.home },
  })
  expect(stdout).toBe('The tool look answered: found\n'.repeat(2))
})
