import type { KeyOrToken } from '../keyed.ts'

/** Ollama asks for no key; a proxy before it may (PROV-05). */
export function authorize({ apiKey, bearerToken }: KeyOrToken): Record<string, string> {
  const token = bearerToken ?? apiKey
  return token ? { authorization: `Bearer ${token}` } : {}
}
