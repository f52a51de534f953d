import type { Problem } from './problem.ts'
import { usualFix } from './source.ts'

/** Where a text stops being JSON, and what to do about it; undefined when it is JSON. Quotes nothing of it: it may hold keys. */
export function findJsonSlip(text: string): Problem | undefined {
  const slip = scan(text)
  if (slip === undefined) return undefined
  const line = text.slice(0, slip.at).split('\n').length
  const fix = slip.fix ?? fixAt(text, slip.at)
  const what = slip.at === text.length ? 'it ends too early' : slip.what
  return { line, message: `not JSON: ${what}`, shown: '', fix, reason: 'config-syntax' }
}

/** The place of the first character that JSON cannot have there; the text's length when it ends too early. */
interface Slip {
  readonly at: number
  readonly what: string
  readonly fix?: string
}

/** What is written instead of JSON most often. */
function fixAt(text: string, at: number): string {
  const sign = text[at] ?? ''
  const before = text.slice(0, at).trimEnd().at(-1)
  const isEnd = sign === '}' || sign === ']'
  if (sign === '/' || sign === '#') return 'JSON has no comments: remove it, or call the file config.yaml.'
  if (sign === "'") return 'Put double quotes around names and texts.'
  if (isEnd && before === ',') return 'Remove the comma before it.'
  if (isEnd && before === ':') return 'Give a value after the colon, or remove the line.'
  if (sign === '"' && before !== ':') return 'Put a comma after what stands before it.'
  if (sign === '') return 'Close what is open: a quote or a bracket.'
  return usualFix
}

const blank = /[ \t\n\r]*/y
const constant = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y
/** A text in quotes as far as it is right, without the last quote. */
const quoted = /"(?:[ !#-[\]-\uffff]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y

/**
 * Reads a text by JSON's grammar (RFC 8259), only to say where it leaves it: each runtime's own parser says that in its own words,
 * and some without a place.
 */
function scan(text: string): Slip | undefined {
  const open: ('{' | '[')[] = []
  let at = 0
  let next: 'value' | 'name' | 'end or value' | 'end or name' | 'end or comma' = 'value'
  for (;;) {
    at = ending(blank, text, at) ?? at
    const inside = open.at(-1)
    const sign = text[at]
    const isEnd = inside !== undefined && sign === (inside === '{' ? '}' : ']')
    if (isEnd && next.startsWith('end')) {
      open.pop()
      at++
      next = 'end or comma'
    } else if (next === 'end or comma') {
      if (inside === undefined) return sign === undefined ? undefined : { at, what: 'it goes on after its end' }
      if (sign !== ',') return { at, what: `a comma or ${inside === '{' ? '}' : ']'} is missing` }
      at++
      next = inside === '{' ? 'name' : 'value'
    } else if (next === 'name' || next === 'end or name') {
      if (sign !== '"') return { at, what: 'a name in double quotes is missing' }
      const end = readText(text, at)
      if (typeof end !== 'number') return end
      at = ending(blank, text, end) ?? end
      if (text[at] !== ':') return { at, what: 'a colon is missing after a name' }
      at++
      next = 'value'
    } else if (sign === '{' || sign === '[') {
      open.push(sign)
      at++
      next = sign === '{' ? 'end or name' : 'end or value'
    } else {
      const end = sign === '"' ? readText(text, at) : (ending(constant, text, at) ?? { at, what: 'a value is missing' })
      if (typeof end !== 'number') return end
      at = end
      next = 'end or comma'
    }
  }
}

/** Where the text in quotes that begins at `at` ends, or what is wrong in it. */
function readText(text: string, at: number): number | Slip {
  const end = ending(quoted, text, at) ?? at
  const sign = text[end]
  if (sign === '"') return end + 1
  if (sign === undefined) return { at: end, what: 'a text does not end' }
  // A path of Windows has signs behind its backslashes that mean nothing in JSON.
  if (sign === '\\') return { at: end, what: 'a backslash before a wrong sign', fix: 'Write each backslash twice.' }
  if (sign !== '\n' && sign !== '\r')
    return { at: end, what: 'a control character in a text', fix: 'Remove it; a tab is written \\t.' }
  return {
    at: end,
    what: 'a text does not end on its line',
    fix: 'Close it with a quote; a line break is written \\n.',
  }
}

/** Where the match that begins at `at` ends. */
function ending(pattern: RegExp, text: string, at: number): number | undefined {
  pattern.lastIndex = at
  return pattern.test(text) ? pattern.lastIndex : undefined
}
