import type { AccountSummary, Login, Model, ServedModel } from '@crossfeed/engine'
import { GatewayError } from '@crossfeed/protocols'
import { expect, test } from 'vitest'
import { redact } from '../observe/redact.ts'
import { writeModels, writeSignedIn, writeSupplies } from './banner.ts'
import { bar, table } from './terminal/chart.ts'
import { chooseModels, claudeCodeVariables, clientSettings } from './clients/client-settings.ts'
import { writeUsage } from './commands/check-usage.ts'
import { madeUpToken } from './emulated.ts'
import { exitCodeOf } from './exit-code.ts'
import { writeError } from './terminal/print-error.ts'
import { chooseDialect, writeLaunch, type Dialect } from './clients/shell.ts'
import { chooseStyle } from './terminal/style.ts'
import { wrapLines } from './terminal/wrap.ts'

const plainStyle = chooseStyle({}, { LANG: 'C.UTF-8' }, { plain: false, noColor: true })
const print = (error: unknown, verbose = false): string =>
  writeError(error, { style: plainStyle, env: {}, redact, json: false, verbose })

test('an error has at most four lines, the fix last but the code', () => {
  const seat = new GatewayError(
    'forbidden',
    403,
    'GitHub refused Copilot for octo-lin\n"No Copilot seat is assigned" (not_signed_up).',
    {
      reason: 'copilot-no-seat',
      fix: 'Ask your admin for a seat, or sign in as someone else: crossfeed auth login',
      upstream: { requestId: 'req_7f3a9c' },
    },
  )
  expect(print(seat)).toMatchInlineSnapshot(`
    "✕ GitHub refused Copilot for octo-lin
      "No Copilot seat is assigned" (not_signed_up).
      Fix   Ask your admin for a seat, or sign in as someone else: crossfeed auth login
      More  copilot-no-seat · req_7f3a9c
    "
  `)
})

test('what a supply said is broken where its first sentence ends', () => {
  const refused = new GatewayError(
    'unauthorized',
    401,
    'Incorrect API key provided: sk-***. You can find yours at https://x.test/keys (mine: https://x.test/v1/models).',
    { reason: 'upstream-401', fix: 'Check its apiKey.' },
  )
  expect(print(refused)).toBe(
    '✕ Incorrect API key provided: sk-***.\n  You can find yours at https://x.test/keys (mine: https://x.test/v1/models).\n  Fix   Check its apiKey.\n  More  upstream-401\n',
  )
  const down = new GatewayError('upstream', 502, 'Cannot reach h:1: h:1 refused the connection (mine: http://h:1).', {
    reason: 'network-refused',
    fix: 'Run it.',
  })
  expect(print(down)).toBe(
    '✕ Cannot reach h:1\n  h:1 refused the connection (mine: http://h:1).\n  Fix   Run it.\n  More  network-refused\n',
  )
})

test('in a window an error is broken between words, and goes on below where it began', () => {
  const error = new GatewayError('invalid-request', 400, 'The guide asks questions, and nobody can be asked here', {
    reason: 'usage',
    fix: 'Set COPILOT_GITHUB_TOKEN or configure a provider, and run crossfeed start; or run crossfeed demo.',
  })
  const style = chooseStyle({ isTTY: true, columns: 80 }, { NO_COLOR: '1' }, { plain: false, noColor: false })
  const env = { npm_execpath: 'npm-cli.js' }
  expect(writeError(error, { style, env, redact, json: false, verbose: false })).toBe(`\
✕ The guide asks questions, and nobody can be asked here
  Fix   Set COPILOT_GITHUB_TOKEN or configure a provider, and run npx crossfeed
        start; or run npx crossfeed demo.
`)
})

test('talk is broken between words in a window, and goes on below where it began', () => {
  const long = `✓ ${'word '.repeat(10).trim()}\n  Fix   ${'do it '.repeat(8).trim()}\nshort`
  expect(wrapLines(long, { width: 40, wraps: true })).toBe(`✓ word word word word word word word
  word word word
  Fix   do it do it do it do it do it do
        it do it do it
short`)
  expect(wrapLines(long, { width: 40, wraps: false })).toBe(long)
})

test('colours take no room in a window', () => {
  const { red, green } = chooseStyle({ isTTY: true }, {}, { plain: false, noColor: false })
  const fits = red(`✕ ${'word '.repeat(7)}end`)
  expect(fits).toContain('\u001b[31m')
  expect(wrapLines(fits, { width: 40, wraps: true })).toBe(fits)
  expect(wrapLines(`${green('✓')} ${'word '.repeat(8)}end`, { width: 40, wraps: true })).toBe(
    `${green('✓')} word word word word word word word\n  word end`,
  )
})

test('a stack trace only when asked for, and without secrets', () => {
  const error = new Error('broken by gho_c4n4ry0123456789')
  expect(print(error)).toBe(
    '✕ Something in Crossfeed failed\n  broken by gho_…\n  Fix   Run it again with --verbose, and report what it shows.\n  More  internal\n',
  )
  expect(print(error, true)).toContain('at ')
  expect(print(error, true)).not.toContain('c4n4ry')
})

test.each([
  ['usage', 'invalid-request', 2],
  ['open-bind', 'invalid-request', 2],
  ['config-value', 'invalid-request', 1],
  ['port-taken', 'internal', 1],
  ['token-kind', 'unauthorized', 3],
  ['copilot-no-seat', 'forbidden', 4],
  ['network-dns', 'upstream', 5],
  ['timeout-headers', 'timeout', 5],
  ['sign-in-cancelled', 'cancelled', 130],
  ['model-not-found', 'not-found', 1],
] as const)('reason %s exits %s', (reason, code, status) => {
  expect(exitCodeOf(new GatewayError(code, 400, 'x', { reason }))).toBe(status)
})

test('the launch command in each dialect, with values that need quoting', () => {
  const variables = { A: 'plain', B: "it's $HOME & 100%" }
  expect(writeLaunch(variables, 'claude', 'sh')).toBe(`export A=plain B='it'\\''s $HOME & 100%' && claude`)
  expect(writeLaunch(variables, 'claude', 'fish')).toBe(`set -gx A plain; set -gx B 'it\\'s $HOME & 100%'; claude`)
  expect(writeLaunch(variables, 'claude', 'powershell')).toBe(`$env:A = 'plain'; $env:B = 'it''s $HOME & 100%'; claude`)
  expect(writeLaunch(variables, 'claude', 'cmd')).toBe(`set "A=plain" && set "B=it's $HOME & 100%%" && claude`)
})

test('the dialect follows the shell', () => {
  expect(chooseDialect({ SHELL: '/usr/bin/fish' }, 'linux')).toBe('fish')
  expect(chooseDialect({ SHELL: '/bin/zsh' }, 'darwin')).toBe('sh')
  expect(chooseDialect({ SHELL: '/usr/bin/pwsh' }, 'linux')).toBe('powershell')
  expect(chooseDialect({}, 'linux')).toBe('sh')
  expect(chooseDialect({ PSModulePath: 'x' }, 'win32')).toBe('powershell')
  expect(chooseDialect({}, 'win32')).toBe('cmd')
})

test('Claude Code gets the variables that it reads, and the newest models', () => {
  const models = ['gpt-5.2', 'claude-haiku-4.5', 'claude-opus-4.6', 'claude-opus-4.10', 'gpt-5-mini'].map((id) => ({
    id,
  }))
  const choice = chooseModels(models)
  expect(choice).toEqual({ main: 'claude-opus-4.10', small: 'claude-haiku-4.5' })
  expect(chooseModels([{ id: 'gpt-4.1' }, { id: 'gpt-5-mini' }])).toEqual({ main: 'gpt-5-mini', small: 'gpt-5-mini' })
  expect(chooseModels([])).toBeUndefined()
  expect(claudeCodeVariables({ url: 'http://127.0.0.1:4141', key: 'k' }, { main: 'a', small: 'b' })).toEqual({
    ANTHROPIC_BASE_URL: 'http://127.0.0.1:4141',
    ANTHROPIC_AUTH_TOKEN: 'k',
    ANTHROPIC_MODEL: 'a',
    ANTHROPIC_DEFAULT_OPUS_MODEL: 'a',
    ANTHROPIC_DEFAULT_SONNET_MODEL: 'a',
    ANTHROPIC_SMALL_FAST_MODEL: 'b',
    ANTHROPIC_DEFAULT_HAIKU_MODEL: 'b',
    DISABLE_NON_ESSENTIAL_MODEL_CALLS: '1',
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
  })
  const settings = linesIn('sh', models)
  expect(settings['Claude Code']).toBe(
    'ANTHROPIC_BASE_URL=http://127.0.0.1:1 ANTHROPIC_AUTH_TOKEN=k ANTHROPIC_DEFAULT_OPUS_MODEL=claude-opus-4.10 ' +
      'ANTHROPIC_DEFAULT_SONNET_MODEL=claude-opus-4.10 ANTHROPIC_DEFAULT_HAIKU_MODEL=claude-haiku-4.5 ' +
      'claude --model claude-opus-4.10',
  )
  expect(settings['Codex']).toContain('-c model_providers.crossfeed.base_url=http://127.0.0.1:1/v1 ')
  expect(JSON.parse(/'(.+)'/.exec(settings['opencode'] ?? '')?.[1] ?? '')).toMatchObject({
    model: 'crossfeed/claude-opus-4.10',
  })
})

function linesIn(dialect: Dialect, models: readonly { readonly id: string }[]): Readonly<Record<string, string>> {
  const settings = clientSettings({ url: 'http://127.0.0.1:1', key: 'k' }, models, dialect)
  return Object.fromEntries(settings.map(({ client, words }) => [client, words.join(' ')]))
}

test('settings are written as the shell reads them, and those of SDKs reach the programs that it starts', () => {
  const models = [{ id: 'gpt-5.5' }]
  expect(linesIn('sh', models)['OpenAI SDK']).toBe('export OPENAI_BASE_URL=http://127.0.0.1:1/v1 OPENAI_API_KEY=k')
  expect(linesIn('fish', models)['OpenAI SDK']).toBe(
    'set -gx OPENAI_BASE_URL http://127.0.0.1:1/v1; set -gx OPENAI_API_KEY k',
  )
  expect(linesIn('powershell', models)['Codex']).toMatch(
    /^\$env:CROSSFEED_KEY = 'k'; codex -c model_provider=crossfeed .* -m gpt-5\.5$/,
  )
  expect(linesIn('powershell', models)['opencode']).toMatch(/^\$env:OPENCODE_CONFIG_CONTENT = '\{".*"\}'; opencode$/)
  expect(linesIn('cmd', models)['Claude Code']).toMatch(
    /^set "ANTHROPIC_BASE_URL=http:\/\/127\.0\.0\.1:1" && .* && claude --model gpt-5\.5$/,
  )
})

const account: AccountSummary = {
  login: 'octo-lin',
  plan: 'individual_max',
  resets: '2026-12-01T00:00:00.000Z',
  tokenBilling: true,
  organizations: [],
  snapshots: [
    { id: 'chat', unlimited: true },
    { id: 'premium_interactions', unlimited: false, entitlement: 20000, remaining: 11240 },
  ],
  raw: {},
}
const now = new Date('2026-11-22T10:00:00Z')

test('what is left, drawn for the width there is', () => {
  expect(writeUsage(account, { ...plainStyle, width: 90 }, now)).toMatchInlineSnapshot(`
    "Copilot Max, octo-lin                                              resets 1 Dec, in 9 days
    credits       8,760 of 20,000 used           ▓▓▓▓▓▓▓▓▓▓▓▓▓▓░░░░░░░░░░░░░░░░░   11,240 left
    chat          unlimited
    completions   N/A"
  `)
  expect(writeUsage({ ...account, snapshots: [] }, { ...plainStyle, width: 40 }, now)).toContain('N/A')
  for (const width of [40, 60, 80, 120, 200]) {
    const lines = writeUsage(account, { ...plainStyle, width }, now).split('\n')
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(Math.max(60, Math.min(width, 120)))
  }
})

test('bars never leave their width, and have a plain form', () => {
  expect(bar(0.5, 4, { blocks: true })).toBe('▓▓░░')
  expect(bar(0.5, 4, { blocks: false })).toBe('##..')
  expect(bar(7, 4, { blocks: false })).toBe('####')
  expect(bar(-1, 4, { blocks: false })).toBe('....')
  expect(
    table(
      [
        ['a', '1'],
        ['bb', '22'],
      ],
      [false, true],
    ),
  ).toEqual(['a    1', 'bb  22'])
})

test.each([
  ['a terminal', { isTTY: true }, {}, true],
  ['a pipe', {}, {}, false],
  ['a pipe with FORCE_COLOR', {}, { FORCE_COLOR: '1' }, true],
  ['NO_COLOR', { isTTY: true }, { NO_COLOR: '1' }, false],
  ['TERM=dumb', { isTTY: true }, { TERM: 'dumb' }, false],
  ['CI', { isTTY: true }, { CI: 'true' }, false],
])('colour: %s', (_name, output, env, colored) => {
  expect(chooseStyle(output, env, { plain: false, noColor: false }).red('x') !== 'x').toBe(colored)
})

test('width: COLUMNS, then the terminal, then 80', () => {
  const flags = { plain: false, noColor: false }
  expect(chooseStyle({ columns: 100 }, { COLUMNS: '70' }, flags).width).toBe(70)
  expect(chooseStyle({ columns: 100 }, {}, flags).width).toBe(100)
  expect(chooseStyle({}, {}, flags).width).toBe(80)
})

test('the models leave room on a screen of 24 lines for what is said before and after them', () => {
  const named = (id: string): Model => ({ id }) as Model // the banner reads nothing but the name
  const models = Array.from({ length: 25 }, (_, index) => named(`gemini-${index}-flash-preview`))
  const lines = writeModels(models, plainStyle).split('\n')
  expect(lines[0]).toBe('✓ 25 models; crossfeed models tells limits and prices')
  expect(lines.length).toBeLessThanOrEqual(10)
  expect(lines.filter((line) => line.length > 80)).toEqual([])
  expect(lines.slice(1).join(' ').trim().split(/ +/)).toEqual(models.map((model) => model.id))
})

test('with other supplies each has a line, however many models it has, and one without models is seen', () => {
  const named = (provider: string, id: string): ServedModel => ({ provider, id }) as ServedModel // no more is read
  const many = Array.from({ length: 1000 }, (_, index) => named('router', `router/vendor/model-${index}`))
  const models = [named('router', 'best'), named('copilot', 'gpt-5.4'), ...many, named('local', 'local/phi')]
  const unlisted = 'deployments are not listed; ask for azure/<deployment>'
  const supplies = [...['copilot', 'router', 'local', 'down'].map((name) => ({ name })), { name: 'azure', unlisted }]
  expect(writeSupplies(supplies, models, ['best'], plainStyle))
    .toBe(`✓ 1,003 models of 5 supplies; crossfeed models tells limits and prices
  copilot      1  gpt-5.4
  router   1,000  router/vendor/model-0  router/vendor/model-1  …
  local        1  local/phi
  down         –  no models are listed
  azure        –  deployments are not listed; ask for azure/<deployment>
  aliases      1  best`)
  const narrow = writeSupplies(supplies, models, [], { ...plainStyle, width: 40 }).split('\n')
  expect(narrow.slice(1, -1).filter((line) => line.length > 43)).toEqual([])
})

test('a sign-in that is made up is not said to come from a flag', () => {
  const login = { login: 'octo-dev', from: '--github-token', bearer: 'b', githubToken: madeUpToken } as Login // what is shown
  expect(writeSignedIn(login, undefined, plainStyle)).toBe('✓ Signed in as octo-dev (made up)')
  expect(writeSignedIn({ ...login, githubToken: 'gho_own' }, undefined, plainStyle)).toContain(', by --github-token')
})

test('the settings for clients choose a model of the seat before a newer one that is paid by use', () => {
  const models = ['anthropic/claude-opus-9', 'claude-opus-4.6', 'openai/gpt-9', 'gpt-5.2'].map((id) => ({ id }))
  expect(chooseModels(models)?.main).toBe('claude-opus-4.6')
  expect(chooseModels(models.filter(({ id }) => id.includes('/')))?.main).toBe('anthropic/claude-opus-9')
})
