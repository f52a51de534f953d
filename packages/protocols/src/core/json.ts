/** Any JSON value. Objects may hold `undefined` members, which serialisation leaves out. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject

/** A JSON object whose members are read only after they are checked. */
export interface JsonObject {
  readonly [key: string]: Json | undefined
}

/** A JSON object under construction; assignable to `JsonObject` once built. */
export interface MutableJson {
  [key: string]: Json | undefined
}

/** Whether `value` is a JSON object: not null, not an array. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** `value` when it is a string. */
export function asString(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** `value` when it is a finite number. */
export function asNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** `value` when it is a boolean. */
export function asBoolean(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined
}

/** `value` when it is an object, else undefined. */
export function asObject(value: unknown): JsonObject | undefined {
  return isObject(value) ? value : undefined
}

/** The objects of a list; anything else counts as an empty list. */
export function asObjects(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : []
}

/** `value` when it is a list of nothing but texts. */
export function asStrings(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((one) => typeof one === 'string') ? value : undefined
}

/** The texts of a list; anything else counts as an empty list. */
export function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : []
}

/**
 * The members of `object` whose keys are not in `known`; undefined when there are none. A member called `__proto__` is no
 * member of any protocol, and set on an object it would become what that object inherits.
 */
export function rest(object: JsonObject, known: ReadonlySet<string>): JsonObject | undefined {
  let kept: MutableJson | undefined
  for (const key in object) {
    if (known.has(key) || object[key] === undefined || key === '__proto__') continue
    kept ??= {}
    kept[key] = object[key]
  }
  return kept
}

/** The members that have a value, as exact optional properties want them. */
export function present<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  // Only undefined members are left out, which is what the type says.
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}

/** The value of a JSON text, or undefined when it is not JSON. A byte order mark before it is passed over (RFC 8259, 8.1). */
export function parseJson(text: string): Json | undefined {
  try {
    // JSON.parse gives exactly the values that Json describes.
    return JSON.parse(text) as Json
  } catch {
    // Not JSON: the caller decides what that means.
    return text.startsWith('\ufeff') && !text.startsWith('\ufeff', 1) ? parseJson(text.slice(1)) : undefined
  }
}

/** The object of a JSON text, or undefined when it is not JSON or not an object. */
export function parseObject(text: string): JsonObject | undefined {
  return asObject(parseJson(text))
}
