import {
  readAddress,
  servesOpenAi,
  type CodexSettings,
  type ModelSettings,
  type ProviderSettings,
} from '@crossfeed/engine'
import type { ProtocolId } from '@crossfeed/protocols'
import { isLoopback } from '../../access/host.ts'
import type { Report } from '../report.ts'
import { kinds, protocolsOfModelType, type Kind } from './provider-kinds.ts'
import { faultOfName } from './provider-names.ts'
import type { FileModel, FileProvider, TypeWord } from './provider-schema.ts'

/** One entry of `providers`, read; `left-out` has said why in a warning, `wrong` in a problem. */
export type ReadProvider =
  | { readonly kind: 'keyed'; readonly settings: ProviderSettings }
  | { readonly kind: 'codex'; readonly settings: CodexSettings }
  | { readonly kind: 'left-out' | 'wrong' }

/** Reads one entry of `providers`, in either vocabulary or a mix (C-15 … C-18). */
export function readProvider(name: string, file: FileProvider, report: Report): ReadProvider {
  const at = (...keys: readonly string[]): readonly string[] => ['providers', name, ...keys]
  const wrong = (path: readonly string[], message: string, fix: string): ReadProvider => {
    report.problem(path, message, fix)
    return { kind: 'wrong' }
  }
  const badName = faultOfName(name)
  if (badName) return wrong(at(), badName.message, badName.fix)
  if (file.enabled === false) return { kind: 'left-out' }
  const word = typeOf(name, file)
  if (file.authType === 'oauth2' && word !== 'codex') {
    const fix = 'Use x-api-key, authorization or none; oauth2 is for type codex.'
    return wrong(at('authType'), `providers.${name}.authType cannot be oauth2`, fix)
  }
  if (word === 'codex') return readCodex(name, file, report)
  const kind = kinds[word]
  const isNamed = file.type !== undefined || Object.hasOwn(kinds, name)
  if (file.baseUrl === undefined && (kind.needsBaseUrl || !isNamed)) {
    return wrong(at(), `providers.${name} has no baseUrl`, 'Give the address of its API as baseUrl.')
  }
  const address = file.baseUrl === undefined ? undefined : readAddress(file.baseUrl, kind)
  if (address && 'fault' in address) {
    return wrong(at('baseUrl'), `providers.${name}.baseUrl ${address.fault}`, address.fix)
  }
  const baseUrl = address?.baseUrl
  if (!hasKey(file, kind, baseUrl)) {
    const without = 'apiKey: "" where it needs none'
    report.warn(at(), `providers.${name} is left out: it has no apiKey (or bearerToken; ${without})`)
    return { kind: 'left-out' }
  }
  return { kind: 'keyed', settings: readKeyed(name, file, kind, baseUrl) }
}

/** The word that was given, the name where it is such a word, and else OpenAI's form (PROV-01). */
function typeOf(name: string, file: FileProvider): TypeWord {
  const isCodex = name === 'codex' && (file.type === undefined || file.authType === 'oauth2')
  if (isCodex) return 'codex'
  if (file.type !== undefined) return file.type
  return isTypeWord(name) ? name : 'openai'
}

function isTypeWord(name: string): name is TypeWord {
  return Object.hasOwn(kinds, name)
}

/** Only Ollama, a server on this machine, or one of which it is said goes without (C-17, PROV-05). */
function hasKey(file: FileProvider, { type }: Kind, baseUrl: string | undefined): boolean {
  if (file.bearerToken || file.apiKey !== undefined || file.authType === 'none') return true
  const names = Object.keys(file.headers ?? {}).map((name) => name.toLowerCase())
  if (names.some((name) => ['authorization', 'x-api-key', 'api-key'].includes(name))) return true
  return type === 'ollama' || (baseUrl !== undefined && isLoopback(new URL(baseUrl).hostname))
}

function readKeyed(name: string, file: FileProvider, kind: Kind, baseUrl: string | undefined): ProviderSettings {
  const isOpenAi = kind.type === 'compatible' && baseUrl !== undefined && servesOpenAi(baseUrl)
  const endpoints = endpointsOf(file, kind)
  const apiVersion = file.apiVersion ?? file.azure?.apiVersion
  const models = readModels(file.models)
  const keyHeader = file.authType === 'none' || file.authType === 'oauth2' ? undefined : file.authType
  return {
    name,
    type: isOpenAi || kind.type === 'codex' ? 'openai' : kind.type,
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(endpoints === undefined ? {} : { endpoints }),
    ...(file.apiKey && file.authType !== 'none' ? { apiKey: file.apiKey } : {}),
    ...(file.bearerToken && file.authType !== 'none' ? { bearerToken: file.bearerToken } : {}),
    ...(keyHeader === undefined ? {} : { keyHeader }),
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(file.headers === undefined ? {} : { headers: file.headers }),
    ...(models === undefined ? {} : { models }),
    ...(file.adjustInputTokens === undefined ? {} : { adjustInputTokens: file.adjustInputTokens }),
  }
}

/** `endpoints` over `wireApi` over what the type's word says. Anthropic's own form has no wire API (PROV-03). */
function endpointsOf(file: FileProvider, kind: Kind): readonly ProtocolId[] | undefined {
  if (file.endpoints !== undefined) return file.endpoints
  if (file.wireApi !== undefined && kind.type !== 'anthropic') {
    return [file.wireApi === 'responses' ? 'responses' : 'chat']
  }
  return kind.endpoints
}

/** Why settings that other providers have are not used for a ChatGPT sign-in: it is kept by itself, and asked in one way. */
const unusedOfCodex = {
  baseUrl: 'upstreams.codex sets the address',
  apiKey: 'a ChatGPT sign-in is kept by itself',
  bearerToken: 'a ChatGPT sign-in is kept by itself',
  apiVersion: 'ChatGPT has no such setting',
  azure: 'ChatGPT has no such setting',
  wireApi: 'ChatGPT speaks Responses only',
  endpoints: 'ChatGPT speaks Responses only',
  adjustInputTokens: 'ChatGPT has no such setting',
} as const satisfies { readonly [Key in keyof FileProvider]?: string }

function readCodex(name: string, file: FileProvider, report: Report): ReadProvider {
  const at = ['providers', name]
  const sayUnused = (path: readonly string[], why: string): void =>
    report.warn(path, `${path.join('.')} is not used: ${why}`)
  for (const [key, why] of Object.entries(unusedOfCodex)) if (Object.hasOwn(file, key)) sayUnused([...at, key], why)
  const models = namedModels(file.models).map(([model, given]) => {
    const { wireModel, limits, extraBody, ...rest } = given ?? {}
    for (const key of Object.keys(rest)) sayUnused([...at, 'models', model, key], 'ChatGPT has no such setting')
    return [
      model,
      {
        ...(wireModel === undefined ? {} : { wireModel }),
        ...(limits === undefined ? {} : { limits }),
        ...(extraBody === undefined ? {} : { extraBody }),
      },
    ] as const
  })
  return {
    kind: 'codex',
    settings: {
      name,
      ...(file.headers === undefined ? {} : { headers: file.headers }),
      ...(file.models === undefined ? {} : { models: Object.fromEntries(models) }),
    },
  }
}

function readModels(models: FileProvider['models']): Readonly<Record<string, ModelSettings>> | undefined {
  if (models === undefined) return undefined
  return Object.fromEntries(namedModels(models).map(([name, model]) => [name, readModel(model ?? {})]))
}

/** A list of names, or a map of names to settings, as pairs. */
function namedModels(models: FileProvider['models'] = []): readonly (readonly [string, FileModel | null])[] {
  return Array.isArray(models) ? models.map((name) => [name, null]) : Object.entries(models)
}

function readModel(model: FileModel): ModelSettings {
  const { type, endpoints = type && protocolsOfModelType[type], ...rest } = model
  return { ...rest, ...(endpoints === undefined ? {} : { endpoints }) }
}
