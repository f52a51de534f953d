import { isObject, parseJson, type Json, type MutableJson } from './json.ts'

/** Reading and writing numbers by their own digits, which Node has and TypeScript's library does not yet know (ECMAScript 2026). */
interface ByDigits {
  rawJSON?: (digits: string) => object
  isRawJSON?: (value: unknown) => boolean
  parse(text: string, revive: (key: string, value: unknown, context?: { readonly source?: string }) => unknown): unknown
}

const byDigits: ByDigits = JSON

/**
 * The value of a tool's arguments; undefined when they are not JSON. Numbers that a double cannot hold (ids of 64 bits) are
 * kept by their digits, as values that only `JSON.stringify` understands.
 */
export function parseArguments(text: string): Json | undefined {
  return hasLongNumber(text) ? parseByDigits(text, (exact) => exact) : parseJson(text)
}

/** Arguments as text, byte for byte; some servers and clients put the parsed object there. Empty when there are none. */
export function textOfArguments(value: Json | undefined): string {
  if (typeof value === 'string') return value
  return value === undefined || value === null ? '' : JSON.stringify(value)
}

/**
 * A piece of a call's arguments; nothing where `null` is all that they are, as Llama has it for a tool without parameters.
 * `before` is what came before it.
 */
export function withoutNull(piece: string, before: string): string {
  return piece === 'null' && before === '' ? '' : piece
}

/** The value of a body; undefined when it is not JSON. Long numbers are kept by their digits in the arguments of tools only. */
export function parseBody(text: string): Json | undefined {
  return hasLongNumber(text) ? parseByDigits(text, roundOutside) : parseJson(text)
}

function parseByDigits(text: string, then: (exact: Json) => Json): Json | undefined {
  const { rawJSON } = byDigits
  if (!rawJSON) return parseJson(text)
  try {
    const exact = byDigits.parse(text, (_key, value, context) => {
      const source = context?.source
      const isShort = typeof value !== 'number' || source === undefined || source.length < longNumber
      return isShort || String(value) === source ? value : rawJSON(source)
    })
    // JSON.parse gives exactly the values that Json describes; a number kept by its digits is an object that nobody looks into.
    return then(exact as Json)
  } catch {
    // Not JSON, or nested too deeply for a reader that calls itself.
    return parseJson(text)
  }
}

/** Digits that a number needs to be beyond what a double can hold. */
const longNumber = 16

/**
 * Whether a run of so many digits stands where a number may. Every such run covers a place that is a multiple of its length,
 * so that no more than these need be looked at: requests have megabytes.
 */
function hasLongNumber(text: string): boolean {
  for (let at = longNumber - 1; at < text.length; at += longNumber) {
    // As `isDigit`, without a call for each place of a long text.
    const code = text.charCodeAt(at)
    if (code < 48 || code > 57) continue
    let start = at
    while (isDigit(text, start - 1)) start--
    let end = at + 1
    while (isDigit(text, end)) end++
    if (end - start >= longNumber && mayBeNumber(text, start)) return true
    at = end - 1
  }
  return false
}

/** Whether digits may be a number of the document, and not of some document within a string of it. */
function mayBeNumber(text: string, digits: number): boolean {
  // No more than one number is walked back over: text of digits and dots alone would be walked over again for each run.
  let start = digits
  if (text[start - 1] === '.') {
    start--
    while (isDigit(text, start - 1)) start--
  }
  if (text[start - 1] === '-') start--
  const before = lastBefore(text, start)
  const sign = text[before]
  if (sign !== ':') return sign === undefined || sign === '[' || sign === ','
  const quote = lastBefore(text, before)
  return text[quote] === '"' && text[quote - 1] !== '\\'
}

/** Where the last character before `at` stands that is no white space. */
function lastBefore(text: string, at: number): number {
  let found = at - 1
  while (/\s/.test(text[found] ?? '')) found--
  return found
}

function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at)
  return code >= 48 && code <= 57
}

/** The value with plain numbers everywhere but in the arguments of tools, which nobody but their tool understands. */
function roundOutside(value: Json): Json {
  if (Array.isArray(value)) return value.map(roundOutside)
  if (!isObject(value)) return value
  if (byDigits.isRawJSON?.(value)) return Number(value['rawJSON'])
  const rounded: MutableJson = {}
  for (const [name, member] of Object.entries(value)) {
    const isInput = (name === 'input' || name === 'arguments') && isObject(member)
    // A member called `__proto__` is none of any protocol, and set here it would become what the object inherits.
    if (member !== undefined && name !== '__proto__') rounded[name] = isInput ? member : roundOutside(member)
  }
  return rounded
}
