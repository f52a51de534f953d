import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { asGatewayError, codeOfStatus, GatewayError } from '@crossfeed/protocols'
import { noSuchPath } from './no-such-path.ts'
import { http } from '../node-http.ts'
import { findRoute } from './routes.ts'
import type { SurfaceParts, Visit } from './surface.ts'
import { readTarget } from './target.ts'
import { passOverBody } from './upload-time.ts'
import { dialectOf, writeError } from './write-error.ts'

/** The HTTP server of all model endpoints, not listening yet. */
export function createModelServer(parts: SurfaceParts): Server {
  const server = http.createServer(
    {
      keepAliveTimeout: 75_000,
      // A body has a limit that grows with it; a head that never ends would hold its connection for ever.
      requestTimeout: 0,
      headersTimeout: 60_000,
      noDelay: true,
      // Java's client offers h2c with every request: it is passed over, as HTTP asks, and the request answered.
      shouldUpgradeCallback: (request) => request.headers.upgrade?.toLowerCase() === 'websocket',
    },
    (request, response) => visit(parts, request, response),
  )
  // Codex takes 426 as "use HTTP" and goes on at once; anything else costs it seven tries (clients.md).
  server.on('upgrade', (_request, socket) => {
    const body =
      '{"error":{"message":"WebSockets are not served here; use HTTP.","type":"invalid_request_error","code":"upgrade_not_served","param":null}}'
    // Node has let go of the socket: without a listener, a client that leaves now would end the process.
    socket.on('error', () => socket.destroy())
    socket.end(
      `HTTP/1.1 426 Upgrade Required\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
      () => socket.destroy(),
    )
  })
  return server
}

function visit(parts: SurfaceParts, request: IncomingMessage, response: ServerResponse): void {
  const { path, query, host } = readTarget(request)
  const method = request.method ?? 'GET'
  const startedAt = performance.now()
  const found = findRoute(path)
  const route = found?.route
  const provider = found?.provider
  const here: Visit = { parts, request, response, path, query, provider, requestId: parts.newRequestId(), startedAt }
  const { origin } = request.headers
  if (origin !== undefined) allowOrigin(here, origin)
  const denial = parts.access.check({
    method,
    path,
    headers: host === request.headers.host ? request.headers : { ...request.headers, host },
    remoteAddress: request.socket.remoteAddress,
  })
  const dialect = route && route.dialect !== 'chat' ? route.dialect : dialectOf(path, request.headers)
  // What is not here is not here, however it is packed: a recording that is sent as a form is no attempt at anything.
  if (denial && (route || denial.reason !== 'unsafe-content-type')) {
    passOver(here)
    return writeError(
      here,
      new GatewayError(codeOfStatus(denial.status), denial.status, denial.message, { reason: denial.reason }),
      dialect,
      denial.headers,
    )
  }
  if (method === 'OPTIONS') {
    response.writeHead(204, route ? { allow: route.methods.join(', ') } : {}).end()
    return
  }
  if (!route) return refuse(here, noSuchPath(method, path))
  if (!route.methods.includes(method)) {
    response.setHeader('allow', route.methods.join(', '))
    const message = `${path} takes ${route.methods.join(' or ')}, not ${method}.`
    return refuse(here, new GatewayError('invalid-request', 405, message, { reason: 'method-not-allowed' }))
  }
  try {
    route.handle(here)
  } catch (error) {
    writeError(here, asGatewayError(error), dialect)
  }
}

function refuse(here: Visit, error: GatewayError): void {
  passOver(here)
  writeError(here, error, dialectOf(here.path, here.request.headers))
}

/** Lets the body of a refused request go by unread, and the connection go with one that does not end. */
function passOver({ request, parts }: Visit): void {
  passOverBody(request, parts.uploadTime)
}

function allowOrigin(here: Visit, origin: string): void {
  const asked = here.request.headers['access-control-request-headers']
  const headers = here.parts.access.corsHeaders(origin, asked)
  if (headers) for (const [name, value] of Object.entries(headers)) here.response.setHeader(name, value)
}
