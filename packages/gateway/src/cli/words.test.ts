import { spawnSync, type SpawnSyncReturns } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { commands, globalFlags } from './commands.ts'
import { writeCommandHelp, writeHelp } from './help.ts'
import { parseArguments } from './parse.ts'
import { createMachine, type Machine } from './spawn.test-support.ts'
import { version } from '../version.ts'

let machine: Machine
beforeAll(() => {
  machine = createMachine()
})
afterAll(() => machine.dispose())

test('the first page fits 24 lines of 80 columns and names every command', async () => {
  const { code, out, err } = await machine.run(['--help'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out.trimEnd().split('\n').length).toBeLessThanOrEqual(24)
  for (const line of out.split('\n')) expect(line.length).toBeLessThanOrEqual(80)
  for (const { name } of commands) expect(out).toContain(name.split(' ')[0])
})

test.each(commands.map((spec) => [spec.name, spec] as const))(
  'help of %s fits 24 lines of 80 columns',
  (_name, spec) => {
    const lines = writeCommandHelp(spec, globalFlags).trimEnd().split('\n')
    expect(lines.length).toBeLessThanOrEqual(24)
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(80)
    expect(spec.examples).toHaveLength(3)
    expect(parseArguments([...spec.name.split(' '), '--help'])).toEqual({ kind: 'help', spec })
  },
)

test('each example can be parsed, and is of its command', () => {
  for (const spec of commands) {
    for (const [example] of spec.examples) {
      const [, line = ''] = /crossfeed ?([^)|]*)/.exec(example.replaceAll('"', '')) ?? []
      const call = parseArguments(line.trim().split(' '))
      expect(call.kind).toBe('run')
      if (call.kind === 'run') expect(call.spec?.name.startsWith(spec.name)).toBe(true)
    }
  }
})

test('help and version go to stdout with 0, in every spelling', async () => {
  expect(await machine.run(['-h'])).toMatchObject({ code: 0, out: writeHelp('0.1.0') })
  expect(parseArguments(['help'])).toEqual({ kind: 'help', spec: undefined })
  expect(parseArguments(['help', 'start'])).toMatchObject({ kind: 'help', spec: { name: 'start' } })
  expect(await machine.run(['--version'])).toEqual({ code: 0, out: '0.1.0\n', err: '' })
})

test.each([
  [['start', '--prot', '1'], 'Unknown option --prot', 'Did you mean --port?'],
  [['start', '--prot=1'], 'Unknown option --prot', 'Did you mean --port?'],
  [['--hom', 'x', 'start'], 'Unknown option --hom', 'Did you mean --home?'],
  [['models', '--port', '1'], 'Unknown option --port', 'crossfeed models --help'],
  [['start', '--rate-limit', '5'], 'Unknown option --rate-limit', 'crossfeed start --help'],
  [['start', '--manual'], 'Unknown option --manual', 'crossfeed start --help'],
  [['strat'], 'Unknown command strat', 'Did you mean start?'],
  [['auth', 'lgoin'], 'Unknown command auth lgoin', 'Did you mean auth login?'],
  [['route'], 'route needs a word', 'crossfeed route explain <model>'],
  [['config'], 'config needs a word', 'crossfeed config check'],
  [['config', 'chek'], 'Unknown command config chek', 'Did you mean config check?'],
  [['auth', 'status', '--device'], 'Unknown option --device', 'crossfeed auth status --help'],
  [['auth', '--base-url', 'x', 'logout'], 'Unknown option --base-url', 'crossfeed auth logout --help'],
  [['help', 'xyzzy'], 'Unknown command xyzzy', 'crossfeed --help'],
  [['help', 'auth', 'lgoin'], 'Unknown command auth lgoin', 'Did you mean auth login?'],
  [['start', '--quiet=yes'], '--quiet takes no value', 'crossfeed start --help'],
  [['--prot', '1'], 'Unknown option --prot', 'Did you mean crossfeed start --port?'],
  [['--home'], '--home needs a value', 'crossfeed --help'],
  [['xyzzy'], 'Unknown command xyzzy', 'crossfeed --help'],
  [['start', '--port'], '--port needs a value', 'crossfeed start --help'],
  [['start', 'now'], 'Too many words: start now', 'crossfeed start --help'],
])('%j is refused in two lines', (words, message, fix) => {
  expect(() => parseArguments(words)).toThrow(expect.objectContaining({ message, fix, reason: 'usage' }))
})

test('a wrong call exits 2, with nothing on stdout and no help page', async () => {
  expect(await machine.run(['start', '--prot', '1'])).toEqual({
    code: 2,
    out: '',
    err: '✕ Unknown option --prot\n  Fix   Did you mean --port?\n',
  })
  expect(await machine.run(['start', '--port', 'abc'])).toEqual({
    code: 2,
    out: '',
    err: '✕ --port abc is no port\n  Fix   Give a number from 0 to 65535; 0 takes any free one.\n',
  })
  const json = await machine.run(['strat', '--json'])
  expect(JSON.parse(json.err)).toEqual({
    schema: 1,
    error: { message: 'Unknown command strat', code: 'usage', fix: 'Did you mean start?' },
  })
})

test('flags of every command stand before or after it, in both forms', () => {
  for (const words of [
    ['--home=/x', 'debug', '--json'],
    ['debug', '--home', '/x', '--json'],
    ['--json', '--api-home=/x', 'debug'],
    ['debug', '--api-home', '/x', '--json'],
  ]) {
    expect(parseArguments(words)).toMatchObject({
      kind: 'run',
      spec: { name: 'debug' },
      flags: { home: '/x', json: true },
    })
  }
  expect(parseArguments(['start', '-p', '1', '-g', 't', '-a', 'business', '-c', '-v'])).toMatchObject({
    flags: { port: '1', githubToken: 't', accountType: 'business', claudeCode: true, verbose: true },
  })
})

test('an old Node hands over to the one that the checkout brings', async () => {
  const asOld = `globalThis.process = new Proxy(process, {
    get: (real, key) => key === 'versions' ? { ...real.versions, node: '20.0.0' } :
      key === 'execPath' ? '/' : typeof real[key] === 'function' ? real[key].bind(real) : real[key],
    set: (real, key, value) => Reflect.set(real, key, value),
  })`
  const bin = fileURLToPath(new URL('../../bin/crossfeed.js', import.meta.url))
  const run = (...words: string[]): SpawnSyncReturns<string> =>
    spawnSync(process.execPath, ['--import', `data:text/javascript,${encodeURIComponent(asOld)}`, bin, ...words], {
      encoding: 'utf8',
    })
  expect(run('--version')).toMatchObject({ status: 0, stdout: `${version}\n`, stderr: '' })
  expect(run('strat')).toMatchObject({ status: 2, stdout: '' })
})
