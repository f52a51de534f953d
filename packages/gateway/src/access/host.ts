import { isIP } from 'node:net'

/** Whether `host` (a name or address, IPv6 with or without brackets) can only mean this machine. */
export function isLoopback(host: string): boolean {
  const name = bare(host)
  if (name === 'localhost' || name.endsWith('.localhost')) return true
  if (name === '::1' || name === '0:0:0:0:0:0:0:1') return true
  const mapped = /^::ffff:(.+)$/.exec(name)?.[1]
  if (mapped !== undefined) return mapped.startsWith('127.') || /^7f[0-9a-f]{2}:[0-9a-f]{1,4}$/.test(mapped)
  return isIP(name) === 4 && name.startsWith('127.')
}

/** Whether `host` is an address and not a name. No name server has a say in where an address leads. */
export function isAddress(host: string): boolean {
  return isIP(bare(host)) !== 0
}

/** Whether `host` stands for every address of the machine. */
export function isEveryAddress(host: string): boolean {
  const name = bare(host)
  return name === '0.0.0.0' || name === '::' || name === ''
}

/** The address at which programs on this machine call a gateway that listens on `host`. */
export function urlFromHere(host: string, port: number): string {
  const name = isEveryAddress(host) ? '127.0.0.1' : bare(host)
  return `http://${name.includes(':') ? `[${name}]` : name}:${port}`
}

/** The host of a `Host` header or origin, without its port, lower case; undefined when it is not one. */
export function hostName(authority: string): string | undefined {
  const match = /^(\[[0-9a-f:.]+\]|[^\s:/@[\]]+)(?::\d{1,5})?$/i.exec(authority.trim())
  return match?.[1] === undefined ? undefined : bare(match[1])
}

function bare(host: string): string {
  return host
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase()
}
