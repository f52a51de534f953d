import type { JsonObject } from '../json.ts'

/** OpenAI's words for a text that is too long. */
export const tooLong = (param: string, given: string, most: number): string =>
  `Invalid '${param}': string too long. Expected a string with maximum length ${most}, but got a string with length ${given.length} instead.`

/** Names of users and caches: 64 characters at the most, at OpenAI, Copilot and ChatGPT alike. */
const names = ['user', 'safety_identifier', 'prompt_cache_key']

/** The first of the names in a request that is too long. */
export function findLongName(body: JsonObject): { readonly message: string; readonly param: string } | undefined {
  for (const param of names) {
    const given = body[param]
    if (typeof given === 'string' && given.length > 64) return { message: tooLong(param, given, 64), param }
  }
  return undefined
}
