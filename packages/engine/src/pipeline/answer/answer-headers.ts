import type { AnswerHeaders } from '../../transport/http.ts'

/** Headers of an upstream's answer that mean something to a client: ids, limits, quota. */
const passed =
  /^(?:retry-after|x-request-id|request-id|x-github-request-id|x-ratelimit-|x-quota-snapshot-|anthropic-ratelimit-|openai-processing-ms|x-codex-)/

/** The upstream's headers that go to the client. */
export function passHeaders(upstream: AnswerHeaders): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {}
  for (const name in upstream) {
    const value = upstream[name]
    if (value !== undefined && isPassed(name)) headers[name] = value
  }
  return headers
}

const known = new Map<string, boolean>()

/** Upstreams send the same few names again and again, so each is looked at once. */
function isPassed(name: string): boolean {
  let answer = known.get(name)
  if (answer === undefined) {
    answer = passed.test(name)
    if (known.size < 500) known.set(name, answer)
  }
  return answer
}

/** The upstream's own id of an answer. */
export function upstreamRequestId(headers: AnswerHeaders): string | undefined {
  const id = headers['x-request-id'] ?? headers['x-github-request-id'] ?? headers['request-id']
  return Array.isArray(id) ? id[0] : id
}

/** Seconds to wait: from `retry-after-ms` (Azure, OpenAI), `retry-after` (seconds or a date), else from the words of the message. */
export function readRetryAfter(headers: AnswerHeaders, message: string, nowMs: number): number | undefined {
  const precise = headers['retry-after-ms']
  // Digits without end are no number any more.
  if (typeof precise === 'string' && /^\d{1,15}(?:\.\d+)?$/.test(precise)) return Number(precise) / 1000
  const header = headers['retry-after']
  const text = Array.isArray(header) ? header[0] : header
  if (text !== undefined) {
    const seconds = Number(text)
    if (Number.isFinite(seconds)) return Math.max(0, seconds)
    const date = Date.parse(text)
    if (!Number.isNaN(date)) return Math.max(0, Math.ceil((date - nowMs) / 1000))
  }
  const said = /(?:retry|try again) (?:after|in) (\d{1,15}(?:\.\d{1,15})?) ?s(?:ec(?:ond)?s?)?\b/i.exec(message)?.[1]
  return said === undefined ? undefined : Number(said)
}

/** A header value that any proxy passes: printable ASCII, bounded. */
export function toHeaderValue(text: string, most = 900): string {
  const plain = text.replace(/[^\x20-\x7e]/g, '?')
  return plain.length > most ? `${plain.slice(0, most - 1)}~` : plain
}
