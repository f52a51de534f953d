import { GatewayError } from '@crossfeed/protocols'

/** How an address is meant: `whole` has the version path in it (S000), `bare` leaves it to the program (S004). */
export type BaseUrlSpelling = 'whole' | 'bare'

/** A version at the end of a path: `/v1`, `/openai/v1`, `/v1beta/openai`. */
const versioned = /\/v\d+[a-z]*\d*(?:\/openai)?$/i
/** Endpoint paths that people copy along with the address. */
const endpoint = /\/(?:chat\/completions|completions|responses|messages|embeddings|models)$/i

/**
 * The address that endpoint paths follow, without a slash at its end. Both spellings come out the same and `/v1` is never
 * doubled: it is added to an address that has no path at all, and in the bare spelling to one that ends in no version
 * (C-16; PROV-04, PROV-21). Throws `invalid-request` with reason `base-url` where it is no address.
 */
export function readBaseUrl(text: string, spelling: BaseUrlSpelling): string {
  const url = parse(text)
  const path = url.pathname.replace(/\/+$/, '').replace(endpoint, '')
  const complete = versioned.test(path) || (spelling === 'whole' && path !== '')
  return `${url.origin}${path}${complete ? '' : '/v1'}`
}

/** The address without a slash at its end, and nothing added. Throws as `readBaseUrl`. */
export function readPlainUrl(text: string): string {
  const url = parse(text)
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`
}

function parse(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isWeb = url !== undefined && (url.protocol === 'https:' || url.protocol === 'http:')
  if (isWeb && url.username === '' && url.password === '') return url
  throw new GatewayError('invalid-request', 400, 'The base URL of a provider cannot be read.', {
    reason: 'base-url',
    fix: 'Write it as https://host/v1 or http://127.0.0.1:11434/v1, without a user name in it.',
  })
}
