import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { GatewayError } from '@crossfeed/protocols'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ensureAdminKey } from './admin-key.ts'
import { ensureHome, homeFolder } from './home.ts'
import { loadSettings, type Flags, type Settings } from './settings.ts'

let home: string
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'crossfeed-config-'))
})
afterEach(() => rmSync(home, { recursive: true }))

const write = (name: string, text: string): void => writeFileSync(join(home, name), text)
const load = (flags: Flags = {}, env: Record<string, string> = {}): Promise<Settings> =>
  loadSettings({ flags: { home, ...flags }, env })

async function problem(name: string, text: string, env: Record<string, string> = {}): Promise<string> {
  write(name, text)
  try {
    await load({}, env)
    return 'no problem'
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    return `${error.message}\nFix ${error.fix}\n(${error.reason})`
  }
}

test('without a file, flags or environment: the defaults', async () => {
  expect(await load()).toMatchObject({
    port: 4141,
    host: '127.0.0.1',
    apiKeys: [],
    adminApiKey: undefined,
    bodyLimit: 67108864,
    timeouts: { connect: 10_000, headers: 600_000, idle: 90_000 },
    keepAlive: 10,
    maxConcurrent: 0,
    retries: 1,
    emptyReplies: 'error',
    lossPolicy: 'warn',
    initiator: 'lastItem',
    useMessagesApi: true,
    upstreams: {},
    warnings: [],
  })
})

test('flag over environment over file over default', async () => {
  write('config.yaml', 'oauthApp: from-file\nport: 5000\nupstreams:\n  copilot: http://127.0.0.1:1/\n')
  expect((await load()).oauthApp).toBe('from-file')
  expect((await load({}, { COPILOT_API_OAUTH_APP: 'from-env' })).oauthApp).toBe('from-env')
  expect((await load({ oauthApp: 'from-flag' }, { COPILOT_API_OAUTH_APP: 'from-env' })).oauthApp).toBe('from-flag')
  expect((await load({}, { COPILOT_API_OAUTH_APP: '' })).oauthApp).toBe('from-file')
  expect((await load()).port).toBe(5000)
  expect((await load({ port: '0' })).port).toBe(0)
  expect((await load()).upstreams).toEqual({ copilot: 'http://127.0.0.1:1' })
  expect((await load({}, { CROSSFEED_COPILOT_URL: 'http://127.0.0.1:2' })).upstreams.copilot).toBe('http://127.0.0.1:2')
})

test('the home folder: flag, then environment, then the data folder', async () => {
  const where = async (flags: Flags, env: Record<string, string>): Promise<string> =>
    (await loadSettings({ flags, env })).home
  expect(await where({ home: '/x/a' }, { CROSSFEED_HOME: '/x/b' })).toBe('/x/a')
  expect(await where({}, { CROSSFEED_HOME: '/x/b', COPILOT_API_HOME: '/x/c' })).toBe('/x/b')
  expect(await where({}, { COPILOT_API_HOME: '/x/c' })).toBe('/x/c')
  expect(await where({}, { XDG_DATA_HOME: '/x/d' })).toBe('/x/d/crossfeed')
})

test('sign-ins never go into the folder that one happens to be in', () => {
  expect(homeFolder(undefined, { XDG_DATA_HOME: 'data' })).toBe(homeFolder(undefined, {}))
  const before = process.env['HOME']
  try {
    for (const home of ['', 'relative']) {
      process.env['HOME'] = home
      expect(homeFolder(undefined, {})).toBe(join(userInfo().homedir, '.local/share/crossfeed'))
    }
  } finally {
    if (before === undefined) delete process.env['HOME']
    else process.env['HOME'] = before
  }
})

test('every setting is read, from JSON and from YAML alike', async () => {
  const config = {
    port: 5000,
    host: 'localhost',
    auth: { apiKeys: [' one ', 'two', 'one'], adminApiKey: 'env:ADMIN' },
    cors: { origins: ['https://app.example'] },
    allowedHosts: ['gateway.home'],
    bodyLimit: '2mb',
    upstreams: {
      github: 'http://127.0.0.1:1',
      githubApi: 'http://127.0.0.1:2',
      copilot: 'http://127.0.0.1:3',
      anthropic: 'http://127.0.0.1:4',
    },
    network: { ca: '/x/ca.pem', proxyFromEnv: true, http2: false },
    timeouts: { connect: '500ms', headers: 30, idle: '2m' },
    keepAlive: 5,
    maxConcurrent: 12,
    lossPolicy: 'reject',
    extraHeaders: { 'Editor-Version': 'vim/9' },
    accountType: 'business',
    oauthApp: 'opencode',
    enterpriseUrl: 'https://Company.ghe.com/',
    claudeTokenMultiplier: 1.2,
    anthropicApiKey: 'os.environ/COUNT_KEY',
    modelMappings: { sonnet: 'claude-sonnet-4.6' },
    models: { 'gpt-5.2': { endpoints: ['chat'], limits: { prompt: 1000 } } },
    initiator: 'anyAssistant',
    modelReasoningEfforts: { 'gpt-5.2': 'ultra' },
    useMessagesApi: false,
  }
  const env = { ADMIN: 'the-admin-key', COUNT_KEY: 'counting' }
  const { stringify } = await import('yaml')
  write('config.yaml', stringify(config))
  const { configFile: _yaml, ...fromYaml } = await load({}, env)
  rmSync(join(home, 'config.yaml'))
  write('config.json', JSON.stringify(config))
  const { configFile: _json, ...fromJson } = await load({}, env)
  expect(fromJson).toEqual(fromYaml)
  expect(fromJson).toMatchObject({
    apiKeys: ['one', 'two'],
    adminApiKey: 'the-admin-key',
    bodyLimit: 2097152,
    timeouts: { connect: 500, headers: 30_000, idle: 120_000 },
    enterpriseDomain: 'company.ghe.com',
    maxConcurrent: 12,
    anthropicApiKey: 'counting',
    models: { 'gpt-5.2': { endpoints: ['chat'], limits: { prompt: 1000 } } },
  })
})

test.each([
  ['config.yaml', 'port: 4141\n\nauth:\n  apiKey: s3cret-canary\n'],
  ['config.yaml', 'prot: 4141\n'],
  ['config.yaml', '# one\nport: abc\n'],
  ['config.yaml', 'port: 4141\nhost: [\n'],
  ['config.yaml', 'port: 1\nport: 2\n'],
  ['config.yaml', 'port: 4141\n  host: localhost\n'],
  ['config.yaml', 'aliases: &a\n  x: *a\n'],
  ['config.yaml', '- port\n'],
  ['config.yaml', 'auth:\n  apiKeys:\n    - good\n    - env:NOT_SET_ANYWHERE\n'],
  ['config.yaml', 'extraHeaders:\n  X-Initiator: agent\n'],
  ['config.yaml', 'models:\n  gpt-5.2:\n    endpoint: [chat]\n'],
  ['config.yaml', 'lossPolicy: shout\n'],
  ['config.yaml', 'retries: -1\n'],
  ['config.yaml', 'api_keys: [s3cret-canary]\n'],
  ['config.yaml', 'body_limit: 1mb\n'],
  ['config.yaml', 'auth:\n  apiKeys: [123456]\n'],
  ['config.yaml', 'auth:\n'],
  ['config.yaml', 'copilot: no\n'],
  ['config.yaml', 'cors: { origins: "*" }\n'],
  ['config.yaml', 'allowedHosts: ["https://gateway.home/"]\n'],
  ['config.yaml', 'emptyReplies: maybe\n'],
  ['config.yaml', 'upstreams:\n  copilot: api.githubcopilot.com\n'],
  [
    'config.yaml',
    'model_list:\n  - model_name: a\n    litellm_params: { model: github_copilot/a }\n  - model_name: b\n    litellm_params:\n      model: bedrock/b\n',
  ],
  ['config.yaml', 'model_list:\n  - litellm_params: { model: github_copilot/a }\n'],
  ['config.json', '{\n  "port": 4141,\n  "auth": { "apiKeys": "s3cret-canary" }\n}\n'],
  ['config.json', '{\n  "port": 4141\n  "host": "s3cret-canary"\n}\n'],
  ['config.json', '{ "port": 4141, '],
  ['config.json', '{\n  // mine\n  "port": 4141\n}\n'],
  ['config.json', '{\n  "port": 4141,\n  "host": "s3cret-canary",\n}\n'],
  ['config.json', "{ 'port': 4141 }"],
  ['config.json', '{\n  "port":\n}\n'],
  ['config.json', '{ "host": "s3cret-canary'],
  ['config.json', String.raw`{ "network": { "ca": "C:\Users\u12" } }`],
  ['config.json', String.raw`{ "network": { "ca": "C:\u12" } }`],
  ['config.json', '{\n\t"port": 4141,\n\t"keepAlife": 5,\n\t"prot": 2\n}\n'],
])('%s %j', async (name, text) => {
  const said = await problem(name, text)
  expect(said).not.toContain('s3cret-canary')
  expect(said).toMatchSnapshot()
})

test('numbers and switches may be of variables, or in quotes', async () => {
  write('config.yaml', 'port: env:PORT\ncopilot: "false"\nkeepAlive: os.environ/ALIVE\nuseMessagesApi: env:DIRECT\n')
  const env = { PORT: '4242', ALIVE: '5', DIRECT: 'true' }
  expect(await load({}, env)).toMatchObject({ port: 4242, copilot: false, keepAlive: 5, useMessagesApi: true })
  for (const PORT of ['', '4242x', '99999', '0x10', '-1'])
    await expect(load({}, { ...env, PORT }), PORT).rejects.toThrow('config.yaml, line 1')
  // Of a variable that is not set it is said once, and not that its name is no number.
  await expect(load({}, { DIRECT: 'true', ALIVE: '5' })).rejects.not.toThrow('more')
})

test('keys of other programs are accepted with one warning each', async () => {
  write(
    'config.json',
    '{\n  "auth": { "apiKeys": [] },\n  "extraPrompts": { "gpt-5-mini": "env:NOT_SET" },\n  "smallModel": "gpt-5-mini"\n}\n',
  )
  expect((await load()).warnings).toEqual([
    'config.json, line 3: extraPrompts (copilot-api) is not used yet',
    'config.json, line 4: smallModel (copilot-api) is not used yet',
  ])
})

test('a file that is not there, two files, a bad flag', async () => {
  await expect(load({ config: join(home, 'none.yaml') })).rejects.toMatchObject({ reason: 'config-missing' })
  for (const port of ['abc', '-1', '65536', '80.5', ''])
    await expect(load({ port })).rejects.toMatchObject({ reason: 'usage' })
  await expect(load({ accountType: 'personal' })).rejects.toMatchObject({ reason: 'usage' })
  await expect(load({ enterpriseUrl: 'a b' })).rejects.toMatchObject({ reason: 'usage' })
  await expect(load({}, { CROSSFEED_COPILOT_URL: 'nope' })).rejects.toMatchObject({ reason: 'usage' })
  write('config.json', '{}')
  write('config.yaml', '')
  await expect(load()).rejects.toMatchObject({ reason: 'config-ambiguous' })
  await expect(load({ config: home })).rejects.toMatchObject({ message: `The config file ${home} is a folder` })
})

test('the first start writes an admin key, later ones keep it', async () => {
  const first = await ensureAdminKey(await load())
  expect(first.adminApiKey).toMatch(/^[0-9a-f]{64}$/)
  expect(statSync(join(home, 'config.json')).mode & 0o777).toBe(0o600)
  expect(statSync(home).mode & 0o777).toBe(0o700)
  const second = await ensureAdminKey(await load())
  expect(second.adminApiKey).toBe(first.adminApiKey)
})

test('writing the admin key keeps comments, order, indentation and settings it does not know', async () => {
  write('config.yaml', '# mine\nport: 5000 # here\nsmallModel: x\nauth:\n  apiKeys: [one] # two later\n')
  const { adminApiKey } = await ensureAdminKey(await load())
  expect(readFileSync(join(home, 'config.yaml'), 'utf8')).toBe(
    `# mine\nport: 5000 # here\nsmallModel: x\nauth:\n  apiKeys: [ one ] # two later\n  adminApiKey: ${adminApiKey}\n`,
  )
  rmSync(join(home, 'config.yaml'))
  write('config.json', '{\n    "smallModel": "x",\n    "port": 5000\n}\n')
  const json = await ensureAdminKey(await load())
  expect(readFileSync(join(home, 'config.json'), 'utf8')).toBe(
    `{\n    "smallModel": "x",\n    "port": 5000,\n    "auth": {\n        "apiKeys": [],\n        "adminApiKey": "${json.adminApiKey}"\n    }\n}\n`,
  )
})

test.each([
  ['a comment first', '// mine\n{"port": 4141}\n', 1],
  ['a comment later', '{\n  "port": 4141\n  // mine\n}\n', 3],
  ['a comma too many', '{\n  "port": 4141,\n}\n', 3],
  ['an end too early', '{\n  "port": 4141', 2],
  ['a word', '{\n  "port": yes,\n  "host": "::1"\n}', 2],
  ['a quote that is missing', '{\n  "host": "::1,\n  "port": 1\n}', 2],
  ['a name without a colon', '{\n  "port"\n}', 3],
  ['a number that is none', '{\n  "port": 01\n}', 2],
  ['a list that is open', '{\n  "auth": { "apiKeys": ["a", ] }\n}', 2],
  ['two values', '{}\n{}', 2],
  ['a bracket that is open, many times', '\n'.repeat(3) + '['.repeat(100_000), 4],
])('JSON that is none is named by its line: %s', async (_name, text, line) => {
  expect(await problem('config.json', text)).toMatch(new RegExp(`^config\\.json, line ${line}: not JSON`))
})

test('times are written as one likes, and none is 0', async () => {
  const loadText = async (text: string): Promise<Settings> => {
    write('config.yaml', text)
    return load()
  }
  expect(await loadText('keepAlive: 15s\n')).toMatchObject({ keepAlive: 15 })
  expect(await loadText('keepAlive: 1500ms\n')).toMatchObject({ keepAlive: 1.5 })
  expect(await loadText('keepAlive: 0\ncoolDown: { time: 0 }\n')).toMatchObject({
    keepAlive: 0,
    coolDown: { coolDownMs: 0 },
  })
  expect(await loadText('keepAlive: "20"\ncoolDown: { time: 2m }\n')).toMatchObject({
    keepAlive: 20,
    coolDown: { coolDownMs: 120_000 },
  })
  for (const wrong of ['5ms', '2h', 'soon', '-1']) {
    await expect(loadText(`keepAlive: ${wrong}\n`), wrong).rejects.toThrow(
      'keepAlive is not a time from 1s to 1h, or 0 for none',
    )
  }
})

test('keys that every object has are unknown keys all the same', async () => {
  expect(await problem('config.json', '{"constructor": 1}')).toContain('unknown key "constructor"')
})

test('aliases of aliases are a fault of the file', async () => {
  const rows = Array.from({ length: 6 }, (_, row) => {
    const item = row === 0 ? 'x' : `*k${row - 1}`
    return `k${row}: &k${row} [${Array(9).fill(item).join(', ')}]\n`
  })
  expect(await problem('config.yaml', rows.join(''))).toMatch(/^config\.yaml, line 1: Excessive alias count/)
})

test('two gateways that start at once on an empty home have the same admin key', async () => {
  const before = await load()
  const first = await ensureAdminKey(before)
  const second = await ensureAdminKey(before)
  expect(second.adminApiKey).toBe(first.adminApiKey)
  expect((await load()).adminApiKey).toBe(first.adminApiKey)
  expect(readdirSync(home)).toEqual(['config.json'])
})

test('a config file that is not in the home folder is left as it is: the admin key stands in a file of its own', async () => {
  const project = mkdtempSync(join(tmpdir(), 'crossfeed-project-'))
  const text = 'model_list: [] # in git\nport: 5000\n'
  try {
    writeFileSync(join(project, 'config.yaml'), text)
    symlinkSync(join(project, 'config.yaml'), join(home, 'config.yaml'))
    const first = await ensureAdminKey(await load({ config: join(project, 'config.yaml') }))
    expect(first.adminApiKey).toMatch(/^[0-9a-f]{64}$/)
    expect(first.warnings).toEqual([])
    expect(statSync(join(home, 'admin-key')).mode & 0o777).toBe(0o600)
    const linked = await ensureAdminKey(await load())
    expect(linked.adminApiKey).toBe(first.adminApiKey)
    expect(readFileSync(join(project, 'config.yaml'), 'utf8')).toBe(text)
    expect(lstatSync(join(home, 'config.yaml')).isSymbolicLink()).toBe(true)
    writeFileSync(join(home, 'admin-key'), '\n')
    const anew = await ensureAdminKey(await load())
    expect(anew.adminApiKey).toMatch(/^[0-9a-f]{64}$/)
    expect(readFileSync(join(home, 'admin-key'), 'utf8')).toBe(`${anew.adminApiKey}\n`)
  } finally {
    rmSync(project, { recursive: true })
  }
})

test('a home is closed to others, but not a folder that is meant for all', () => {
  chmodSync(home, 0o755)
  ensureHome(home)
  expect(statSync(home).mode & 0o7777).toBe(0o700)
  chmodSync(home, 0o1777)
  ensureHome(home)
  expect(statSync(home).mode & 0o7777).toBe(0o1777)
})
