import { codeOfStatus, GatewayError, type ErrorCode, type UpstreamError } from './error.ts'
import { asNumber, asObject, asString, isObject, parseJson, type Json, type JsonObject } from './json.ts'
import { readOverflow } from './overflow.ts'

/**
 * An upstream's error answer in one shape. Understands the OpenAI envelope `{error: {message, code, type, param}}`,
 * Anthropic's `{type: 'error', error: {type, message}}`, bare `{message}` (Bedrock behind Copilot), `{detail}`
 * (ChatGPT; FastAPI as a list), `{errors: […]}`, any of them within another, plain text, HTML of an edge, and nothing at all.
 * `body` is the parsed JSON, or the text as a string.
 */
export function readUpstreamError(status: number, body: Json | undefined): GatewayError {
  const said = describe(body)
  const message = said.message.slice(0, longest)
  const code = said.code
  const overflow = status < 500 ? readOverflow(message, code) : undefined
  const kind: ErrorCode = overflow ? 'context-overflow' : kindOf(status, said)
  const upstream: UpstreamError = {
    ...(code === undefined ? {} : { code }),
    ...(said.type === undefined ? {} : { type: said.type }),
    ...(said.param === undefined ? {} : { param: said.param }),
    ...(said.requestId === undefined ? {} : { requestId: said.requestId }),
    ...(body === undefined ? {} : { body }),
  }
  return new GatewayError(kind, status, message === '' ? silent(status) : message, {
    upstream,
    reason: kind === 'context-overflow' ? 'context-overflow' : `upstream-${status}`,
  })
}

/**
 * Characters of a message that are kept: some servers repeat the whole request in it, and all who look for words in it (the
 * recoveries, the log) take time for its length.
 */
const longest = 4000

interface Said {
  readonly message: string
  readonly code?: string | undefined
  readonly type?: string | undefined
  readonly param?: string | undefined
  readonly requestId?: string | undefined
}

function describe(body: Json | undefined): Said {
  if (typeof body === 'string') return { message: plainText(body) }
  if (Array.isArray(body)) return describe(body[0])
  if (!isObject(body)) return { message: '' }
  const requestId = asString(body['request_id'])
  const { error } = body
  if (typeof error === 'string')
    return {
      message: asString(body['error_description']) ?? asString(body['message']) ?? error,
      // Words are no code.
      code: /\s/.test(error) ? undefined : error,
      requestId,
    }
  return { ...members(findError(body)), requestId }
}

/** Wrappings that are looked through: services that pass on what another said wrap it once each. */
const deepest = 6

/** The object that holds the words of an error, out of all that servers wrap it in; the body itself where nothing does. */
export function findError(body: JsonObject): JsonObject {
  let found = body
  for (let depth = 0; depth < deepest; depth++) {
    const within = wrapped(found)
    if (!within || (depth > 0 && errorWords(found) !== '')) break
    found = within
  }
  return found
}

function wrapped(outer: JsonObject): JsonObject | undefined {
  const { error, errors, detail, response, status_details: details } = outer
  const own = failedBase(outer)
  if (own) return own
  const within = asObject(error) ?? asObject(detail) ?? asObject(details)
  if (within) return within
  if (Array.isArray(errors) && isObject(errors[0])) return errorWords(outer) === '' ? errors[0] : undefined
  return asObject(response)
}

/** Statuses that MiniMax's codes stand for (platform.minimax.io, "Error codes"). */
const baseStatuses: ReadonlyMap<number, number> = new Map([
  [1002, 429],
  [1004, 401],
  [1008, 402],
  [1026, 400],
  [1027, 400],
  [1039, 429],
  [1041, 429],
  [1042, 400],
  [2013, 400],
  [2049, 401],
  [2056, 429],
])

/** What went wrong in MiniMax's words, which come with a 200 and without choices (CherryHQ/cherry-studio#11287). */
function failedBase(body: JsonObject): JsonObject | undefined {
  const base = asObject(body['base_resp'])
  const code = asNumber(base?.['status_code'])
  if (!base || code === undefined || code === 0) return undefined
  return { message: base['status_msg'] ?? '', code, status: baseStatuses.get(code) ?? 502 }
}

/**
 * Whether an object that is neither an event nor an answer of its protocol tells of a failure: services behind others send their
 * own words as they are, in a stream too. Only what stands at the top counts.
 */
export function tellsFailure(body: JsonObject): boolean {
  const { error, errors, detail, message, msg, object, type } = body
  if (object === 'error' || failedBase(body)) return true
  // Events of kinds that nobody knows yet may have words too.
  if (type !== undefined && !/error/i.test(asString(type) ?? '')) return false
  if ((error ?? null) !== null || isObject(detail)) return true
  return [errors, detail, message, msg].some(
    (said) => (typeof said === 'string' || Array.isArray(said)) && said.length > 0,
  )
}

function members(error: JsonObject): Said {
  const code = error['code']
  const message = errorWords(error) || asString(asObject(error['details'])?.['message']) || ''
  const passedOn = asString(asObject(error['metadata'])?.['raw'])
  return {
    message: passedOn === undefined ? message : withPassedOn(message, passedOn),
    code: typeof code === 'number' ? String(code) : asString(code),
    type: asString(error['type']),
    param: asString(error['param']),
  }
}

/** Members that hold the words, the likeliest first; `Message` is of AWS, `title` of RFC 9457. */
const speaking = ['message', 'detail', 'error', 'errors', 'msg', 'Message', 'title'] as const

/** What an error says itself: a text, or a list of them (FastAPI has one for each member that it refuses). */
export function errorWords(error: JsonObject): string {
  for (const member of speaking) {
    const said = error[member]
    const words = Array.isArray(said)
      ? said
          .map(entryWords)
          .filter((one) => one !== '')
          .join('; ')
      : asString(said)
    if (words) return words
  }
  return ''
}

function entryWords(entry: Json): string {
  if (!isObject(entry)) return asString(entry) ?? ''
  const words = asString(entry['msg']) ?? asString(entry['message']) ?? asString(entry['detail']) ?? ''
  const place = Array.isArray(entry['loc'])
    ? entry['loc'].filter((step, at) => at > 0 || step !== 'body').join('.')
    : ''
  return place === '' || words === '' ? words : `${place}: ${words}`
}

/** OpenRouter says only "Provider returned error", and has what its provider said beside it, as text. */
function withPassedOn(message: string, raw: string): string {
  const said = describe(parseJson(raw) ?? raw).message
  return said === '' || message.includes(said) ? message : `${message}: ${said}`
}

/** The words of a text or HTML error: title and first heading of a page, else the trimmed text. */
function plainText(text: string): string {
  if (!/^\s*<(?:!doctype|html|head|body)/i.test(text)) return text.trim().slice(0, 2000)
  const start = text.slice(0, 16_000)
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(start)?.[1]?.trim()
  const heading = /<h1[^>]*>([^<]*)<\/h1>/i.exec(start)?.[1]?.trim()
  return (
    [title, heading === title ? undefined : heading].filter(Boolean).join(': ') ||
    'The upstream answered with a web page.'
  )
}

function kindOf(status: number, said: Said): ErrorCode {
  const code = said.code?.split(':')[0]
  if (status === 400 && (code === 'rate_limited' || said.type === 'rate_limit_error')) return 'rate-limited'
  if (said.type === 'overloaded_error') return 'overloaded'
  if (code === 'insufficient_quota' || code === 'quota_exceeded') return status === 429 ? 'rate-limited' : 'quota'
  return codeOfStatus(status)
}

function silent(status: number): string {
  return `The upstream answered ${status} and gave no reason.`
}
