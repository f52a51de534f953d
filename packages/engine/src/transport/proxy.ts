import { GatewayError } from '@crossfeed/protocols'

/** The environment, as the host gives it. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Chooses the proxy for an origin such as `https://api.github.com`, or none. */
export type ChooseProxy = (origin: string) => URL | undefined

/**
 * Reads `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` (small letters win, as in curl). Loopback never goes
 * through a proxy. `NO_PROXY` takes names, `.suffix`, `*.suffix`, `host:port`, addresses and `*`. Throws reason
 * `config-proxy` when a proxy's address cannot be read.
 */
export function createProxyChoice(env: Environment): ChooseProxy {
  const every = env['all_proxy'] || env['ALL_PROXY']
  const forHttp = proxyUrl(env['http_proxy'] || env['HTTP_PROXY'] || every)
  const forHttps = proxyUrl(env['https_proxy'] || env['HTTPS_PROXY'] || every)
  const exceptions = (env['no_proxy'] || env['NO_PROXY'] || '').split(/[\s,]+/).filter((entry) => entry !== '')
  if (forHttp === undefined && forHttps === undefined) return () => undefined

  return (origin) => {
    const url = new URL(origin)
    const host = bareHost(url.hostname)
    if (isLoopback(host)) return undefined
    const port = url.port || (url.protocol === 'https:' ? '443' : '80')
    if (exceptions.some((entry) => isExcepted(entry, host, port))) return undefined
    return url.protocol === 'https:' ? forHttps : forHttp
  }
}

/** The proxy for people: scheme, host and port, never its user or password. */
export function proxyName(proxy: URL): string {
  return `${proxy.protocol}//${proxy.host}`
}

/** Whether a host name means this machine. */
function isLoopback(host: string): boolean {
  const bare = bareHost(host)
  return bare === 'localhost' || bare.endsWith('.localhost') || bare === '::1' || /^127\.\d+\.\d+\.\d+$/.test(bare)
}

function proxyUrl(value: string | undefined): URL | undefined {
  if (!value) return undefined
  const text = value.includes('://') ? value : `http://${value}`
  if (URL.canParse(text)) return new URL(text)
  // The value is not repeated: it may hold a password.
  throw new GatewayError('internal', 500, 'The proxy address in HTTP_PROXY, HTTPS_PROXY or ALL_PROXY cannot be read.', {
    reason: 'config-proxy',
    fix: 'Write it as http://host:port or http://user:password@host:port, with special characters percent-encoded.',
  })
}

function bareHost(host: string): string {
  return host
    .replace(/^\[(.+)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase()
}

function isExcepted(entry: string, host: string, port: string): boolean {
  const split = /^\[(.+)\](?::(\d+))?$/.exec(entry) ?? /^([^:]+)(?::(\d+))?$/.exec(entry)
  const [name, onlyPort] = split === null ? [entry, undefined] : [split[1] ?? '', split[2]]
  if (onlyPort !== undefined && onlyPort !== port) return false
  if (name === '*') return true
  const subdomainsOnly = name.startsWith('*.')
  const suffix = bareHost(name.replace(/^\*?\./, ''))
  return (host === suffix && !subdomainsOnly) || host.endsWith(`.${suffix}`)
}
