import { readAddress, type ProviderSettings, type ProviderType } from '@crossfeed/engine'
import { refuseCall } from './errors.ts'
import type { CallOptions } from './options.ts'

/** A provider of a program's own. */
export interface OwnProvider extends Pick<
  ProviderSettings,
  'endpoints' | 'apiKey' | 'bearerToken' | 'keyHeader' | 'apiVersion' | 'headers' | 'models'
> {
  /** What it is. Default `compatible`: a server with OpenAI's protocol. */
  readonly type?: ProviderType | undefined
  /** Its address: with the version path, for `azure` the host alone. */
  readonly baseUrl: string
}

const spellings = { openai: 'whole', compatible: 'whole', azure: 'host', anthropic: 'bare', ollama: 'bare' } as const

/** The provider of a name that is one of the program's own. Throws BadRequestError for its address, and for a call with another. */
export function findOwn(
  providers: Readonly<Record<string, OwnProvider>>,
  model: string,
  call: CallOptions,
): { readonly word: string; readonly settings: () => ProviderSettings } | undefined {
  const word = model.slice(0, Math.max(0, model.indexOf('/')))
  const own = Object.hasOwn(providers, word) ? providers[word] : undefined
  if (own === undefined) return undefined
  for (const name of ['apiBase', 'apiKey', 'apiVersion'] as const)
    if (call[name] !== undefined) throw refuseCall(`${name} is no option of calls to ${word}.`, 'Give it in providers.')
  const settings = (): ProviderSettings => {
    const { type = 'compatible' } = own
    const address = readAddress(own.baseUrl, { type, spelling: spellings[type] })
    if ('fault' in address) throw refuseCall(`The baseUrl of ${word} ${address.fault}.`, address.fix, model, word)
    return { ...own, name: word, type, baseUrl: address.baseUrl }
  }
  return { word, settings }
}
