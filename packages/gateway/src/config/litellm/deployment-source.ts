import { readAddress, readAzureBase, servesOpenAi, type ProviderSettings, type Vendor } from '@crossfeed/engine'
import { isObject, nearest } from '@crossfeed/protocols'
import { isLoopback } from '../../access/host.ts'
import type { Env } from '../home.ts'
import type { Report } from '../report.ts'
import type { Section } from './section.ts'

/** Where a deployment's calls go: a sign-in, or what its provider is told by. */
export type Source = 'copilot' | 'codex' | (Omit<ProviderSettings, 'name' | 'models'> & { readonly baseUrl: string })

/** Values that entries may name (`credential_list`). */
type Credentials = ReadonlyMap<string, Section>

/** What an entry's source is read with. */
export interface SourceParts {
  readonly env: Env
  readonly report: Report
  readonly credentials: Credentials
}

/** Where the entry's calls go and what lets them in: the entry's words, then its credential's, then the environment's. */
export function readSource(
  vendor: Vendor,
  word: string,
  params: Section,
  headers: Readonly<Record<string, string>>,
  { env, report, credentials }: SourceParts,
  called: string,
): Source | undefined {
  const credentialName = params.text('litellm_credential_name')
  const credential = credentialName === undefined ? undefined : credentials.get(credentialName)
  const wrong = (key: string, message: string, fix: string): undefined => {
    report.problem([...params.path, key], `${called}: ${message}`, fix, 'config-entry')
    return undefined
  }
  if (credentialName !== undefined && credential === undefined) {
    const near = nearest(credentialName, credentials.keys())
    const fix = near === undefined ? 'Add it to credential_list.' : `Did you mean ${near}?`
    return wrong('litellm_credential_name', `there is no credential ${credentialName}`, fix)
  }
  const say = (key: string): string | undefined => params.text(key) ?? credential?.text(key)
  const variable = (names: readonly string[] = []): string | undefined =>
    names.map((name) => env[name]).find((value) => value)
  const written = say('api_base') ?? say('base_url') ?? variable(vendor.baseVariables) ?? vendor.baseUrl
  if (written === undefined) return wrong('model', 'it has no api_base', 'Add api_base: the address of its API.')
  const azure = vendor.type === 'azure' ? readAzureBase(written) : undefined
  const address = readAddress(azure?.baseUrl ?? written, vendor)
  if ('fault' in address) return wrong('api_base', `its api_base ${address.fault}`, address.fix)
  const apiKey = say('api_key') ?? variable(vendor.keyVariables)
  const { hostname } = new URL(address.baseUrl)
  const hasHeader = Object.keys(headers).some((name) => /^(?:authorization|x-api-key|api-key)$/i.test(name))
  const isKeyless = vendor.keyless === true || params.value('api_key') === ''
  if (apiKey === undefined && !isKeyless && !hasHeader && !isLoopback(hostname)) {
    const names = vendor.keyVariables?.join(' or ') ?? 'the variable of its key'
    report.warn(params.path, `${called} is left out: it has no api_key, and ${names} is not set`)
    return undefined
  }
  const version = say('api_version') ?? (vendor.type === 'azure' ? env.AZURE_API_VERSION : undefined)
  const apiVersion = vendor.type === 'azure' ? (azure?.apiVersion ?? version) : undefined
  const organization = word === 'openai' ? params.text('organization') : undefined
  const allHeaders = { ...(organization === undefined ? {} : { 'OpenAI-Organization': organization }), ...headers }
  return {
    type: vendor.type === 'openai' && !servesOpenAi(address.baseUrl) ? 'compatible' : vendor.type,
    baseUrl: address.baseUrl,
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(Object.keys(allHeaders).length === 0 ? {} : { headers: allHeaders }),
  }
}

/** A map of headers, as LiteLLM takes it. */
export function readHeaders(params: Section, key: string, report: Report): Readonly<Record<string, string>> {
  const value = params.value(key)
  if (value === undefined) return {}
  const given = isObject(value) ? Object.entries(value) : []
  const headers = given.filter((one): one is [string, string] => typeof one[1] === 'string')
  const own = /^(?:connection|content-length|content-type|host|transfer-encoding)$/i
  const isPlain = headers.every(([name, text]) => /^[\w!#$%&'*+.^`|~-]+$/.test(name) && /^[\t\x20-\x7e]*$/.test(text))
  if (isObject(value) && headers.length === given.length && isPlain && !headers.some(([name]) => own.test(name))) {
    return Object.fromEntries(headers)
  }
  const path = [...params.path, key]
  report.problem(path, `${path.join('.')} is not a map of headers that you may set`, 'Correct the line.')
  return {}
}
