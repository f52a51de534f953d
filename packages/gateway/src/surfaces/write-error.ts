import { chat, messages, responses, type GatewayError, type Protocol } from '@crossfeed/protocols'
import { logFault } from '@crossfeed/engine'
import type { ErrorDialect, Visit } from './surface.ts'

const protocols: { readonly [D in ErrorDialect]: Protocol } = { chat, responses, messages }

/** Answers with an error in the caller's protocol, and logs the request: the engine, which logs all others, never saw it. */
export function writeError(
  visit: Visit,
  error: GatewayError,
  dialect: ErrorDialect,
  headers: Readonly<Record<string, string>> = {},
): void {
  logFault(visit.parts.log, visit.requestId, error)
  logRefusal(visit, error)
  const { status, body } = protocols[dialect].writeError(error)
  if (error.retryAfter !== undefined) visit.response.setHeader('retry-after', String(Math.ceil(error.retryAfter)))
  for (const [name, value] of Object.entries(headers)) visit.response.setHeader(name, value)
  writeJson(visit, status, dialect === 'messages' ? { ...body, request_id: visit.requestId } : body)
}

/** The line of a request that ended before the engine. The message may quote what was sent, so that the reason stands for it. */
export function logRefusal({ parts, request, path, requestId, startedAt }: Visit, error: GatewayError): void {
  if (!parts.log.requests) return
  parts.log.requestLine({
    method: request.method ?? 'GET',
    path,
    status: error.status,
    totalMs: performance.now() - startedAt,
    requestId,
    error: error.reason ?? error.code,
  })
}

/** Answers with a JSON document. */
export function writeJson(visit: Visit, status: number, body: object): void {
  const { response, requestId } = visit
  if (response.headersSent || response.destroyed) return
  const bytes = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(bytes)),
    'x-crossfeed-request-id': requestId,
    'x-request-id': requestId,
    'request-id': requestId,
  })
  response.end(visit.request.method === 'HEAD' ? undefined : bytes)
}

/** The dialect of a caller at a path that is no model endpoint of one protocol. */
export function dialectOf(path: string, headers: { readonly [name: string]: unknown }): ErrorDialect {
  if (/\/messages(?:\/|$)/.test(path) || headers['anthropic-version'] !== undefined) return 'messages'
  return /\/responses(?:\/|$)/.test(path) ? 'responses' : 'chat'
}
