import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { createMachine, type Machine } from '../spawn.test-support.ts'

const key = 'sk-c4n4ry-key'
let server: Server
let url: string
let machine: Machine
beforeEach(async () => {
  server = createServer((request, response) => {
    if (request.url?.startsWith('/nowhere')) return response.writeHead(404).end('nothing here')
    const isKnown = request.headers.authorization === `Bearer ${key}`
    response.writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' })
    const refusal = { error: { message: 'Incorrect API key provided.', code: 'invalid_api_key' } }
    return response.end(JSON.stringify(isKnown ? { data: [{ id: 'a' }, { id: 'b' }] } : refusal))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // a TCP server that listens has one
  url = `http://127.0.0.1:${port}`
  machine = createMachine()
})
afterEach(() => {
  machine.dispose()
  server.closeAllConnections()
  server.close()
})
const config = (): string => join(machine.home, 'config.json')

test('a supply is tried, then written with the name of the variable and not the key', async () => {
  const words = ['auth', 'login', '--provider', 'mine', '--base-url', url, '--key-env', 'MINE_KEY']
  const { code, out, err } = await machine.run(words, { MINE_KEY: key })
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toContain('mine is a supply now (2 models)')
  const entry = { type: 'openai-compatible', baseUrl: url, apiKey: 'env:MINE_KEY' }
  expect(JSON.parse(readFileSync(config(), 'utf8')).providers).toEqual({ mine: entry })
  expect(statSync(config()).mode & 0o777).toBe(0o600)
  expect(out + err).not.toContain(key)
})

test('other settings stay as they are, also in YAML with comments', async () => {
  await machine.run(['config', 'check'])
  const file = join(machine.folder, 'config.yaml')
  writeFileSync(file, '# mine\nport: 4999 # here\n')
  const words = ['auth', 'login', '--provider', 'mine', '--base-url', url, '--key-env', 'MINE_KEY', '--config', file]
  expect((await machine.run(words, { MINE_KEY: key })).code).toBe(0)
  const text = readFileSync(file, 'utf8')
  expect(text).toContain('# mine\nport: 4999 # here\n')
  expect(text).toContain('apiKey: env:MINE_KEY')
})

test.each([
  [
    'config.json',
    JSON.stringify({
      providers: {
        mine: { type: 'openai-compatible', baseUrl: 'http://127.0.0.1:1', bearerToken: 'old', models: ['a'] },
      },
    }),
  ],
  [
    'config.yaml',
    'providers:\n  mine:\n    type: openai-compatible\n    baseUrl: http://127.0.0.1:1\n    bearerToken: old\n    models: [a] # mine\n',
  ],
])(
  'an entry of the same name in %s keeps its models, and loses the token that would beat the key',
  async (name, text) => {
    const file = join(machine.folder, name)
    writeFileSync(file, text)
    const words = ['auth', 'login', '--provider', 'mine', '--base-url', url, '--key-env', 'MINE_KEY', '--config', file]
    expect(await machine.run(words, { MINE_KEY: key })).toMatchObject({ code: 0 })
    const written = readFileSync(file, 'utf8')
    expect(written).not.toContain('old')
    expect(written).toMatch(name === 'config.json' ? /"models": \[\s*"a"/ : /models: \[ ?a ?\] # mine/)
    expect(written).toContain('env:MINE_KEY')
    expect(written).toContain(url)
  },
)

test('where no list of models is, the entry is written and the doubt is said', async () => {
  const words = ['auth', 'login', '--provider', 'mine', '--base-url', `${url}/nowhere`, '--key-env', 'MINE_KEY']
  const { code, out, err } = await machine.run(words, { MINE_KEY: key })
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('mine is a supply now\n') })
  expect(err).toContain('! Nothing could be tried: there is no list of models there.')
  expect(err).toContain(`${url}/nowhere/v1/models`)
})

test('the sign-out of a supply with a key says what lets it in', async () => {
  await machine.run(['auth', 'login', '--provider', 'mine', '--base-url', url, '--key-env', 'MINE_KEY'], {
    MINE_KEY: key,
  })
  const { err } = await machine.run(['auth', 'logout', '--provider', 'mine'], { MINE_KEY: key })
  expect(err).toContain(`No sign-in for mine is kept here. It is let in by its entry providers.mine in ${config()}`)
})

describe('nothing is written', () => {
  test.each([
    ['when the key is refused', ['--key-env', 'MINE_KEY'], { MINE_KEY: 'sk-wr0ng' }, /Incorrect API key provided/, 3],
    ['when a key is asked for that nobody gave', [], {}, /The key of mine is not said.*--key-env <name>/s, 2],
    ['when the variable is not set', ['--key-env', 'MINE_KEY'], {}, /MINE_KEY is not set/, 2],
  ])('%s', async (_when, words, env, said, status) => {
    const call = ['auth', 'login', '--provider', 'mine', '--base-url', url, ...words]
    const { code, err } = await machine.run(call, env as Record<string, string>)
    expect(err).toMatch(said)
    expect(code).toBe(status)
    expect(err).not.toContain('sk-wr0ng')
    expect(existsSync(config())).toBe(false)
  })

  test.each([
    [['--provider', 'nobody'], /nobody is no provider that is known.*codex, openai/s],
    [['--provider', 'opneai'], /Did you mean openai\?/],
    [['--provider', 'copilot'], /copilot is no provider.*It has a sign-in of its own.*crossfeed auth login/s],
    [['--provider', 'azure'], /The address of its API is not said.*--base-url/s],
    [['--provider', 'openai'], /The key of openai is not said.*OPENAI_API_KEY/s],
    [['--provider', 'v1', '--base-url', 'http://127.0.0.1:1', '--key-env', 'HOME'], /v1/],
  ])('for %j, where nobody can be asked', async (words, said) => {
    const { code, err } = await machine.run(['auth', 'login', ...words])
    expect(err).toMatch(said)
    expect(code).toBe(2)
    expect(existsSync(config())).toBe(false)
  })

  test('when the config file cannot be written, which is named', async () => {
    const file = join(machine.folder, 'config.yaml')
    writeFileSync(file, 'port: 4999\n')
    // A disk that is full, as far as this process sees it.
    const preload = join(machine.folder, 'stop.cjs')
    const full = `const fs = require('node:fs'); const open = fs.openSync; fs.openSync = (path, ...rest) => {
      if (String(path).endsWith('.tmp')) throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' })
      return open(path, ...rest) }; require('node:module').syncBuiltinESMExports()`
    writeFileSync(preload, full)
    const words = ['auth', 'login', '--provider', 'mine', '--base-url', url, '--key-env', 'MINE_KEY', '--config', file]
    const { code, err } = await machine.run(words, { MINE_KEY: key, NODE_OPTIONS: `--require ${preload}` })
    expect({ code, err }).toMatchObject({
      code: 1,
      err: expect.stringContaining('config.yaml cannot be written (ENOSPC)'),
    })
    expect(readFileSync(file, 'utf8')).toBe('port: 4999\n')
  })

  test('when the server is not there', async () => {
    await new Promise<void>((resolve) => server.close(() => resolve()))
    const call = ['auth', 'login', '--provider', 'mine', '--base-url', url, '--key-env', 'MINE_KEY']
    const { code, err } = await machine.run(call, { MINE_KEY: key })
    expect(err).toMatch(/refused the connection/)
    expect(code).toBe(5)
    expect(existsSync(config())).toBe(false)
  })
})
