import { readFileSync } from 'node:fs'
import tls from 'node:tls'
import { GatewayError } from '@crossfeed/protocols'

const probeLimit = 3000

/**
 * The certificates to trust: Node's own, the system's store where Node can read it, and those of one more file.
 * Undefined when Node's own are all there is. Throws reason `config-ca` when the file cannot be read.
 */
export function loadTrust(file: string | undefined): tls.SecureContext | undefined {
  // `getCACertificates` came with Node 22.15; reading the system store fails on some platforms, and Node's own remain.
  let system: readonly string[] = []
  try {
    system = tls.getCACertificates('system')
  } catch {
    system = []
  }
  if (file === undefined && system.length === 0) return undefined
  const ca = [...new Set([...tls.getCACertificates('default'), ...system])]
  try {
    // One context for all connections: parsing some hundred certificates for each of them costs milliseconds.
    return tls.createSecureContext({ ca: file === undefined ? ca : [...ca, readFileSync(file, 'utf8')] })
  } catch (cause) {
    throw new GatewayError('internal', 500, `The certificate file ${file ?? ''} cannot be read.`, {
      cause,
      reason: 'config-ca',
      fix: 'Give the path of a PEM file with one or more CA certificates.',
    })
  }
}

/**
 * Who issued the certificate that a host shows, for the message about an untrusted one. Shakes hands once more with
 * the checks off, sends nothing, and hangs up.
 */
export function loadIssuer(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const servername = /^[\d.]+$|:/.test(host) ? undefined : host
    const socket = tls.connect({ host, port, rejectUnauthorized: false, ...(servername && { servername }) })
    const finish = (issuer: string | undefined): void => {
      socket.destroy()
      resolve(issuer)
    }
    socket.setTimeout(probeLimit, () => finish(undefined))
    socket.once('error', () => finish(undefined))
    socket.once('secureConnect', () => {
      const issuer = socket.getPeerCertificate().issuer
      finish(first(issuer?.CN) ?? first(issuer?.O))
    })
  })
}

function first(name: string | string[] | undefined): string | undefined {
  return Array.isArray(name) ? name[0] : name
}
