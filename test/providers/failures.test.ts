import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import type { ProviderSettings } from '@crossfeed/engine'
import type { Emulator } from '@crossfeed/emulator'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { request, said } from './clients.ts'
import { json, startScripted, type ScriptedUpstream } from './scripted.ts'
import { startEmulator, startSupply, type Got } from './supply.ts'

const secret = 'sk-very-secret-0123456789'

let emulator: Emulator
let upstream: ScriptedUpstream | undefined
beforeAll(async () => {
  emulator = await startEmulator({
    faces: { openai: { keys: ['sk-right'] }, azure: { keys: ['right'] }, dashscope: { keys: ['sk-right'] } },
  })
})
afterAll(() => emulator.stop())
afterEach(async () => {
  await upstream?.close()
  upstream = undefined
})

/** The message of the error that a call to this supply ends in; no secret may be in it. */
async function failure(
  settings: Partial<ProviderSettings> & Pick<ProviderSettings, 'type'>,
  model = 'm',
): Promise<Got & { message: string }> {
  const supply = startSupply({ name: 'mine', apiKey: secret, ...settings })
  const got = await supply.ask('messages', request('messages', `mine/${model}`, false, [said('messages', 'hi')]))
  await supply.close()
  const text = JSON.stringify([got.answer, got.headers])
  expect(text).not.toContain(secret)
  expect(text).not.toContain(secret.slice(4, 16))
  return { ...got, message: JSON.parse(JSON.stringify(got.answer)).error.message }
}

/** A port of loopback at which nobody listens. */
async function closedPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  server.close()
  await once(server, 'close')
  return port
}

describe('a wrong key', () => {
  it.each([
    ['openai', 'openai', '/v1', 'Incorrect API key provided'],
    ['azure', 'azure', '', 'invalid subscription key'],
    ['dashscope', 'compatible', '/compatible-mode/v1', 'API key'],
  ] as const)('of %s is told with the name, the address and what to check', async (face, type, path, words) => {
    const got = await failure({ type, baseUrl: emulator.urls[face] + path }, 'gpt-4.1')
    expect(got.status).toBe(401)
    expect(got.message).toContain(words)
    expect(got.message).toContain(`(mine: ${emulator.urls[face]}`)
    expect(got.message).toMatch(/Check that its apiKey/)
  })

  it('that is missing is told as missing', async () => {
    const { message } = await failure({ type: 'openai', baseUrl: `${emulator.urls.openai}/v1`, apiKey: '' }, 'gpt-4.1')
    expect(message).toContain('It was asked without a key')
  })

  it('that may be a truncated bearer is told so', async () => {
    const settings = { type: 'openai', baseUrl: `${emulator.urls.openai}/v1`, bearerToken: secret } as const
    expect((await failure(settings, 'gpt-4.1')).message).toContain(
      'bearerToken is whole (not just the beginning of it)',
    )
  })
})

describe('nobody at the port', () => {
  it('of Foundry Local: how to find the port that it has now', async () => {
    const port = await closedPort()
    const got = await failure({ type: 'compatible', baseUrl: `http://127.0.0.1:${port}/v1` }, 'phi-4-mini')
    expect(got.status).toBe(502)
    expect(got.message).toContain(`127.0.0.1:${port} refused the connection`)
    expect(got.message).toContain('foundry service status')
  })

  it('of Ollama: how to start it', async () => {
    const port = await closedPort()
    const { message } = await failure({ type: 'ollama', baseUrl: `http://localhost:${port}/v1` })
    expect(message).toContain('ollama serve')
    expect(message).toContain(`localhost:${port}`)
  })
})

it('a base URL without its version path is told as that', async () => {
  upstream = await startScripted((response) =>
    response.writeHead(404, { 'content-type': 'text/html' }).end('<html><title>404 Not Found</title></html>'),
  )
  const { message, status } = await failure({ type: 'compatible', baseUrl: `${upstream.url}/api` })
  expect(status).toBe(404)
  expect(message).toContain('404 Not Found')
  expect(message).toContain('no version path: most servers want /v1 at its end')
})

it('an unknown deployment of Azure is told as that', async () => {
  const got = await failure({ type: 'azure', baseUrl: emulator.urls.azure, apiKey: 'right' }, 'nope')
  expect(got.status).toBe(404)
  expect(got.message).toContain('The API deployment for this resource does not exist')
  expect(got.message).toContain('set it as wireModel')
})

it('an address of Azure under the wrong type is told by what Azure answers', async () => {
  const got = await failure({ type: 'openai', baseUrl: `${emulator.urls.azure}/v1`, bearerToken: 'right' }, 'gpt-4.1')
  expect(got.status).toBe(404)
  expect(got.message).toContain('Resource not found')
  expect(got.message).toContain('set type: azure')
})

it('a model that Ollama has not pulled is told as that', async () => {
  upstream = await startScripted((response) =>
    json(response, 404, { error: { message: 'model "m" not found, try pulling it first', type: 'api_error' } }),
  )
  const { message } = await failure({ type: 'ollama', baseUrl: `${upstream.url}/v1` })
  expect(message).toContain('ollama pull')
})

describe('a redirect', () => {
  it('is not followed, and told by its host alone', async () => {
    upstream = await startScripted((response) =>
      response.writeHead(307, { location: 'https://login.example.com/authorize?state=hush' }).end(),
    )
    const got = await failure({ type: 'compatible', baseUrl: `${upstream.url}/v1` })
    expect(got.status).toBe(502)
    expect(got.message).toContain('redirect to login.example.com, which is not followed')
    expect(got.message).toContain('Point baseUrl at login.example.com')
    expect(got.message).not.toContain('hush')
    expect(upstream.calls).toHaveLength(1)
  })

  it('of the model list is told too', async () => {
    upstream = await startScripted((response) => response.writeHead(302, { location: '/elsewhere' }).end())
    const supply = startSupply({ name: 'mine', type: 'compatible', baseUrl: `${upstream.url}/v1`, apiKey: secret })
    await expect(supply.provider.models()).rejects.toMatchObject({ reason: 'redirect-refused' })
    await supply.close()
  })
})

describe('settings that cannot work are refused at the start (PROV-02, PROV-10)', () => {
  it.each([
    ['compatible', undefined, 'has no baseUrl', 'baseUrl'],
    ['openai', 'https://res.openai.azure.com/v1', 'type openai', 'type: azure'],
    ['azure', 'https://res.openai.azure.com/openai/v1', 'type azure', 'type: openai'],
    ['azure', 'https://res.openai.azure.com/openai/deployments/x', 'type azure', 'host'],
  ] as const)('%s at %s', (type, baseUrl, message, fix) => {
    expect(() => startSupply({ name: 'mine', type, baseUrl })).toThrow(
      expect.objectContaining({
        reason: 'base-url',
        message: expect.stringContaining(message),
        fix: expect.stringContaining(fix),
      }),
    )
  })

  it.each([
    ['openai', 'https://res.openai.azure.com/openai/v1'],
    ['azure', 'https://res.openai.azure.com'],
  ] as const)('but not %s at %s', async (type, baseUrl) => {
    await startSupply({ name: 'mine', type, baseUrl }).close()
  })
})

it('a filtered prompt of Azure keeps its code', async () => {
  const supply = startSupply({ name: 'mine', type: 'azure', baseUrl: emulator.urls.azure, apiKey: 'right' })
  const got = await supply.ask(
    'chat',
    request('chat', 'mine/gpt-4.1', false, [said('chat', 'trigger the content filter')]),
  )
  await supply.close()
  expect(got.status).toBe(400)
  expect(got.answer).toMatchObject({ error: { code: 'content_filter' } })
})

describe('too many calls', () => {
  it.each([
    [{ 'retry-after': '7' }, '7'],
    [{ 'retry-after-ms': '2500' }, '3'],
    [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1m30s' }, '90'],
    [{ 'x-ratelimit-remaining-tokens': '5', 'x-ratelimit-reset-tokens': '1h' }, undefined],
  ])('with %j the client is told to wait %s seconds', async (headers, seconds) => {
    upstream = await startScripted((response) =>
      json(response, 429, { error: { message: 'Rate limit reached', code: 'rate_limit_exceeded' } }, { ...headers }),
    )
    const got = await failure({ type: 'compatible', baseUrl: `${upstream.url}/v1` })
    expect(got.status).toBe(429)
    expect(got.headers['retry-after']).toBe(seconds)
  })
})
