import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { mkdirSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createEmulator, type Emulator, type QuirkName } from '@crossfeed/emulator'
import { afterEach, beforeEach, expect, test } from 'vitest'
import {
  addressIn,
  createMachine,
  type Machine,
  type Started,
} from '../../packages/gateway/src/cli/spawn.test-support.ts'
import { startCopilotServer } from './copilot-server.ts'

/** One secret for each slot; whatever comes out of the gateway, `c4n4ry` must not be in it. */
const secrets = {
  gitHub: 'gho_c4n4ryGitHub0123456789',
  key: 'c4n4ry-client-key',
  other: 'sk-c4n4ryOtherKey',
  admin: 'c4n4ryadminkey0123456789',
  extra: 'c4n4ry extra header',
  anthropic: 'sk-ant-c4n4ry',
  proxy: 'c4n4ryProxyPassword',
}

let machine: Machine
let emulator: Emulator
const open: { close(): unknown }[] = []
beforeEach(async () => {
  emulator = createEmulator({ deviceInterval: 0 })
})
afterEach(async () => {
  machine.dispose()
  await emulator.stop()
  for (const one of open.splice(0)) await one.close()
})

/** A gateway at debug level with a secret in every slot. */
async function start(
  upstream: string,
  config: object = {},
  env: Record<string, string> = {},
): Promise<{ url: string; gateway: Started }> {
  machine = createMachine(upstream)
  mkdirSync(machine.home, { recursive: true, mode: 0o700 })
  writeFileSync(
    join(machine.home, 'config.json'),
    JSON.stringify({
      auth: { apiKeys: [secrets.key, secrets.other], adminApiKey: secrets.admin },
      extraHeaders: { 'x-team-token': secrets.extra },
      anthropicApiKey: secrets.anthropic,
      ...config,
    }),
  )
  const gateway = machine.start(['start', '--port', '0', '--verbose'], { COPILOT_GITHUB_TOKEN: secrets.gitHub, ...env })
  const url = addressIn(await gateway.until('Listening'))
  return { url, gateway }
}

async function stop(gateway: Started): Promise<string> {
  gateway.process.kill('SIGINT')
  const { out, err } = await gateway.ended
  return out + err
}

interface Heard {
  text: string
  statuses: Set<number>
}
async function listen(heard: Heard, url: string, init: RequestInit = {}): Promise<void> {
  const answer = await fetch(url, init)
  heard.statuses.add(answer.status)
  heard.text += `${answer.status} ${JSON.stringify([...answer.headers])} ${await answer.text().catch(() => 'torn')}\n`
}
async function askAll(heard: Heard, url: string, stream: boolean): Promise<void> {
  const headers = { 'content-type': 'application/json', 'x-api-key': secrets.key }
  const messages = [{ role: 'user', content: 'hi' }]
  const bodies: readonly (readonly [string, object])[] = [
    ['/v1/chat/completions', { model: 'gpt-4.1', messages }],
    ['/v1/responses', { model: 'gpt-5.3-codex', input: 'hi' }],
    ['/v1/messages', { model: 'claude-opus-4.6', max_tokens: 9, messages }],
    ['/v1/messages', { model: 'gpt-4.1', max_tokens: 9, messages }],
    ['/v1/embeddings', { model: 'text-embedding-3-small', input: 'hi' }],
  ]
  for (const [path, body] of bodies)
    await listen(heard, url + path, { method: 'POST', headers, body: JSON.stringify({ ...body, stream }) })
}

const failures: readonly QuirkName[] = [
  'errors-html',
  'errors-empty',
  'errors-bad-request',
  'rate-limited-plan',
  'quota-exceeded',
  'too-large',
  'prompt-filtered',
  'client-refused',
  'cancelled',
  'chat-error-mid-stream',
  'reset-mid-stream',
  'end-mid-stream',
  'token-expires-early',
]

test('no secret comes out through any failure of the upstream, nor through any route', async () => {
  const { url, gateway } = await start((await emulator.start()).url)
  await gateway.until('Anthropic SDK')
  const heard: Heard = { text: '', statuses: new Set() }
  for (const quirk of failures) {
    emulator.setQuirks({ [quirk]: true })
    await askAll(heard, url, quirk.includes('stream'))
    emulator.setQuirks({ [quirk]: false })
  }
  emulator.expireTokens()
  await askAll(heard, url, false)

  for (const path of ['/', '/token', '/usage', '/v1/models', '/v1/models/none', '/nowhere', '/health/ready'])
    for (const key of ['', 'c4n4ry-wrong-key', secrets.key])
      await listen(heard, `${url}${path}?key=${secrets.other}`, key === '' ? {} : { headers: { 'x-api-key': key } })
  const post = (body: string, headers: Record<string, string>): Promise<void> =>
    listen(heard, `${url}/v1/messages`, { method: 'POST', body, headers })
  await post('{"model":', { 'x-api-key': secrets.key, 'content-type': 'application/json' })
  await post('{}', { authorization: `Bearer ${secrets.other}`, 'content-type': 'application/json' })
  await post('{}', { 'x-api-key': secrets.key, origin: 'https://evil.example' })

  expect(heard.statuses).toEqual(new Set([...heard.statuses, 200, 400, 401, 403, 404, 402, 422, 429, 502]))
  const log = await stop(gateway)
  expect(log).toMatch(/502|✕/)
  expectNoSecret(heard.text)
  expectNoSecret(log)
})

test('no secret comes out when the upstream repeats all that it was sent', async () => {
  const upstream = await startCopilotServer((response, request) => {
    const message = `Refused: ${JSON.stringify(request.headers)}`
    response
      .writeHead(422, { 'content-type': 'application/json' })
      .end(JSON.stringify({ error: { message, code: 'echo' } }))
  })
  open.push(upstream)
  const { url, gateway } = await start(upstream.url)
  const heard: Heard = { text: '', statuses: new Set() }
  const headers = { 'content-type': 'application/json', 'x-api-key': secrets.key }
  for (const model of ['only-chat', 'only-responses', 'only-messages']) {
    const body = JSON.stringify({ model, max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] })
    await listen(heard, `${url}/v1/messages`, { method: 'POST', headers, body })
    await listen(heard, `${url}/v1/chat/completions`, { method: 'POST', headers, body })
  }
  expect(heard.statuses).toEqual(new Set([422]))
  expect(heard.text).toContain('Refused')
  expectNoSecret(heard.text.replaceAll('tid=…', ''))
  expectNoSecret(await stop(gateway))
})

test.each([
  ['refuses the password', 407],
  ['refuses the way', 502],
  ['answers nonsense', 0],
])('no password of a proxy comes out when it %s', async (_what, status) => {
  const proxy: Server = createServer()
  proxy.on('request', (_request, response) =>
    status === 0 ? response.socket?.end('nonsense\r\n\r\n') : response.writeHead(status).end('no'),
  )
  proxy.on(
    'connect',
    (_request, socket) => void socket.end(status === 0 ? 'nonsense\r\n\r\n' : `HTTP/1.1 ${status} No\r\n\r\n`),
  )
  proxy.listen(0, '127.0.0.1')
  await once(proxy, 'listening')
  open.push(proxy)
  const { port } = proxy.address() as AddressInfo // a TCP server that listens has one
  const address = `http://user:${secrets.proxy}@127.0.0.1:${port}`
  const env = { HTTP_PROXY: address, HTTPS_PROXY: address, http_proxy: address, https_proxy: address }
  const { url, gateway } = await start('http://copilot.test', { network: { proxyFromEnv: true } }, env)
  const heard: Heard = { text: '', statuses: new Set() }
  await askAll(heard, url, false)
  await askAll(heard, url, true)
  expect(Math.min(...heard.statuses)).toBeGreaterThanOrEqual(400)
  expectNoSecret(heard.text)
  expectNoSecret(await stop(gateway))
})

function expectNoSecret(text: string): void {
  const found = /.{0,80}(?:c4n4ry|C4N4RY|tid=[^…]).{0,40}/.exec(text)?.[0]
  expect(found).toBeUndefined()
}
