import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createOAuthStore } from '@crossfeed/engine'
import { afterEach, expect, test } from 'vitest'
import type { Settings } from '../../packages/gateway/src/index.ts'
import { startWatchedGateway, type WatchedGateway } from './watched-gateway.ts'

// A supply that refuses the question for its models may repeat what it was asked with. Nobody may read that.

const secret = 'c4n4ry-0123456789'
let gateway: WatchedGateway | undefined
let stop = (): void => {}
afterEach(async () => {
  await gateway?.close()
  stop()
})

type Refuse = (response: ServerResponse, asked: IncomingHttpHeaders) => void
const said = (asked: IncomingHttpHeaders): string => `not good enough: ${JSON.stringify(asked)}`

/** A server that refuses everything, and its address. */
async function startRefusing(refuse: Refuse): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    refuse(response, request.headers)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  stop = () => {
    server.closeAllConnections()
    server.close()
  }
  const { port } = server.address() as AddressInfo // it listens on TCP
  return `http://127.0.0.1:${port}`
}

const kinds: Readonly<Record<string, (url: string) => Partial<Settings>>> = {
  compatible: (url) => ({
    copilot: false,
    providers: [{ name: 'a', type: 'compatible', baseUrl: url, apiKey: secret }],
  }),
  openai: (url) => ({ copilot: false, providers: [{ name: 'a', type: 'openai', baseUrl: url, apiKey: secret }] }),
  anthropic: (url) => ({ copilot: false, providers: [{ name: 'a', type: 'anthropic', baseUrl: url, apiKey: secret }] }),
  codex: (url) => ({ copilot: false, codex: [{ name: 'a' }], upstreams: { codex: url, codexAuth: url } }),
}
const ways: Readonly<Record<string, Refuse>> = {
  'JSON, 401': (response, asked) =>
    void response.writeHead(401).end(JSON.stringify({ error: { message: said(asked) } })),
  'JSON of words, 403': (response, asked) => void response.writeHead(403).end(JSON.stringify({ error: said(asked) })),
  'text, 500': (response, asked) => void response.writeHead(500).end(said(asked)),
}

test.each(Object.keys(kinds).flatMap((kind) => Object.keys(ways).map((way) => [kind, way] as const)))(
  'the list of %s, refused in %s',
  async (kind, way) => {
    // Both names are of the tables above.
    const url = await startRefusing(ways[way]!)
    gateway = await startWatchedGateway(url, kinds[kind]!(url), async (home) => {
      const [obtainedAt, expiresAt] = [Date.now(), Date.now() + 3_600_000]
      const key = { provider: 'a', host: new URL(url).host }
      const tokens = { accessToken: secret, refreshToken: `${secret}-r`, idToken: '' }
      await createOAuthStore(home).save({ ...key, ...tokens, accountId: 'acc', obtainedAt, expiresAt })
    })
    const body = JSON.stringify({ model: 'bare', messages: [{ role: 'user', content: 'hi' }] })
    const headers = { 'content-type': 'application/json' }
    const answers = [
      await fetch(`${gateway.url}/v1/models`),
      await fetch(`${gateway.url}/v1/models/bare`),
      await fetch(`${gateway.url}/v1/chat/completions`, { method: 'POST', headers, body }),
    ]
    const texts = await Promise.all(answers.map((answer) => answer.text()))
    expect(texts.join('\n') + JSON.stringify(gateway.lines)).not.toContain('c4n4ry')
    expect(texts.join('\n')).toMatch(kind === 'codex' ? /./ : /not good enough/)
  },
)
