import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer, get, request } from 'node:http'
import { join } from 'node:path'
import { createEmulator, type Emulator } from '@crossfeed/emulator'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { addressIn, createMachine, type Machine, type Started } from './spawn.test-support.ts'

let emulator: Emulator
let machine: Machine
beforeEach(async () => {
  emulator = createEmulator({ deviceInterval: 0 })
  machine = createMachine((await emulator.start()).url)
})
afterEach(async () => {
  machine.dispose()
  await emulator.stop()
})

const token = { COPILOT_GITHUB_TOKEN: 'gho_c4n4ryEnvironment' }
const asked = (path: string): number => emulator.requests().filter((one) => one.path.startsWith(path)).length

function fetchText(
  url: string,
  headers: Record<string, string> = {},
): Promise<{ status: number | undefined; text: string }> {
  return new Promise((resolve, reject) => {
    get(url, { agent: false, headers }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode, text }))
    }).on('error', reject)
  })
}

test('start says where it listens, who is signed in, the models, and how to use it; SIGTERM ends it with 0', async () => {
  const gateway = machine.start(['start', '--port', '0'], token)
  const out = await gateway.until('Anthropic SDK')
  const url = addressIn(out)
  expect(out).toContain(`✓ Listening on ${url}, only this machine`)
  expect(out).toContain('✓ Signed in as octo-dev, Copilot Pro+, by COPILOT_GITHUB_TOKEN')
  expect(out).toMatch(/✓ \d+ models; .*\n(?: .*)? claude-opus-4\.6 /s)
  for (const client of ['Claude Code', 'Codex', 'opencode', 'OpenAI SDK', 'Anthropic SDK'])
    expect(out).toContain(client)
  expect(await fetchText(url)).toMatchObject({ status: 200, text: 'Crossfeed is running.\n' })
  expect((await fetchText(`${url}/v1/models`)).status).toBe(200)
  expect((await fetchText(`${url}/token`)).status).toBe(401)

  const note = JSON.parse(readFileSync(join(machine.home, 'gateway.json'), 'utf8'))
  expect(note).toMatchObject({ pid: gateway.process.pid, port: Number(new URL(url).port) })
  expect(statSync(machine.home).mode & 0o777).toBe(0o700)
  expect(statSync(join(machine.home, 'config.json')).mode & 0o777).toBe(0o600)
  const { adminApiKey } = JSON.parse(readFileSync(join(machine.home, 'config.json'), 'utf8')).auth
  expect((await fetchText(`${url}/token`, { 'x-api-key': adminApiKey })).status).toBe(200)

  gateway.process.kill('SIGTERM')
  const ended = await gateway.ended
  expect(ended.code).toBe(0)
  expect(ended.out + ended.err).not.toMatch(/c4n4ry|tid=/)
  expect(ended.out + ended.err).not.toContain(adminApiKey)
  expect(existsSync(join(machine.home, 'gateway.json'))).toBe(false)
})

test('--show-token is the only way to see the tokens', async () => {
  const gateway = machine.start(['start', '--port', '0', '--show-token'], token)
  const out = await gateway.until('Copilot token: ')
  expect(out).toContain('GitHub token: gho_c4n4ryEnvironment')
  gateway.process.kill('SIGTERM')
  await gateway.ended
})

test('--json gives the start as one line for machines, and request lines as JSON', async () => {
  const gateway = machine.start(['start', '--port', '0', '--json', '--claude-code'], { ...token, SHELL: '/bin/bash' })
  const out = await gateway.until('claudeCode')
  const [first, second] = out.trim().split('\n')
  const { url, login, models } = JSON.parse(first ?? '')
  expect(login).toBe('octo-dev')
  expect(models).toContain('gpt-5.2')
  expect(JSON.parse(second ?? '').claudeCode).toMatch(new RegExp(`^export ANTHROPIC_BASE_URL=${url} .* && claude$`))
  gateway.process.kill('SIGINT')
  expect((await gateway.ended).code).toBe(0)
})

/** A chat request that the stand-in has begun to work on; resolves with the whole answer, or undefined when it was cut. */
async function askSlowly(url: string, stream: boolean): Promise<{ answer: Promise<string | undefined> }> {
  const body = JSON.stringify({ model: 'gpt-4.1', stream, messages: [{ role: 'user', content: 'hi' }] })
  const answer = new Promise<string | undefined>((resolve) => {
    const headers = { 'content-type': 'application/json' }
    const call = request(`${url}/v1/chat/completions`, { method: 'POST', headers, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('close', () => resolve(response.complete ? text : undefined))
      response.on('error', () => resolve(undefined))
    })
    call.on('error', () => resolve(undefined))
    call.end(body)
  })
  await vi.waitFor(() => expect(asked('/chat/completions')).toBe(1), { timeout: 10_000 })
  return { answer }
}

const stopping = (gateway: Started): Promise<void> =>
  new Promise((resolve) => {
    gateway.process.stderr?.on('data', (chunk: string) => {
      if (chunk.includes('Stopping')) resolve()
    })
  })

test('a signal lets an answer under way finish, then ends with 0', async () => {
  emulator.play([{ text: ['one ', 'two ', 'three'], delay: { chunks: 400 } }])
  const gateway = machine.start(['start', '--port', '0'], token)
  const url = addressIn(await gateway.until('Anthropic SDK'))
  const { answer } = await askSlowly(url, true)
  gateway.process.kill('SIGTERM')
  await stopping(gateway)
  const text = await answer
  expect(text).toContain('three')
  expect(text).toContain('[DONE]')
  expect((await gateway.ended).code).toBe(0)
})

test('a second signal cuts what is under way and ends with 130', async () => {
  emulator.play([{ text: 'too late', delay: { headers: 120_000 } }])
  const gateway = machine.start(['start', '--port', '0'], token)
  const url = addressIn(await gateway.until('Anthropic SDK'))
  const { answer } = await askSlowly(url, false)
  gateway.process.kill('SIGTERM')
  await stopping(gateway)
  gateway.process.kill('SIGINT')
  expect((await gateway.ended).code).toBe(130)
  expect(await answer).toBeUndefined()
  expect(existsSync(join(machine.home, 'gateway.json'))).toBe(false)
})

test('no sign-in and no terminal: 2, what to set, and nobody is asked for a code', async () => {
  const { code, out, err } = await machine.run(['start', '--port', '0'])
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toBe(`✕ Nobody is signed in, and there is no terminal to ask on
  Accepted: COPILOT_GITHUB_TOKEN, GH_TOKEN or GITHUB_TOKEN (fine-grained with "Copilot Requests", or OAuth).
  Fix   Set COPILOT_GITHUB_TOKEN, or run crossfeed auth login once where there is a terminal; or configure a provider.
`)
  expect((await machine.run(['start', '--port', '0'], { GH_TOKEN: '' })).code).toBe(2)
  expect((await machine.run([])).code).toBe(2)
  expect(emulator.requests()).toHaveLength(0)
})

test('a classic token is named by its kind and never shown (error 5)', async () => {
  expect(await machine.run(['start', '--port', '0', '-g', 'ghp_c4n4ryClassic123456'])).toEqual({
    code: 3,
    out: '',
    err: `✕ This kind of token cannot use Copilot: classic (ghp_)
  Accepted: fine-grained with "Copilot requests", or a device sign-in.
  Fix   Leave --github-token away, or give it another token. To sign in: crossfeed auth login
`,
  })
  expect(emulator.requests()).toHaveLength(0)
})

test('a refused account ends the start with 4 and the words of the service (error 4)', async () => {
  emulator.setQuirks({ 'exchange-forbidden': true })
  const { code, err } = await machine.run(['start', '--port', '0'], token)
  expect(code).toBe(4)
  expect(err).toMatch(/^✕ .+\n {2}.+\n {2}Fix {3}.+\n {2}More {2}copilot-/)
  expect(err).not.toContain('c4n4ry')
})

test('an upstream that cannot be reached does not end the start: it says so and goes on (errors 1, 10)', async () => {
  const nowhere = { CROSSFEED_GITHUB_API_URL: 'http://127.0.0.1:9', CROSSFEED_COPILOT_URL: 'http://127.0.0.1:9' }
  const gateway = machine.start(['start', '--port', '0', '--quiet'], { ...token, ...nowhere })
  const url = addressIn(await gateway.until('Listening'))
  await new Promise((resolve) =>
    gateway.process.stderr?.on('data', (chunk: string) => chunk.includes('goes on') && resolve(undefined)),
  )
  expect((await fetchText(`${url}/health/live`)).status).toBe(200)
  gateway.process.kill('SIGTERM')
  const { code, err } = await gateway.ended
  expect(code).toBe(0)
  expect(err).toContain(
    '✕ Cannot reach 127.0.0.1:9\n  127.0.0.1:9 refused the connection.\n  Fix   Check that the server runs',
  )
  const usage = await machine.run(['check-usage'], { ...token, ...nowhere })
  expect(usage).toMatchObject({ code: 5, out: '' })
})

test('a name that cannot be looked up (error 1)', async () => {
  const { code, err } = await machine.run(['auth', 'login', '--oauth-app', 'copilot'], {
    CROSSFEED_GITHUB_URL: 'http://no-such.invalid',
  })
  expect(code).toBe(5)
  expect(err).toMatch(
    /✕ Cannot reach no-such\.invalid\n {2}The name no-such\.invalid could not be looked up \(E\w+\)\.\n {2}Fix {3}.*HTTPS_PROXY.*\n {2}More {2}network-dns\n$/,
  )
})

test('a taken port: by another Crossfeed with its pid (error 3), or by another program', async () => {
  const first = machine.start(['start', '--port', '0'], token)
  const port = new URL(addressIn(await first.until('Listening'))).port
  const second = await machine.run(['start', '--port', port], token)
  expect(second).toMatchObject({ code: 1, out: '' })
  expect(second.err).toBe(`✕ Port ${port} is taken by node (pid ${first.process.pid}), which is another Crossfeed
  Fix   Use it: http://127.0.0.1:${port}   Or: crossfeed start --port ${Number(port) + 1}
`)
  const guided = await machine.run([])
  expect(guided).toMatchObject({ code: 0 })
  expect(guided.out).toContain(`already running (pid ${first.process.pid}) on http://127.0.0.1:${port}`)

  const beside = machine.start(['start', '--port', '0'], token)
  await beside.until('Signed in')
  beside.process.kill('SIGTERM')
  expect((await beside.ended).code).toBe(0)
  expect(JSON.parse(readFileSync(join(machine.home, 'gateway.json'), 'utf8'))).toMatchObject({ port: Number(port) })
  first.process.kill('SIGTERM')
  await first.ended

  const other = createServer((_request, response) => response.end('something else'))
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const address = other.address()
  const taken = typeof address === 'object' && address !== null ? String(address.port) : ''
  const third = await machine.run(['start', '--port', taken], token)
  expect(third.err).toContain(`✕ Port ${taken} is taken by another program`)
  await new Promise((resolve) => other.close(resolve))
})

test('an address that others reach is refused without a key, before anything is asked', async () => {
  const { code, err } = await machine.run(['start', '--host', '0.0.0.0'])
  expect(code).toBe(2)
  expect(err).toContain('✕ Not listening on 0.0.0.0: others could reach it, and no key is set')
  expect((await machine.run(['start', '--host', '203.0.113.7', '--port', '0'], token)).code).toBe(2)
})

test('a config file with a slip stops the start with its line (error 8)', async () => {
  mkdirSync(machine.home, { recursive: true })
  writeFileSync(join(machine.home, 'config.yaml'), '# mine\nauth:\n  apiKey: [s3cret-canary]\nprot: 4141\n')
  const { code, out, err } = await machine.run(['start'], token)
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err).toBe(`✕ config.yaml, line 3: unknown key "apiKey" in auth (and 1 more: crossfeed config check)
  3 |   apiKey: …
  Fix   Did you mean apiKeys?
`)
  const check = await machine.run(['config', 'check'])
  expect(check).toMatchObject({ code: 1, err: '' })
  expect(check.out).toContain(
    '✕ config.yaml, line 4: unknown key "prot"\n  4 | prot: 4141\n  Fix   Did you mean port?\n',
  )
  const json = JSON.parse((await machine.run(['config', 'check', '--json'])).out)
  expect(json).toMatchObject({ schema: 1, problems: [{ line: 3 }, { line: 4 }] })
  writeFileSync(join(machine.home, 'config.yaml'), 'port: 4141\nsmallModel: x\n')
  const right = await machine.run(['config', 'check'])
  expect(right).toMatchObject({ code: 0, err: '! config.yaml, line 2: smallModel (copilot-api) is not used yet\n' })
})

test('auth login keeps the sign-in, start uses it without asking again, logout removes all of it', async () => {
  expect(await machine.run(['auth'])).toMatchObject({ code: 2, out: '' })
  const login = await machine.run(['auth', 'login', '--oauth-app', 'copilot'])
  expect(login.code).toBe(0)
  expect(login.out).toMatch(/Your code {3}[A-Z0-9-]{9}\nPage {8}http/)
  expect(login.out).toContain('✓ Signed in as octo-dev')
  expect(login.err).toContain('the app of the GitHub Copilot plugins for Vim and JetBrains,\nnot with one of Crossfeed')
  const folder = join(machine.home, 'credentials')
  const [file = ''] = readdirSync(folder).filter((name) => name.endsWith('.json'))
  expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600)
  const stored = JSON.parse(readFileSync(join(folder, file), 'utf8'))
  expect(login.out + login.err).not.toContain(stored.token)

  const codes = asked('/login/device/code')
  expect((await machine.run(['models'])).code).toBe(0)
  expect(asked('/login/device/code')).toBe(codes)
  const status = await machine.run(['auth', 'status', '--json'])
  expect(JSON.parse(status.out)).toMatchObject({
    schema: 1,
    using: { from: 'stored sign-in (copilot)', login: 'octo-dev' },
    kept: [{ app: 'copilot', login: 'octo-dev' }],
  })
  expect(status.out).not.toContain(stored.token)

  const again = await machine.run(['auth', '--oauth-app', 'copilot', '--show-token'])
  expect(again.out).toContain(`GitHub token: ${JSON.parse(readFileSync(join(folder, file), 'utf8')).token}`)
  expect(again.err).not.toContain('not with one of Crossfeed')

  expect((await machine.run(['auth', 'logout'])).out).toContain('✓ Signed out octo-dev (copilot, 127.0.0.1')
  expect(readdirSync(folder).filter((name) => name.endsWith('.json'))).toEqual([])
  expect(await machine.run(['auth', 'status'])).toMatchObject({ code: 3 })
  expect((await machine.run(['auth', 'logout'])).code).toBe(0)
})

test('auth import copies what other programs left, and leaves theirs alone', async () => {
  expect((await machine.run(['auth', 'import'])).code).toBe(3)
  const theirs = join(machine.folder, 'data', 'copilot-api')
  mkdirSync(theirs, { recursive: true })
  writeFileSync(join(theirs, 'github_token'), 'ghu_c4n4ryForeign\n')
  const { code, out } = await machine.run(['auth', 'import', '--json'])
  expect(code).toBe(0)
  expect(JSON.parse(out)).toMatchObject({ imported: [{ program: 'copilot-api', host: 'github.com' }] })
  expect(out).not.toContain('c4n4ry')
  expect(readFileSync(join(theirs, 'github_token'), 'utf8')).toBe('ghu_c4n4ryForeign\n')
  expect(await machine.run(['auth', 'import', '--from', 'opencod'])).toMatchObject({
    code: 2,
    err: '✕ Unknown program opencod\n  Fix   Did you mean opencode?\n',
  })
})

test('check-usage: for people, plain and as JSON', async () => {
  const { code, out } = await machine.run(['check-usage'], token)
  expect(code).toBe(0)
  expect(out).toMatch(/^Copilot Pro\+, octo-dev +resets 1 Dec/)
  expect(out).toMatch(/credits +[\d,.]+ of 7,000 used +[▓░]+ +[\d,.]+ left/)
  expect((await machine.run(['check-usage', '--plain'], token)).out).toMatch(/[#.]{8}/)
  const json = JSON.parse((await machine.run(['check-usage', '--json'], token)).out)
  expect(json).toMatchObject({ schema: 1, login: 'octo-dev', plan: 'individual_pro' })
  expect(await machine.run(['check-usage'])).toMatchObject({ code: 3, out: '' })
})

test('models: all, some, none (error 7)', async () => {
  const all = await machine.run(['models'], token)
  expect(all.out).toMatch(/^model +context +/)
  for (const line of all.out.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  expect(all.err).toContain('--json')
  expect(all.out).toContain('×')
  expect(all.err).toContain('×: how many premium requests')
  const wide = await machine.run(['models'], { ...token, COLUMNS: '200' })
  expect(wide.out).toMatch(/^model +context +prompt +output +endpoints/)
  expect(all.out).not.toContain('gpt-41-copilot') // a model for completions only, which nothing here serves
  const { out } = await machine.run(['models', 'opus-4-6', '--json'], token)
  expect(JSON.parse(out).models).toMatchObject([
    { id: 'claude-opus-4.6', limits: { context: 200_000, output: 32_000 } },
  ])
  const none = await machine.run(['models', 'claude-opus-9'], token)
  expect(none).toMatchObject({ code: 1, out: '' })
  expect(none.err).toMatch(
    /^✕ No model called claude-opus-9\n {2}Nearest: claude-opus-4\.\d, .+\.\n {2}Fix {3}crossfeed models claude-opus-4\.\d\n$/,
  )
})

test('debug --json is JSON alone, with versions, paths and no secret; the home is taken from flag and variables', async () => {
  const { code, out, err } = await machine.run(['debug', '--json'], token)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(JSON.parse(out)).toMatchObject({
    schema: 1,
    version: '0.1.0',
    runtime: { name: 'node', platform: process.platform, arch: process.arch },
    paths: { home: machine.home, config: null },
    tokenExists: false,
    running: null,
  })
  expect(out).not.toContain('c4n4ry')
  expect((await machine.run(['debug'], token)).out).toContain(`Home         ${machine.home}`)
  const other = join(machine.folder, 'other')
  const homeOf = async (words: string[], env?: Record<string, string>): Promise<string> =>
    JSON.parse((await machine.run([...words, 'debug', '--json'], env)).out).paths.home
  expect(await homeOf([`--api-home=${other}`])).toBe(other)
  expect(await homeOf([], { CROSSFEED_HOME: '', COPILOT_API_HOME: other })).toBe(other)
  expect(existsSync(other)).toBe(false)
})

test('emulate runs the stand-in alone; demo runs on it and keeps nothing', async () => {
  const standIn = machine.start(['emulate', '--json'])
  const { url, urls } = JSON.parse(await standIn.until('}}'))
  expect(urls.openai).toBe(`${url}/openai`)
  expect((await fetchText(`${url}/__requests`)).status).toBe(200)
  const { port } = new URL(url)
  expect((await machine.run(['emulate', '--port', port])).err).toBe(`✕ Port ${port} is taken by another program
  Fix   crossfeed emulate --port ${Number(port) + 1}
`)
  standIn.process.kill('SIGTERM')
  expect((await standIn.ended).code).toBe(0)

  const demo = machine.start(['demo', '--port', '0'])
  const out = await demo.until('Anthropic SDK')
  expect(out).toContain('✓ Signed in as octo-dev')
  expect((await fetchText(`${addressIn(out)}/v1/models`)).status).toBe(200)
  demo.process.kill('SIGTERM')
  const ended = await demo.ended
  expect(ended.code).toBe(0)
  expect(ended.err).toContain('Demo: made-up data, no account, nothing is kept.')
  expect(existsSync(machine.home)).toBe(false)
  expect(readdirSync(machine.folder).filter((name) => name.startsWith('crossfeed-demo-'))).toEqual([])
  expect(emulator.requests()).toHaveLength(0)
})

test('a sign-in that could not be kept is not asked for', async () => {
  writeFileSync(machine.home, 'a file where the home should be')
  const { code, out, err } = await machine.run(['auth', 'login', '--oauth-app', 'copilot'])
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err).toBe(`✕ Nothing can be kept in ${machine.home} (EEXIST)
  Fix   Give a folder that you may write: --home <dir>, or CROSSFEED_HOME.
`)
})

test('a gateway outlives whoever reads what it says', async () => {
  const gateway = machine.start(['start', '--port', '0', '--verbose'], token)
  const url = addressIn(await gateway.until('Anthropic SDK'))
  for (const stream of [gateway.process.stdout, gateway.process.stderr]) stream?.destroy()
  for (let count = 0; count < 5; count++) {
    const body = JSON.stringify({ model: 'gpt-5-mini', messages: [{ role: 'user', content: 'hello' }] })
    const headers = { 'content-type': 'application/json' }
    expect((await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers, body })).status).toBe(200)
    await new Promise((resolve) => setTimeout(resolve, 150)) // log lines are written in batches
  }
  gateway.process.kill('SIGTERM')
  expect((await gateway.ended).code).toBe(0)
})
