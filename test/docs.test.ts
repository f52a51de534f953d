import { execFile } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { createEmulator, type Emulator } from '@crossfeed/emulator'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { claudeCodeVariables, clientSettings } from '../packages/gateway/src/cli/clients/client-settings.ts'
import { keysAt } from '../packages/gateway/src/config/schema.ts'
import { writeCliPage } from '../scripts/cli-page.ts'
import { startGateway, type TestGateway } from './gateway.ts'

const root = join(import.meta.dirname, '..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const top = ['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'CHANGELOG.md', '.changeset/README.md']
const pages = [...top, ...markdownIn('docs')]

function markdownIn(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name))
}

interface Block {
  readonly page: string
  readonly line: number
  readonly language: string
  /** The second word: `test` is run, `config` is checked. */
  readonly mark: string
  readonly text: string
}

const blocks: readonly Block[] = pages.flatMap((page) => {
  const text = read(page)
  return [...text.matchAll(/^```(\w*) ?(\w*)\n([\s\S]*?)^```$/gm)].map((found) => {
    const [, language = '', mark = '', content = ''] = found
    return { page, line: text.slice(0, found.index).split('\n').length, language, mark, text: content }
  })
})

const home = mkdtempSync(join(tmpdir(), 'crossfeed-docs-'))
let emulator: Emulator
let upstream: string
let gateway: TestGateway

beforeAll(async () => {
  emulator = createEmulator()
  upstream = (await emulator.start()).url
  gateway = await startGateway(upstream)
})
afterAll(async () => {
  await gateway.close()
  await emulator.stop()
  rmSync(home, { recursive: true, force: true })
})

/** Runs a block as a person would paste it, but for the addresses; a failing curl fails it. */
async function runShell(text: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
  const script = `set -euo pipefail
curl() { command curl --fail-with-body --show-error "$@"; }
npx() { shift; node "${join(root, 'packages/gateway/bin/crossfeed.js')}" "$@"; }
${text.replaceAll('http://127.0.0.1:4141', gateway.url)}`
  const env = {
    PATH: `${join(root, 'node_modules/.bin')}:${process.env['PATH']}`,
    HOME: home,
    CROSSFEED_HOME: home,
    CROSSFEED_GITHUB_URL: upstream,
    CROSSFEED_GITHUB_API_URL: upstream,
    CROSSFEED_COPILOT_URL: upstream,
    COPILOT_GITHUB_TOKEN: 'gho_test',
    CROSSFEED_KEY: 'a-key',
    OPENAI_API_KEY: 'a-key',
    ...more,
  }
  const { stdout } = await promisify(execFile)('bash', ['-c', script], { env })
  return stdout
}

describe('blocks', () => {
  const runnable = blocks.filter(({ language, mark }) => language === 'sh' && mark === 'test')
  test.each(runnable)('$page:$line runs', async ({ text }) => {
    expect(await runShell(text)).not.toBe('')
  })

  const configs = blocks.filter(({ mark }) => mark === 'config')
  test.each(configs)('$page:$line is a config file', async ({ text, language, page, line }) => {
    const file = join(home, `${page.replaceAll('/', '-')}-${line}.${language}`)
    writeFileSync(file, text)
    // Every variable that the file names is set: which they are is up to its reader.
    const named = [...text.matchAll(/(?:env:|os\.environ\/)(\w+)/g)].map(([, name]) => [name ?? '', 'a-key'])
    const said = await runShell(`npx crossfeed config check --config "${file}"`, Object.fromEntries(named))
    expect(said).toContain('✓')
  })

  test('each kind is there', () => {
    expect(runnable.length).toBeGreaterThan(8)
    expect(configs.length).toBeGreaterThan(2)
    expect(new Set(runnable.map(({ page }) => dirname(page)))).toContain('docs/connect')
  })

  test.each(blocks.filter(({ language }) => language === 'json'))('$page:$line is JSON', ({ text }) => {
    expect(() => JSON.parse(text)).not.toThrow()
  })

  test('every YAML block is checked', () => {
    expect(blocks.filter(({ language, mark }) => language === 'yaml' && mark !== 'config')).toEqual([])
  })

  test('every command that is named exists', async () => {
    const named = new Set(
      pages.flatMap((page) => [...read(page).matchAll(/npx crossfeed ([a-z]+(?:-[a-z]+)?)/g)].map(([, word]) => word)),
    )
    const known = new Set(writeCliPage().match(/(?<=^## )[a-z-]+/gm))
    known.add('config')
    for (const word of named) expect(known, word).toContain(word)
  })
})

describe('client settings', () => {
  const target = { url: 'http://127.0.0.1:4141', key: 'none-needed' }

  async function models(): Promise<readonly { readonly id: string }[]> {
    const answer = await fetch(`${gateway.url}/v1/models`)
    const list: { data: { id: string }[] } = JSON.parse(await answer.text())
    return list.data
  }

  test('the README and the pages of clients say what the start prints', async () => {
    const settings = clientSettings(target, await models(), 'sh')
    expect(settings).toHaveLength(5)
    const pageOf: Readonly<Record<string, string>> = {
      'Claude Code': 'docs/connect/claude-code.md',
      Codex: 'docs/connect/codex.md',
      opencode: 'docs/connect/opencode.md',
      'OpenAI SDK': 'docs/connect/sdks.md',
      'Anthropic SDK': 'docs/connect/sdks.md',
    }
    for (const { client, words } of settings) {
      const line = words.join(' ')
      expect(read('README.md'), client).toContain(`${client.padEnd(14)} ${line}\n`)
      expect(read(pageOf[client] ?? ''), client).toContain(`\n${line}\n`)
    }
  })

  test('the settings file of Claude Code has the variables that --claude-code prints', () => {
    const block = blocks.find(({ page, language }) => page.endsWith('claude-code.md') && language === 'json')
    const choice = { main: 'claude-opus-4.7', small: 'claude-haiku-4.5' }
    expect(JSON.parse(block?.text ?? '')).toEqual({ env: claudeCodeVariables(target, choice) })
  })
})

describe('pages', () => {
  const targets = pages.flatMap((page) => {
    const text = read(page).replaceAll(/^```[\s\S]*?^```$/gm, '')
    const inline = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => ({ page, link }))
    const named = [...text.matchAll(/^\[[\w-]+\]: (\S+)$/gm)].map(([, link = '']) => ({ page, link }))
    return [...inline, ...named].filter(({ link }) => !/^[a-z]+:/.test(link))
  })

  test.each(targets)('$page: $link resolves', ({ page, link }) => {
    const [path = '', fragment] = link.split('#')
    const file = path === '' ? join(root, page) : join(root, dirname(page), path)
    expect(existsSync(file), relative(root, file)).toBe(true)
    if (fragment === undefined) return
    const headings = readFileSync(file, 'utf8').match(/(?<=^#+ ).+$/gm) ?? []
    expect(
      headings.map((heading) =>
        heading
          .toLowerCase()
          .replaceAll(/[^\w -]/g, '')
          .replaceAll(' ', '-'),
      ),
    ).toContain(fragment)
  })

  test.each(pages)('%s names only files that exist', (page) => {
    const named = [...read(page).matchAll(/`((?:packages|test|scripts|fixtures|docs|bench)\/[\w./-]+)`/g)]
    for (const [, path = ''] of named) expect(existsSync(join(root, path)), path).toBe(true)
  })

  test('the commands are those of --help', () => {
    expect(read('docs/cli.md'), 'run node scripts/cli-page.ts').toBe(writeCliPage())
  })

  test('the config page has every key of the schema, and no other', () => {
    const documented = [...read('docs/config.md').matchAll(/^\| `([\w.*]+)` \|/gm)].map(([, key]) => key)
    expect(documented.toSorted()).toEqual(leavesAt([]).toSorted())
  })

  test('the errors page has every reason of the code, and no other', () => {
    const rows = [...read('docs/errors.md').matchAll(/^\| (`.*?) \|/gm)].map(([, cell = '']) => cell)
    const documented = rows.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, reason = '']) => reason))
    expect(documented.toSorted()).toEqual(reasonsOfTheCode().toSorted())
  })

  test('the headers page has every header of the code, and no other', () => {
    const inCode = new Set(sources().flatMap((text) => text.match(/x-crossfeed-[a-z-]+/g) ?? []))
    const documented = [...read('docs/headers.md').matchAll(/^\| `(x-crossfeed-[a-z-]+)`/gm)].map(([, name]) => name)
    expect(documented.toSorted()).toEqual([...inCode].toSorted())
  })

  test('NOTICE names the licence of everything that is taken over', () => {
    const rows: readonly { origin: string; licence: string }[] = JSON.parse(read('fixtures/INDEX.json'))
    const sdk: { license: string } = JSON.parse(read('node_modules/@anthropic-ai/sdk/package.json'))
    const notice = read('NOTICE').replaceAll(/\s+/g, ' ')
    for (const { origin, licence } of rows) expect(notice).toContain(`${origin} (${licence})`)
    expect(notice).toContain(`@anthropic-ai/sdk (${sdk.license};`)
  })

  test('decisions are short, and say context, decision and consequences', () => {
    const decisions = markdownIn('docs/decisions')
    expect(decisions.length).toBeGreaterThan(0)
    for (const page of decisions) {
      const text = read(page)
      expect(text.split(/\s+/).length, page).toBeLessThan(400)
      for (const heading of ['Context', 'Decision', 'Consequences']) expect(text, page).toContain(`\n## ${heading}\n`)
    }
  })
})

/** The settable keys under `path`, with dots; `*` for a name that the user chooses. */
function leavesAt(path: readonly string[]): string[] {
  const keys = keysAt(path)
  if (keys) return keys.flatMap((key) => leavesAt([...path, key]))
  const inside = keysAt([...path, '*'])
  const own = path.join('.')
  return inside ? [own, ...inside.flatMap((key) => leavesAt([...path, '*', key]))] : [own]
}

/** The product's sources: all packages but the emulator, without tests. */
function sources(): readonly string[] {
  return ['protocols', 'engine', 'gateway', 'sdk'].flatMap((name) => {
    const folder = join(root, 'packages', name, 'src')
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !/\.test(-support)?\.ts$/.test(file))
      .map((file) => readFileSync(join(folder, file), 'utf8'))
  })
}

function reasonsOfTheCode(): string[] {
  const found = new Set<string>()
  for (const text of sources()) {
    for (const [, reason = ''] of text.matchAll(/\breason(?::| =)\s*'([a-z0-9-]+)'/g)) found.add(reason)
    for (const [, union = ''] of text.matchAll(/readonly reason: ('[^\n]+)/g))
      for (const [, reason = ''] of union.matchAll(/'([a-z-]+)'/g)) found.add(reason)
    for (const [, choice = ''] of text.matchAll(/\breason: [^'\n]+\?([^\n]+)/g))
      for (const [, reason = ''] of choice.matchAll(/'([a-z-]+)'/g)) found.add(reason)
    for (const [, choice = ''] of text.matchAll(/\breason: [^?;]*? === '[^']*' \? ('[^\n]+)/g))
      for (const [, reason = ''] of choice.matchAll(/'([a-z-]+)'/g)) found.add(reason)
    for (const [, reason = ''] of text.matchAll(/\bfail(?:ure)?\(\s*(?:cause,\s*)?'([a-z]+-[a-z-]+)'/g))
      found.add(reason)
    for (const [, code = ''] of text.matchAll(/\bstateless\(\s*[^,]+,\s*'([a-z_]+)'/g))
      found.add(code.replaceAll('_', '-'))
    if (text.includes('reason: `timeout-${limit}`'))
      for (const one of ['connect', 'headers', 'idle']) found.add(`timeout-${one}`)
    if (text.includes('`upstream-${status}`')) found.add('upstream-<status>')
  }
  return [...found]
}
