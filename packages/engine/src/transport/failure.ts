import { GatewayError } from '@crossfeed/protocols'
import type { GatewayErrorOptions } from '@crossfeed/protocols'
import { forbiddenCode } from './forbidden-address.ts'
import { proxyName } from './proxy.ts'

/** Where a call was when it failed. */
export interface Situation {
  readonly origin: string
  readonly proxy: URL | undefined
  /** Whether any byte of the answer had come. */
  readonly answered: boolean
  /** Milliseconds of the connect limit. */
  readonly connectLimit: number
  /** Who issued the certificate that was refused. */
  readonly issuer?: string | undefined
}

/** Which of the three limits ran out. */
export type Limit = 'connect' | 'headers' | 'idle'

/** Says in plain words why a call failed. Codes are those of Node and undici. */
export function networkError(cause: unknown, situation: Situation): GatewayError {
  const code = codeOf(cause)
  const { origin, proxy } = situation
  const name = new URL(origin).host

  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'EAI_NODATA') {
    const host = property(cause, 'hostname') ?? (proxy ?? new URL(origin)).hostname
    return failure(cause, 'network-dns', `Cannot reach ${name}: the name ${host} could not be looked up (${code}).`, {
      fix: 'Check the network. Behind a proxy: set HTTPS_PROXY and start with --proxy-env.',
    })
  }
  if (code === forbiddenCode) {
    const message = `${name} was not called: its name leads to a link-local or metadata address.`
    return new GatewayError('forbidden', 502, message, {
      cause,
      reason: 'address-forbidden',
      fix: 'If that is meant, write the address itself into baseUrl.',
    })
  }
  if (code === 'ECONNREFUSED') {
    const where = addressOf(cause) ?? (proxy === undefined ? addressOfOrigin(origin) : proxy.host)
    const who = proxy === undefined ? '' : `, the proxy ${proxyName(proxy)},`
    return failure(cause, 'network-refused', `Cannot reach ${name}: ${where}${who} refused the connection.`, {
      fix: proxy === undefined ? 'Check that the server runs, and its address and port.' : 'Check that the proxy runs.',
    })
  }
  if (code === 'ENETUNREACH' || code === 'EHOSTUNREACH' || code === 'EADDRNOTAVAIL' || code === 'EACCES') {
    return failure(cause, 'network-unreachable', `Cannot reach ${name}: no network leads there (${code}).`, {
      fix: 'Check the network, the VPN and the firewall.',
    })
  }
  // The headers limit of undici is set for CONNECT only, which is a part of connecting.
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'ETIMEDOUT')
    return limitError('connect', situation.connectLimit, situation)
  if (isCertificateError(code)) return certificateError(cause, code, situation)
  if (code.startsWith('ERR_SSL') || code.startsWith('ERR_TLS') || code === 'EPROTO') {
    return failure(cause, 'network-tls', `No secure connection to ${name} could be made (${code}).`, {
      fix: 'Check that the address begins with the right one of http:// and https://.',
    })
  }
  const tunnel = /^Proxy response \((\d+)\)/.exec(messageOf(cause))?.[1] ?? /\((407)\)/.exec(messageOf(cause))?.[1]
  if (tunnel !== undefined && proxy !== undefined) return proxyError(cause, tunnel, proxy, name)
  if (isConnectionLoss(cause)) {
    return situation.answered
      ? failure(cause, 'network-cut', `${name} closed the connection in the middle of its answer.`)
      : failure(cause, 'network-reset', `${name} closed the connection before it answered.`, {
          fix: 'Try again. If it stays so, a proxy or firewall in between may be closing connections.',
        })
  }
  // The parser's own codes (HPE_…) are not always set.
  if (property(cause, 'name') === 'HTTPParserError' || code === 'UND_ERR_HEADERS_OVERFLOW') {
    return failure(cause, 'network-malformed', `The answer of ${name} is not valid HTTP.`, {
      fix: 'Check the address and port: something else than a web server answers there.',
    })
  }
  if (code === 'UND_ERR_INVALID_ARG') {
    return new GatewayError('internal', 500, `The call to ${name} could not be written: ${messageOf(cause)}.`, {
      cause,
    })
  }
  return failure(cause, 'network-failed', `The call to ${name} failed${code === '' ? '' : ` (${code})`}.`)
}

/** Says which limit ran out, and how long it was. */
export function limitError(limit: Limit, ms: number, situation: Pick<Situation, 'origin' | 'proxy'>): GatewayError {
  const name = new URL(situation.origin).host
  const seconds = `${Math.round(ms / 100) / 10} s`
  const through = situation.proxy === undefined ? '' : ` through the proxy ${proxyName(situation.proxy)}`
  const message = {
    connect: `No connection to ${name}${through} was made within ${seconds} (connect limit).`,
    headers: `${name} did not begin to answer within ${seconds} (headers limit).`,
    idle: `${name} fell silent in the middle of its answer for ${seconds} (idle limit).`,
  }[limit]
  return new GatewayError('timeout', 504, message, { reason: `timeout-${limit}` })
}

/** Whether the connection itself went away, as a stale pooled one does: reset, GOAWAY, closed by the other side. */
export function isConnectionLoss(cause: unknown): boolean {
  const code = codeOf(cause)
  return (
    code === 'ECONNRESET' ||
    code === 'EPIPE' ||
    code === 'ECONNABORTED' ||
    code === 'UND_ERR_SOCKET' ||
    code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH' ||
    code === 'UND_ERR_DESTROYED' ||
    code.startsWith('ERR_HTTP2_') ||
    (code === 'UND_ERR_INFO' && /GOAWAY|HTTP\/2|reset|idle|socket/i.test(messageOf(cause)))
  )
}

/** Whether the other side's certificate was not accepted. */
export function isUntrusted(cause: unknown): boolean {
  const code = codeOf(cause)
  return isCertificateError(code) && code !== 'CERT_HAS_EXPIRED' && code !== 'ERR_TLS_CERT_ALTNAME_INVALID'
}

function failure(cause: unknown, reason: string, message: string, options?: GatewayErrorOptions): GatewayError {
  return new GatewayError('upstream', 502, message, { cause, reason, ...options })
}

function certificateError(cause: unknown, code: string, { origin, issuer }: Situation): GatewayError {
  const name = new URL(origin).host
  const reason = 'network-tls'
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    const fix = 'Check the clock of this machine; else the owner of the server must renew it.'
    return failure(cause, reason, `The certificate of ${name} is outside its dates (${code}).`, { fix })
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const fix = 'Check the address; a proxy or a sign-in page of the network may be in between.'
    return failure(cause, reason, `The certificate that answered for ${name} belongs to another name.`, { fix })
  }
  const who = issuer === undefined ? '' : ` Issuer: ${issuer}.`
  return failure(cause, reason, `${name} showed a certificate that this machine does not trust (${code}).${who}`, {
    fix: 'A company proxy is likely in between. Give its CA in the config file: network.ca: /path/to/ca.pem',
  })
}

function proxyError(cause: unknown, status: string, proxy: URL, name: string): GatewayError {
  return status === '407'
    ? failure(cause, 'proxy-auth', `The proxy ${proxyName(proxy)} wants a user and password (407).`, {
        fix: 'Put them into HTTPS_PROXY: http://user:password@host:port',
      })
    : failure(
        cause,
        'proxy-refused',
        `The proxy ${proxyName(proxy)} did not let a call to ${name} through (${status}).`,
      )
}

const certificateCodes: ReadonlySet<string> = new Set([
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'CERT_REVOKED',
  'CERT_SIGNATURE_FAILURE',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_CHAIN_TOO_LONG',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

function isCertificateError(code: string): boolean {
  return certificateCodes.has(code)
}

function codeOf(cause: unknown): string {
  // undici wraps what goes wrong on the way to a proxy; an AggregateError holds one error for each address tried.
  if (cause instanceof AggregateError && cause.errors.length > 0)
    return property(cause, 'code') ?? codeOf(cause.errors[0])
  const code = property(cause, 'code') ?? ''
  const inner = cause instanceof Error ? cause.cause : undefined
  return (code === 'UND_ERR_PRX_TLS' || code === 'UND_ERR_PRX_CONN') && inner !== undefined
    ? codeOf(inner) || code
    : code
}

function addressOf(cause: unknown): string | undefined {
  if (cause instanceof AggregateError) return addressOf(cause.errors[0])
  const address = property(cause, 'address')
  const port = property(cause, 'port')
  if (address === undefined || port === undefined) return undefined
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

function addressOfOrigin(origin: string): string {
  const url = new URL(origin)
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : ''
}

function property(cause: unknown, key: string): string | undefined {
  if (typeof cause !== 'object' || cause === null) return undefined
  const value: unknown = Reflect.get(cause, key)
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}
