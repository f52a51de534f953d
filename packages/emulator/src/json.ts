/** A JSON object whose members are not known yet. */
export type JsonObject = { readonly [key: string]: unknown }

/** Whether a JSON value is an object (not an array, not null). */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The objects of a JSON array; everything else is left out, and what is no array is an empty list. */
export const objectsOf = (value: unknown): readonly JsonObject[] => (Array.isArray(value) ? value.filter(isObject) : [])

/** The strings of a JSON array. */
export const stringsOf = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : []

/** A string member, or the empty string. */
export const stringOf = (value: unknown): string => (typeof value === 'string' ? value : '')

/** A finite number, or nothing. */
export const numberOf = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined

/** Whether a member was sent: null counts as left out. */
export const isGiven = (value: unknown): boolean => value !== undefined && value !== null
