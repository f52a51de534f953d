import { asNumber, parseObject, type JsonObject } from '@crossfeed/protocols'
import { readBaseUrl } from '../providers/base-url.ts'
import { anthropicVersion } from '../providers/messages-dialect.ts'
import type { Transport } from '../transport/http.ts'
import { familyOf, type CountedModel } from './factors.ts'

/** Where Claude's tokens are counted exactly, with the user's own key. The prompt is sent there. */
export interface ExactCounting {
  readonly key: string
  /** Such as `https://gateway.example/anthropic`, with its version or without; Anthropic's own by default. */
  readonly url?: string | undefined
  readonly transport: Pick<Transport, 'request'>
}

/** The exact count of a Messages body by Anthropic's own endpoint; undefined for other models and on any failure. */
export async function countExactly(
  raw: Uint8Array,
  model: CountedModel,
  { key, url = 'https://api.anthropic.com', transport }: ExactCounting,
): Promise<number | undefined> {
  if (familyOf(model) !== 'claude') return undefined
  const body = parseObject(Buffer.from(raw).toString('utf8'))
  if (body === undefined || !Array.isArray(body.messages)) return undefined
  // Copilot writes claude-opus-4.6, Anthropic claude-opus-4-6.
  const asked: JsonObject = { ...body, model: model.id.replaceAll('.', '-') }
  const { origin, pathname } = new URL(readBaseUrl(url, 'bare'))
  try {
    const answer = await transport.request({
      method: 'POST',
      origin,
      path: `${pathname}/messages/count_tokens`,
      headers: {
        'x-api-key': key,
        'content-type': 'application/json',
        'anthropic-version': anthropicVersion,
        'anthropic-beta': 'token-counting-2024-11-01',
      },
      body: JSON.stringify(asked),
      timeouts: { headers: 10_000, idle: 10_000 },
    })
    return answer.status === 200 ? asNumber(parseObject(answer.body.toString('utf8'))?.input_tokens) : undefined
  } catch {
    // The local estimate is the answer then, and says that it is one.
    return undefined
  }
}
