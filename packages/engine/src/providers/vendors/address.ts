import { GatewayError } from '@crossfeed/protocols'
import { readBaseUrl, readPlainUrl } from '../base-url.ts'
import type { ProviderType } from '../settings.ts'
import { isAzureHost } from './hosts.ts'

/** An address as the engine takes it, or what is wrong with it. */
export type ReadAddress = { readonly baseUrl: string } | { readonly fault: string; readonly fix: string }

/** How addresses of a kind are written: with the version path, without it, or the host alone (C-16). */
interface AddressedKind {
  readonly type: ProviderType | 'codex'
  readonly spelling: 'whole' | 'bare' | 'host'
}

/** Reads a provider's address in its kind's spelling, and explains Azure's two look-alikes (C-16, PROV-08 … PROV-11). */
export function readAddress(text: string, { type, spelling }: AddressedKind): ReadAddress {
  try {
    const plain = new URL(readPlainUrl(text))
    if (new URL(text).search !== '') {
      return {
        fault: 'has a query',
        fix: 'Leave out what follows the "?"; Azure takes apiVersion as a key of its own.',
      }
    }
    if (type === 'azure') return readAzure(plain)
    const isBare = plain.pathname === '/' || (type === 'openai' && !plain.pathname.includes('/openai/v1'))
    if (isAzureHost(plain.hostname) && isBare) {
      const fix = `Use type: azure with ${plain.origin}, or end it with /openai/v1.`
      return { fault: `is of an Azure resource, which type ${type} cannot call there`, fix }
    }
    return { baseUrl: spelling === 'host' ? readPlainUrl(text) : readBaseUrl(text, spelling) }
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error
    const fix = 'Write it as https://host/v1 or http://127.0.0.1:11434/v1, without a user name in it.'
    return { fault: 'is no http:// or https:// address', fix }
  }
}

function readAzure(url: URL): ReadAddress {
  if (!/\/openai(?:\/|$)/.test(url.pathname)) return { baseUrl: readPlainUrl(url.href) }
  if (url.pathname.endsWith('/openai/v1')) {
    const fix = 'Use type: openai with this address, or the host alone with apiVersion: v1.'
    return { fault: 'has /openai/v1 in it, which type azure writes itself', fix }
  }
  return { fault: 'has more than the host in it', fix: `Write ${url.origin} alone; type azure writes the path.` }
}

/** LiteLLM takes Azure's address with a path too: only what it says of the route is kept of that. */
export function readAzureBase(written: string): { readonly baseUrl: string; readonly apiVersion?: string } | undefined {
  if (!URL.canParse(written)) return undefined
  const url = new URL(written)
  const at = url.pathname.search(/\/openai(?:\/|$)/)
  const isV1 = /\/openai\/v1\/?$/.test(url.pathname)
  const baseUrl = url.origin + (at === -1 ? url.pathname : url.pathname.slice(0, at))
  return { baseUrl, ...(isV1 ? { apiVersion: 'v1' } : {}) }
}

/** Whether an address serves OpenAI's own models by OpenAI's rules, whatever word its provider is called by. */
export function servesOpenAi(baseUrl: string): boolean {
  const { hostname, pathname } = new URL(baseUrl)
  return hostname === 'api.openai.com' || (isAzureHost(hostname) && pathname.includes('/openai/v1'))
}
