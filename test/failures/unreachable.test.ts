import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { parseObject, type ProtocolId } from '@crossfeed/protocols'
import type { ProviderSettings } from '@crossfeed/engine'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { errorIn, startFailingServer, type FailingServer } from './failing-server.ts'
import { startWatchedGateway, type WatchedGateway } from './watched-gateway.ts'

// Addresses at which nobody can be asked, for every kind of supply that has one, and every client.

const kinds = ['openai', 'azure', 'anthropic', 'ollama', 'compatible'] as const
const clients = ['chat', 'responses', 'messages'] as const
const paths = { chat: '/v1/chat/completions', responses: '/v1/responses', messages: '/v1/messages' } as const
const apiKey = 'sk-secret-0123456789'

interface Place {
  /** The host and port as the answer names them. */
  readonly host: string
  readonly scheme: 'http' | 'https'
  readonly cause: RegExp
  readonly remedy: RegExp
}

let plain: FailingServer
let gateway: WatchedGateway
const places: Record<string, Place> = {}
beforeAll(async () => {
  plain = await startFailingServer((response) => void response.end())
  const remedy = /Check that the server runs|ollama serve|Check its baseUrl and the network/
  places['refused'] = { host: await closedPort(), scheme: 'http', cause: /refused the connection/, remedy }
  // A label of more than 63 letters (RFC 1035) cannot be looked up, and no server is asked for it.
  const host = `${'n'.repeat(64)}.invalid`
  places['unknown'] = { host, scheme: 'http', cause: /could not be looked up/, remedy }
  const spoken = /Check http:\/\/ or https:\/\//
  places['insecure'] = { host: new URL(plain.url).host, scheme: 'https', cause: /No secure connection/, remedy: spoken }
  const providers = Object.entries(places).flatMap(([place, { host: at, scheme }]) =>
    kinds.map((type): ProviderSettings => ({
      name: `${type}-${place}`,
      type,
      baseUrl: `${scheme}://${at}/v1`,
      apiKey,
    })),
  )
  const codex = { name: 'codex' }
  gateway = await startWatchedGateway(plain.url, { copilot: false, providers, codex: [codex] })
})
afterAll(async () => {
  await gateway.close()
  await plain.close()
})

async function closedPort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // it listens on TCP
  server.close()
  await once(server, 'close')
  return `127.0.0.1:${port}`
}

async function ask(client: ProtocolId, model: string, stream: boolean): Promise<{ status: number; text: string }> {
  const turns =
    client === 'responses' ? { input: 'hi' } : { max_tokens: 9, messages: [{ role: 'user', content: 'hi' }] }
  const answer = await fetch(gateway.url + paths[client], {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, stream, ...turns }),
  })
  return { status: answer.status, text: await answer.text() }
}

test.each(['refused', 'unknown', 'insecure'])(
  '%s: every client is told who, where, why and what to do',
  async (place) => {
    const { host = '', cause = /./, remedy = /./ } = places[place] ?? {}
    for (const kind of kinds) {
      const ways = clients.flatMap((client) => [true, false].map((stream) => ask(client, `${kind}-${place}/m`, stream)))
      for (const { status, text } of await Promise.all(ways)) {
        expect(status, text).toBe(502)
        const message = errorIn(parseObject(text))?.['message']
        expect(message).toMatch(cause)
        expect(message).toMatch(remedy)
        expect(message).toContain(`(${kind}-${place}: `)
        expect(message).toContain(host)
        expect(text).not.toContain(apiKey)
      }
    }
  },
)

test('embeddings are told so, too', async () => {
  for (const place of Object.keys(places)) {
    const answer = await fetch(`${gateway.url}/v1/embeddings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: `openai-${place}/m`, input: 'hi' }),
    })
    expect(answer.status).toBe(502)
    expect(await answer.text()).toContain(`(openai-${place}: `)
  }
})

test('a ChatGPT account at which nobody is signed in says how to sign in', async () => {
  for (const client of clients) {
    const { status, text } = await ask(client, 'codex/gpt-5.5', true)
    expect(status).toBe(401)
    expect(errorIn(parseObject(text))?.['message']).toContain('crossfeed auth login --provider codex')
  }
})
