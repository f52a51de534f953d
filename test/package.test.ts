import { execFile, execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { packAll, type Packed } from '../scripts/pack.ts'

// Packs, installs and runs what would be published. What `npm ci` has fetched is used first, so that little is asked of the registry.

const folder = mkdtempSync(join(tmpdir(), 'crossfeed-package-'))
const installed = join(folder, 'app')
const bin = join(installed, 'node_modules', '.bin', 'crossfeed')
let packed: readonly Packed[]

beforeAll(() => {
  packed = packAll(join(folder, 'build'))
  const words = [
    'i',
    '--omit=dev',
    '--ignore-scripts',
    '--prefer-offline',
    '--no-audit',
    '--no-fund',
    '--prefix',
    installed,
  ]
  execFileSync('npm', [...words, ...packed.map(({ tarball }) => tarball)], { stdio: 'pipe' })
}, 120_000)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function filesOf(root: string): readonly string[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(root, name)).isFile())
}

test('the packages hold compiled code, a README, licences and data, and neither tests nor sources', () => {
  for (const { name, folder: staged } of packed) {
    const files = filesOf(join(installed, 'node_modules', name))
    expect(files, name).toEqual(
      expect.arrayContaining(['LICENSE', 'NOTICE', 'README.md', 'package.json', 'dist/index.js']),
    )
    expect(files.filter((file) => /\.test|test-support|__snapshots__|\.map$|tsbuildinfo/.test(file))).toEqual([])
    expect(files.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts'))).toEqual([])
    expect(files.toSorted(), 'the tarball holds what was staged').toEqual(filesOf(staged).toSorted())
  }
})

test('the schemas and the model list travel along', () => {
  const emulator = filesOf(join(installed, 'node_modules', '@crossfeed', 'emulator'))
  expect(emulator).toEqual(
    expect.arrayContaining(['data/copilot-models.json', 'schemas/openai.chat.request.json', 'LICENSE-Apache-2.0.txt']),
  )
})

test('every entry of a manifest leads to a file', () => {
  for (const { name } of packed) {
    const home = join(installed, 'node_modules', name)
    const manifest = readFileSync(join(home, 'package.json'), 'utf8')
    const entries = [...manifest.matchAll(/"(\.\/[^"]+)"/g)].flatMap(([, path]) => (path === undefined ? [] : [path]))
    expect(entries.length, name).toBeGreaterThan(1)
    for (const entry of entries) expect(statSync(join(home, entry)).isFile(), `${name} ${entry}`).toBe(true)
  }
})

test('nothing that is installed runs a script or is built on the machine', () => {
  const lock: { packages: Record<string, { hasInstallScript?: boolean }> } = JSON.parse(
    readFileSync(join(installed, 'package-lock.json'), 'utf8'),
  )
  const scripted = Object.entries(lock.packages).filter(([, entry]) => entry.hasInstallScript)
  expect(scripted).toEqual([])
  expect(filesOf(installed).filter((file) => file.endsWith('.node') || file.endsWith('binding.gyp'))).toEqual([])
})

test('an installation takes at most 60 MB', () => {
  const bytes = filesOf(installed).reduce((sum, file) => sum + statSync(join(installed, file)).size, 0)
  expect(bytes / 1e6).toBeLessThan(60)
})

test('the types serve a program that checks them strictly', async () => {
  const program = `import { createApp, loadSettings, type Settings } from 'crossfeed'
import { GatewayError, translate } from '@crossfeed/protocols'
import { createEngine } from '@crossfeed/engine'
import { createEmulator } from '@crossfeed/emulator'
import { completion, CopilotClient, defineTool, query, type SessionEvent } from '@crossfeed/sdk'
export const settings: Promise<Settings> = loadSettings({ flags: {}, env: {} })
export const all: readonly unknown[] = [createApp, GatewayError, translate, createEngine, createEmulator, query, completion]
export const types = async (event: SessionEvent): Promise<string | undefined> => {
  const session = await new CopilotClient().createSession({ tools: [defineTool('a', { handler: () => 1 })] })
  return event.type === 'assistant.message' ? event.data.content : session.sessionId
}
`
  writeFileSync(join(installed, 'program.ts'), program)
  const tsc = join(import.meta.dirname, '..', 'node_modules', '.bin', 'tsc')
  const words = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2024', 'program.ts']
  await promisify(execFile)(tsc, words, { cwd: installed })
})

test('the command says its version', async () => {
  const { stdout } = await promisify(execFile)(bin, ['--version'])
  const manifest: { version: string } = JSON.parse(
    readFileSync(join(installed, 'node_modules/crossfeed/package.json'), 'utf8'),
  )
  expect(stdout.trim()).toBe(manifest.version)
})

test('the gateway answers in all three protocols and counts tokens, on the stand-in', async () => {
  const words = ['start', '--emulate', '--port', '0', '--json', '--home', join(folder, 'home')]
  const gateway = spawn(bin, words, { stdio: ['ignore', 'pipe', 'ignore'] })
  try {
    const url = await addressOf(gateway)
    const messages = [{ role: 'user', content: 'hello there' }]
    const post = async (path: string, body: object): Promise<string> => {
      const answer = await fetch(url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      })
      expect(answer.status, path).toBe(200)
      return answer.text()
    }
    expect(await post('/v1/chat/completions', { model: 'gpt-4.1', messages })).toContain('hello there')
    expect(await post('/v1/responses', { model: 'claude-sonnet-4.6', input: 'hello there' })).toContain('hello there')
    expect(await post('/v1/messages', { model: 'gpt-5.2', max_tokens: 500, messages })).toContain('hello there')
    expect(await post('/v1/messages/count_tokens', { model: 'gpt-5.2', messages })).toMatch(/"input_tokens":\s*\d/)
  } finally {
    const ended = new Promise((resolve) => gateway.once('exit', resolve))
    gateway.kill('SIGTERM')
    await ended
  }
})

test('the library answers in the process of a program, on the stand-in', async () => {
  const program = `import { createEmulator } from '@crossfeed/emulator'
import { createLite, query, withClientSession } from '@crossfeed/sdk'
const emulator = createEmulator()
const { url } = await emulator.start()
const env = { CROSSFEED_GITHUB_URL: url, CROSSFEED_GITHUB_API_URL: url, CROSSFEED_COPILOT_URL: url }
const client = { gitHubToken: 'gho_program', env }
console.log(await withClientSession({ model: 'gpt-5.2', client }, (session) => query('hello there', { session })))
const lite = createLite({ env: { ...env, COPILOT_GITHUB_TOKEN: 'gho_program' } })
const messages = [{ role: 'user', content: 'good morning' }]
const reply = await lite.completion({ model: 'github_copilot/gpt-4.1', messages })
console.log(reply.choices[0].message.content)
await lite.close()
await emulator.stop()
`
  writeFileSync(join(installed, 'program.mjs'), program)
  const { stdout } = await promisify(execFile)(process.execPath, ['program.mjs'], { cwd: installed })
  expect(stdout).toContain('hello there')
  expect(stdout).toContain('good morning')
})

/** The address in the first line that the gateway says. */
function addressOf(gateway: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = ''
    gateway.stdout?.on('data', (chunk: Buffer) => {
      said += chunk.toString()
      const url = /"url":"([^"]+)"/.exec(said)?.[1]
      if (url !== undefined) resolve(url)
    })
    gateway.once('exit', (status) => reject(new Error(`The gateway ended with ${status} before it listened`)))
  })
}

test('the settings of the release tool are valid', () => {
  // Its exit status says whether the work tree has changes without a changeset: not of interest here.
  const root = join(import.meta.dirname, '..')
  const said = spawnSync('npx', ['changeset', 'status', '--since', 'HEAD'], { cwd: root, encoding: 'utf8' })
  expect(said.stdout + said.stderr).toMatch(/changeset v\d/)
  expect(said.stdout + said.stderr).not.toContain('Found issues')
})
