import { GatewayError } from '@crossfeed/protocols'

/** Which addresses the owner of a sign-in has named. All are optional; URLs may carry a path prefix. */
export interface HostOptions {
  /** Domain of a data-residency tenant, such as `company.ghe.com`; a URL is accepted. */
  readonly enterprise?: string | undefined
  /** Kind of plan; only the first guess at the Copilot address, which the token answer corrects. */
  readonly accountType?: string | undefined
  /** Override of https://github.com (`CROSSFEED_GITHUB_URL`). */
  readonly githubUrl?: string | undefined
  /** Override of https://api.github.com (`CROSSFEED_GITHUB_API_URL`). */
  readonly githubApiUrl?: string | undefined
  /** Override of the Copilot API (`CROSSFEED_COPILOT_URL`); wins over what a token answer says. */
  readonly copilotUrl?: string | undefined
  /** The Copilot API where a token answer names none (`GITHUB_COPILOT_API_BASE`, as LiteLLM calls it). */
  readonly copilotBase?: string | undefined
}

/** Every address of one Copilot account. Bases have no slash at the end. */
export interface Hosts {
  /** Whose sign-in it is: `github.com`, the tenant, or the host that was named instead. Part of a credential's key. */
  readonly host: string
  readonly enterprise: string | undefined
  /** Device flow and web pages. */
  readonly web: string
  /** `/user` and `/copilot_internal/…`. */
  readonly api: string
  /**
   * The Copilot API, given `endpoints.api` of a token or user answer. Throws reason `copilot-host-refused` when that
   * names a host which the owner of the sign-in did not.
   */
  copilot(endpoint?: string): string
}

const planHosts: Readonly<Record<string, string>> = {
  individual: 'https://api.githubcopilot.com',
  business: 'https://api.business.githubcopilot.com',
  enterprise: 'https://api.enterprise.githubcopilot.com',
}

/** Derives every address. Throws `invalid-request` for an unknown account type or an address that cannot be read. */
export function createHosts(options: HostOptions = {}): Hosts {
  const plan = planHosts[options.accountType || 'individual']
  if (plan === undefined || !Object.hasOwn(planHosts, options.accountType || 'individual')) {
    throw configError(
      `There is no account type "${options.accountType ?? ''}".`,
      `Use one of ${Object.keys(planHosts).join(', ')}.`,
    )
  }
  const enterprise = options.enterprise ? readDomain(options.enterprise) : undefined
  const webOverride = readBase(options.githubUrl, 'CROSSFEED_GITHUB_URL')
  const apiOverride = readBase(options.githubApiUrl, 'CROSSFEED_GITHUB_API_URL')
  const copilotOverride = readBase(options.copilotUrl, 'CROSSFEED_COPILOT_URL')

  const copilotBase = readBase(options.copilotBase, 'GITHUB_COPILOT_API_BASE')

  // A sign-in of a named host must not reach the public ones because one of three addresses was left out.
  const web = webOverride ?? (enterprise === undefined ? 'https://github.com' : `https://${enterprise}`)
  const api =
    apiOverride ?? webOverride ?? (enterprise === undefined ? 'https://api.github.com' : `https://api.${enterprise}`)
  const guess = apiOverride ?? webOverride ?? (enterprise === undefined ? plan : `https://copilot-api.${enterprise}`)
  const fallback = copilotBase ?? guess
  const named = [webOverride, apiOverride].filter((base) => base !== undefined).map((base) => new URL(base))

  return {
    host: enterprise ?? new URL(web).host,
    enterprise,
    web,
    api,
    copilot(endpoint) {
      if (copilotOverride !== undefined) return copilotOverride
      if (!endpoint) return fallback
      const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined
      if (url !== undefined && isAllowed(url, enterprise, named)) return withoutSlash(url)
      const shown = url === undefined ? 'an address that cannot be read' : url.host
      throw new GatewayError(
        'upstream',
        502,
        `The sign-in was told to use the Copilot API at ${shown}, which is not trusted.`,
        {
          reason: 'copilot-host-refused',
          fix: 'If that host is yours, name it: CROSSFEED_COPILOT_URL=https://…',
        },
      )
    },
  }
}

/** Splits a base and a path into what a transport call takes. */
export function addressOf(base: string, path: string): { origin: string; path: string } {
  const slash = base.indexOf('/', base.indexOf('://') + 3)
  return slash === -1 ? { origin: base, path } : { origin: base.slice(0, slash), path: base.slice(slash) + path }
}

function isAllowed(url: URL, enterprise: string | undefined, named: readonly URL[]): boolean {
  if (url.username !== '' || url.password !== '') return false
  if (named.some((one) => one.hostname === url.hostname && one.protocol === url.protocol)) return true
  if (url.protocol !== 'https:' || url.port !== '') return false
  // A tenant's sign-in stays with the tenant, whatever an answer says.
  if (enterprise !== undefined) return isWithin(url.hostname, enterprise)
  return named.length === 0 && (isWithin(url.hostname, 'githubcopilot.com') || isWithin(url.hostname, 'ghe.com'))
}

function isWithin(host: string, domain: string): boolean {
  return host === domain || host.endsWith(`.${domain}`)
}

function readDomain(value: string): string {
  const text = value
    .trim()
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/\/+$/, '')
    .toLowerCase()
  if (/^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(text)) return text
  throw configError('The enterprise address cannot be read.', 'Give a domain such as company.ghe.com.')
}

function readBase(value: string | undefined, name: string): string | undefined {
  if (!value) return undefined
  const url = URL.canParse(value) ? new URL(value) : undefined
  if (
    url !== undefined &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    url.username === '' &&
    url.search === ''
  ) {
    return withoutSlash(url)
  }
  throw configError(`The address in ${name} cannot be read.`, 'Write it as https://host or https://host:port/prefix.')
}

function withoutSlash(url: URL): string {
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

function configError(message: string, fix: string): GatewayError {
  return new GatewayError('invalid-request', 400, message, { reason: 'config-hosts', fix })
}
