import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEmulator, type Emulator } from '@crossfeed/emulator'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createApp } from '../app.ts'
import type { Prompts } from './terminal/prompts.ts'
import { run } from './run.ts'

let emulator: Emulator
let folder: string
let env: Record<string, string>
beforeEach(async () => {
  emulator = createEmulator()
  const { url } = await emulator.start()
  folder = mkdtempSync(join(tmpdir(), 'crossfeed-guide-'))
  mkdirSync(join(folder, 'home'))
  mkdirSync(join(folder, 'bin'))
  writeFileSync(join(folder, 'home', 'config.json'), '{ "port": 0 }')
  env = {
    HOME: folder,
    NO_COLOR: '1',
    PATH: join(folder, 'bin'),
    CROSSFEED_HOME: join(folder, 'home'),
    CROSSFEED_GITHUB_URL: url,
    CROSSFEED_GITHUB_API_URL: url,
    CROSSFEED_COPILOT_URL: url,
  }
})
afterEach(async () => {
  await emulator.stop()
  rmSync(folder, { recursive: true, force: true })
})

interface Guided {
  readonly code: number
  readonly out: string
  readonly asked: readonly {
    readonly message: string
    readonly options: readonly string[]
    readonly initial?: string | undefined
  }[]
}

/** Runs the guide with these answers (undefined for Ctrl-C); a gateway that only runs is stopped after `meanwhile`. */
async function guide(
  answers: readonly (string | undefined)[],
  more: Record<string, string> = {},
  meanwhile: () => Promise<unknown> = async () => {},
): Promise<Guided> {
  const left = [...answers]
  const asked: Guided['asked'][number][] = []
  const prompts: Prompts = {
    select: async ({ message, options, initial }) => {
      asked.push({ message, options: options.map(({ label, hint }) => (hint ? `${label} (${hint})` : label)), initial })
      const answer = left.shift()
      return options.find(({ value }) => value === answer)?.value
    },
    password: async (message, { problemOf } = {}) => {
      asked.push({ message, options: [] })
      let answer = left.shift()
      for (; answer !== undefined && problemOf?.(answer) !== undefined; answer = left.shift())
        asked.push({ message: problemOf(answer) ?? '', options: [] })
      return answer
    },
    text: async (message, { problemOf } = {}) => {
      asked.push({ message, options: [] })
      let answer = left.shift()
      for (; answer !== undefined && problemOf?.(answer) !== undefined; answer = left.shift())
        asked.push({ message: problemOf(answer) ?? '', options: [] })
      return answer
    },
    confirm: async (message) => {
      asked.push({ message, options: [] })
      const answer = left.shift()
      return answer === undefined ? undefined : answer === 'yes'
    },
  }
  let out = ''
  let signal = (): void => {}
  const write = (text: string): void => {
    out += text
    if (text.includes('Ctrl-C stops the gateway.')) void meanwhile().finally(signal)
  }
  const code = await run({
    argv: [],
    env: { ...env, ...more },
    folder,
    stdin: { isTTY: true },
    stdout: { isTTY: true, columns: 100, write },
    stderr: { isTTY: true, write },
    onSignal: (handle) => (signal = () => handle('SIGINT')),
    createApp: async (settings, parts) => createApp(settings, parts),
    prompts,
  })
  expect(left).toEqual([])
  return { code, out, asked }
}

const addressIn = (out: string): string | undefined => /http:\/\/127\.0\.0\.1:\d+/.exec(out)?.[0]

const signedIn = { COPILOT_GITHUB_TOKEN: 'gho_c4n4ryGuide' }

/** An agent that notes how it was started, and asks the gateway that it was started on. */
function install(
  command: string,
): () => { readonly args: string[]; readonly env: Record<string, string>; readonly status: number } {
  const note = join(folder, `${command}.json`)
  const file = join(folder, 'bin', command)
  writeFileSync(
    file,
    `#!${process.execPath}
const url = process.env.ANTHROPIC_BASE_URL
const asked = url ? fetch(url + '/v1/models').then((answer) => answer.status) : Promise.resolve(0)
asked.then((status) => require('node:fs').writeFileSync(${JSON.stringify(note)}, JSON.stringify({ args: process.argv.slice(2), env: process.env, status })))
`,
  )
  chmodSync(file, 0o755)
  return () => JSON.parse(readFileSync(note, 'utf8'))
}

describe('the first question is the sign-in', () => {
  test('one that is found is offered; nobody is asked for more by "only run"', async () => {
    const { code, out, asked } = await guide(['use', 'none'], signedIn)
    expect(code).toBe(0)
    expect(asked[0]?.message).toContain('Found a GitHub sign-in on this machine: COPILOT_GITHUB_TOKEN')
    expect(asked[1]?.options).toEqual([
      'Claude Code  not installed',
      'Codex        not installed',
      'opencode     not installed',
      'VS Code, JetBrains, Zed, an SDK …',
      'Nothing yet, only run',
    ])
    expect(out).toContain('✓ Listening on http://127.0.0.1:')
    expect(out).toMatch(/✓ \d+ models/)
    expect(out).toContain('Again: crossfeed start')
    expect(out).not.toContain('c4n4ry')
  })

  test('a token of a kind that never works is asked for again', async () => {
    const { code, asked } = await guide(['token', 'ghp_c4n4ryClassic', 'ghr_c4n4ryRefresh', 'gho_c4n4ryPasted', 'none'])
    expect(code).toBe(0)
    expect(asked.map(({ message }) => message)).toEqual(
      expect.arrayContaining([
        'This kind of token cannot use Copilot: classic (ghp_). Accepted: fine-grained with "Copilot requests", or a device sign-in.',
        expect.stringContaining('refresh (ghr_)'),
      ]),
    )
    expect(emulator.requests().some(({ headers }) => JSON.stringify(headers).includes('Classic'))).toBe(false)
  })

  test('another one can be pasted, and is never shown', async () => {
    const { code, out, asked } = await guide(['token', 'gho_c4n4ryPasted', 'none'])
    expect(code).toBe(0)
    expect(asked.map((one) => one.message)).toEqual([
      'Where shall the models come from?',
      'Token',
      'What do you want to use?',
    ])
    expect(out).toContain('Again: crossfeed start --github-token <token>')
    expect(out).not.toContain('c4n4ry')
  })

  test.each([
    ['with a sign-in', signedIn],
    ['without one', {}],
  ])('%s there is a look around on made-up data, of which nothing is kept', async (_what, more) => {
    const { code, out } = await guide(['demo', 'none'], more)
    expect(code).toBe(0)
    expect(out).toContain('Again: crossfeed demo')
    expect(emulator.requests()).toEqual([])
    expect(existsSync(join(folder, 'home', 'credentials'))).toBe(false)
  })

  test('where the port is taken, the look around leads to another port of its own', async () => {
    const other = createServer(() => {})
    // Whoever has it already serves as well.
    await new Promise((resolve) => other.once('error', resolve).listen(4141, '127.0.0.1', () => resolve(undefined)))
    try {
      const { code, out } = await guide(['demo'])
      expect(code).toBe(1)
      expect(out).toContain('✕ Port 4141 is taken')
      expect(out.replaceAll(/\s+/g, ' ')).toContain('crossfeed demo --port 4142')
    } finally {
      other.close()
    }
  })

  test.each([
    ['at the first question', [undefined], {}],
    ['at the one that was found', [undefined], signedIn],
    ['when another way is asked for', ['other', undefined], signedIn],
    ['at the token', ['token', undefined], {}],
    ['with an empty token', ['token', ' '], {}],
  ])('Ctrl-C %s ends with 130, before anything listens', async (_when, answers, more) => {
    const { code, out } = await guide(answers, more)
    expect(code).toBe(130)
    expect(out).not.toContain('Listening')
  })
})

describe('nobody has to be signed in to GitHub', () => {
  const local = (url: string): object => ({ type: 'openai-compatible', baseUrl: `${url}/compatible`, apiKey: '' })
  const file = (): string => join(folder, 'home', 'config.json')
  const url = (): string => env['CROSSFEED_COPILOT_URL'] ?? ''

  test('where supplies are configured, they are offered first', async () => {
    writeFileSync(file(), JSON.stringify({ port: 0, providers: { mine: local(url()) } }))
    const { code, out, asked } = await guide(['supplies', 'none'])
    expect(code).toBe(0)
    expect(asked[0]?.options[0]).toBe('The supplies in the config file (mine)')
    expect(out).toContain('mine/')
  })

  test('where the account is no supply, a sign-in to it is not offered, nor looked for', async () => {
    writeFileSync(file(), JSON.stringify({ port: 0, copilot: false, providers: { mine: local(url()) } }))
    const { code, asked } = await guide(['supplies', 'none'], signedIn)
    expect(code).toBe(0)
    expect(asked[0]?.options.join()).not.toMatch(/GitHub/)
  })

  test.each([
    ['whose list is refused', { type: 'openai', apiKey: 'wrong-key' }, '/openai/v1'],
    ['that has none', { type: 'openai-compatible', apiKey: '' }, '/nowhere'],
  ])('a supply %s is served all the same, and the settings are shown', async (_what, entry, path) => {
    for (const copilot of [true, false]) {
      const providers = { mine: { ...entry, baseUrl: `${url()}${path}` } }
      writeFileSync(file(), JSON.stringify({ port: 0, copilot, providers }))
      const { code, out } = await guide(['supplies', 'other'])
      expect(code).toBe(0)
      expect(out).toMatch(/mine +– +no models are listed/)
      expect(out).toContain('OPENAI_BASE_URL=')
    }
  })

  test('a supply can be added, and is served at once', async () => {
    const { code, out, asked } = await guide(['add', 'custom', 'mine', `${url()}/compatible`, '', 'none'])
    expect(code).toBe(0)
    expect(asked.map((one) => one.message)).toEqual([
      'Where shall the models come from?',
      'Which one?',
      'Its name',
      'The address of its API',
      expect.stringContaining('empty where it needs none'),
      'What do you want to use?',
    ])
    expect(JSON.parse(readFileSync(file(), 'utf8')).providers.mine).toMatchObject({ apiKey: '' })
    expect(out).toContain('mine is a supply now (4 models)')
    expect(out).toContain('Listening')
  })

  test('a name or an address that cannot be is asked for again before anything else is', async () => {
    const typed = ['models', 'mine', 'localhost:8000', `${url()}/compatible`]
    const { code, asked } = await guide(['add', 'custom', ...typed, '', 'none'])
    expect(code).toBe(0)
    expect(asked.map((one) => one.message).slice(2, 6)).toEqual([
      'Its name',
      expect.stringContaining('Choose another name'),
      'The address of its API',
      expect.stringContaining('http://'),
    ])
  })

  test('a key that is typed in is kept at home where the config file is elsewhere, and serves at once', async () => {
    const shared = join(folder, 'shared.json')
    renameSync(file(), shared)
    symlinkSync(shared, file())
    const kept = join(folder, 'home', '.env')
    writeFileSync(kept, 'OTHER=stays')
    const { code, out, asked } = await guide(['add', 'custom', 'mine', `${url()}/compatible`, 'sk-c4n4ryTyped', 'none'])
    expect(code).toBe(0)
    expect(asked.map(({ message }) => message)).toContainEqual(expect.stringContaining(`kept in ${kept}`))
    expect(JSON.parse(readFileSync(shared, 'utf8')).providers.mine.apiKey).toBe('env:CROSSFEED_KEY_MINE')
    expect(readFileSync(kept, 'utf8')).toBe("OTHER=stays\nCROSSFEED_KEY_MINE='sk-c4n4ryTyped'\n")
    expect(statSync(kept).mode & 0o777).toBe(0o600)
    expect(out.replaceAll(/\s+/g, ' ')).toContain(`Its key is in ${kept} as CROSSFEED_KEY_MINE`)
    expect(out).toContain('Listening')
    expect(out).not.toContain('c4n4ryTyped')
  })
})

describe('the last question is the client', () => {
  test('an installed agent is started on the gateway with the model, and the gateway ends with it', async () => {
    const noted = install('claude')
    const { code, out, asked } = await guide(['use', 'claude', 'claude-haiku-4.5'], signedIn)
    expect(code).toBe(0)
    expect(asked[1]?.options).toContain('Claude Code  installed')
    expect(asked[1]?.initial).toBe('claude')
    expect(asked[2]?.initial).toMatch(/^claude-opus-/)
    const url = /http:\/\/127\.0\.0\.1:\d+/.exec(out)?.[0]
    expect(noted()).toMatchObject({
      args: ['--model', 'claude-haiku-4.5'],
      env: {
        ANTHROPIC_BASE_URL: url,
        ANTHROPIC_AUTH_TOKEN: 'none-needed',
        // The words of its subagents lead to models that are there.
        ANTHROPIC_DEFAULT_OPUS_MODEL: 'claude-opus-4.7',
        ANTHROPIC_DEFAULT_SONNET_MODEL: 'claude-sonnet-4.6',
        ANTHROPIC_DEFAULT_HAIKU_MODEL: 'claude-haiku-4.5',
      },
      status: 200,
    })
    expect(out).toContain(`  ANTHROPIC_BASE_URL=${url} ANTHROPIC_AUTH_TOKEN=none-needed \\\n`)
    expect(out).toContain('claude --model claude-haiku-4.5\n')
    expect(out).toContain('The gateway ends with it. Again: crossfeed\n')
    await expect(fetch(`${url}/`)).rejects.toThrow('fetch failed')
  })

  test('what was chosen is offered first the next time', async () => {
    install('codex')
    install('claude')
    await guide(['use', 'codex', 'gpt-5-mini'], signedIn)
    const { asked } = await guide(['use', 'codex', 'gpt-5.4'], signedIn)
    expect(asked[1]?.initial).toBe('codex')
    expect(asked[2]?.initial).toBe('gpt-5-mini')
    const other = await guide(['use', 'claude', 'claude-opus-4.6'], signedIn)
    expect(other.asked[2]?.initial).toMatch(/^claude-opus-/)
  })

  test('the key of the gateway goes to the agent, and not onto the screen', async () => {
    writeFileSync(join(folder, 'home', 'config.json'), '{ "port": 0, "auth": { "apiKeys": ["c4n4ry-key"] } }')
    const noted = install('opencode')
    const { out } = await guide(['use', 'opencode', 'claude-opus-4.6'], signedIn)
    expect(JSON.parse(noted().env['OPENCODE_CONFIG_CONTENT'] ?? '')).toMatchObject({
      provider: { crossfeed: { options: { apiKey: 'c4n4ry-key' } } },
      model: 'crossfeed/claude-opus-4.6',
    })
    expect(out).toContain('your-crossfeed-key')
    expect(out).not.toContain('c4n4ry')
  })

  test('an agent that is not there is told how to be installed and started, and the gateway goes on', async () => {
    const { code, out } = await guide(['use', 'codex', 'gpt-5.4'], signedIn)
    expect(code).toBe(0)
    expect(out).toContain('npm install -g @openai/codex')
    expect(out).toMatch(/CROSSFEED_KEY=none-needed codex -c [^]* -m gpt-5\.4\n/)
  })

  test('a second guide starts an agent on the gateway that runs, which goes on', async () => {
    const noted = install('claude')
    let second: Guided | undefined
    const first = await guide(['use', 'none'], signedIn, async () => {
      second = await guide(['claude', 'claude-opus-4.6'])
      const { status } = await fetch(`${addressIn(second.out)}/v1/models`)
      expect(status).toBe(200)
    })
    expect(second).toMatchObject({ code: 0 })
    expect(second?.asked[0]?.options).toContain('Nothing now')
    expect(second?.asked[1]?.options).toContain('claude-opus-4.6 (200k)')
    expect(noted()).toMatchObject({ env: { ANTHROPIC_BASE_URL: addressIn(first.out) }, status: 200 })
    expect(first.code).toBe(0)
  })

  test('for everything else the settings are shown', async () => {
    const { code, out } = await guide(['use', 'other'], signedIn)
    expect(code).toBe(0)
    expect(out).toMatch(/Address +http:\/\/127\.0\.0\.1:\d+\/v1\n/)
    expect(out).toMatch(/OpenAI SDK.* OPENAI_BASE_URL=/)
    expect(out).toContain('Ctrl-C stops the gateway.')
  })

  test.each([
    ['the client', ['use', undefined]],
    ['the model', ['use', 'claude', undefined]],
  ])('Ctrl-C at %s ends the gateway with 130', async (_what, answers) => {
    install('claude')
    const { code, out } = await guide(answers, signedIn)
    expect(code).toBe(130)
    expect(out).toContain('Listening')
    expect(existsSync(join(folder, 'claude.json'))).toBe(false)
  })
})
