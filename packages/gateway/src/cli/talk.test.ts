import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createApp } from '../app.ts'
import { run } from './run.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'crossfeed-talk-'))
})
afterEach(() => rmSync(home, { recursive: true, force: true }))

/** What is said in a narrow window, and what is written beside it, until it holds `last`. */
async function talk(argv: readonly string[], last: string, more: Record<string, string> = {}): Promise<string> {
  let said = ''
  let stop = (): void => {}
  await run({
    argv,
    env: { CROSSFEED_HOME: home, ...more },
    folder: home,
    stdin: {},
    stdout: { write: (text) => void (said += text) },
    stderr: {
      isTTY: true,
      columns: 60,
      write(text) {
        said += text
        if (said.includes(last)) stop()
      },
    },
    onSignal: (handle) => (stop = () => handle('SIGINT')),
    createApp: async (settings, parts) => createApp(settings, parts),
  })
  return said
}

test('a line to paste stays one where the results go elsewhere', async () => {
  const said = await talk(['emulate', '--port', '0'], 'made up')
  expect(said).toMatch(/^ {2}CROSSFEED_GITHUB_URL='?http:\S+ .* crossfeed start$/m)
})

test('a complaint as JSON stays on its line', async () => {
  const nowhere = 'http://127.0.0.1:9'
  const env = { COPILOT_GITHUB_TOKEN: 'gho_any', CROSSFEED_GITHUB_API_URL: nowhere, CROSSFEED_COPILOT_URL: nowhere }
  const said = await talk(['start', '--json', '--port', '0'], '"error"', env)
  for (const line of said.trimEnd().split('\n')) expect(JSON.parse(line)).toBeTypeOf('object')
})
