import { startGateway } from '../gateway.ts'
import { startReplayUpstream } from '../replay-upstream.ts'
import { shortAnswer } from './answer.ts'
import { post } from './conversation.ts'
import { bag, type Bag } from './json.ts'
import type { Name } from './said.ts'

/** One request through a gateway, and what came of it. */
interface Crossed {
  readonly status: number
  readonly answer: Bag
  /** What went upstream; empty when nothing did. */
  readonly sent: Bag
  readonly raw: string
  readonly losses: string
  readonly changes: string
}

export interface Bridge {
  cross(client: Name, server: Name, body: object | string, headers?: Record<string, string>): Promise<Crossed>
  /** Answers the next call with this body instead of the shortest one. */
  answerWith(body: object | string): void
  close(): Promise<void>
}

/** A gateway before an upstream that answers everything shortly and shows what it was sent. */
export async function startBridge(): Promise<Bridge> {
  const upstream = await startReplayUpstream()
  const gateway = await startGateway(upstream.url, { cacheBreakpoints: false })
  let next: object | string | undefined
  return {
    async cross(client, server, body, headers = {}) {
      const given = next !== undefined && {
        status: 200,
        contentType: 'application/json',
        body: typeof next === 'string' ? next : JSON.stringify(next),
      }
      next = undefined
      upstream.next(given || shortAnswer(server, bag(body)['stream'] === true))
      const before = upstream.requests.length
      const response = await post(
        gateway.url,
        client,
        typeof body === 'string' ? body : { model: `only-${server}`, ...body },
        headers,
      )
      const text = await response.text()
      const raw = upstream.requests.length > before ? (upstream.requests.at(-1)?.body ?? '') : ''
      return {
        status: response.status,
        answer: text.startsWith('{') ? bag(JSON.parse(text)) : {},
        sent: raw === '' ? {} : bag(JSON.parse(raw)),
        raw,
        losses: response.headers.get('x-crossfeed-losses') ?? '',
        changes: response.headers.get('x-crossfeed-changes') ?? '',
      }
    },
    answerWith: (body) => (next = body),
    async close() {
      await gateway.close()
      await upstream.close()
    },
  }
}
