import type { Document, Node } from 'yaml'

/** Something that the parser could not read. */
export interface SyntaxSlip {
  readonly line: number
  readonly message: string
  readonly fix: string
}

/** A config file's text with its tree, so that a problem can name the line. JSON is read as the YAML that it is. */
export interface Source {
  /** The plain values; undefined for an empty file. */
  readonly value: unknown
  /** What the parser could not read. */
  readonly syntax: readonly SyntaxSlip[]
  /** The line of a key or list item, and that line for display, without anything secret. */
  locate(path: readonly PropertyKey[]): { readonly line: number; readonly shown: string }
}

/** Reads `text` as YAML or JSON. Loads the YAML parser. */
export async function readSource(text: string): Promise<Source> {
  const { LineCounter, isMap, isScalar, isSeq, parseDocument } = await import('yaml')
  const counter = new LineCounter()
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false })
  const lines = text.split(/\r?\n/)

  function locate(path: readonly PropertyKey[]): { line: number; shown: string } {
    const found = find(document, path)
    const line = found === undefined ? 1 : counter.linePos(found.start).line
    // Of a list item that is a group there is nothing to show.
    if (found === undefined || (found.key ?? found.scalar) === undefined) return { line, shown: '' }
    const indent = /^[\s-]*/.exec(lines[line - 1] ?? '')?.[0] ?? ''
    const secret = path.some((key) => secretKey.test(String(key)))
    const value = found.scalar === undefined || secret ? '…' : found.scalar.slice(0, 80)
    const shown = found.key === undefined ? value : `${found.key}: ${value}`
    return { line, shown: indent.replaceAll('\t', '  ') + shown }
  }

  /** Where the pair or item at `path` starts: as far down as the file goes. */
  function find(root: Document, path: readonly PropertyKey[]): Place | undefined {
    let node: unknown = root.contents
    let place: Place | undefined
    for (const key of path) {
      if (isMap(node)) {
        const pair = node.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key))
        if (pair === undefined) break
        node = pair.value
        place = { start: startOf(pair.key), key: String(key), scalar: isScalar(node) ? sourceOf(node) : undefined }
      } else if (isSeq(node)) {
        node = node.items[Number(key)]
        if (node === undefined) break
        place = { start: startOf(node), key: undefined, scalar: isScalar(node) ? sourceOf(node) : undefined }
      } else break
    }
    return place
  }

  const sourceOf = (node: Node): string => text.slice(node.range?.[0] ?? 0, node.range?.[1] ?? 0)

  // What the parser says after its first error is mostly what that one leads it to.
  const [error] = document.errors
  if (error !== undefined) {
    const line = counter.linePos(error.pos[0]).line
    const slip = { line, message: firstLine(error.message), fix: fixes[error.code] ?? usualFix }
    return { value: undefined, syntax: [slip], locate }
  }
  try {
    const value: unknown = document.toJS()
    if (isEndless(value)) throw new Error('an alias stands within what it stands for')
    return { value, syntax: [], locate }
  } catch (cause) {
    // An alias that names nothing, aliases of aliases that would fill the memory, or one that has no end.
    const message = cause instanceof Error ? firstLine(cause.message) : 'cannot be read'
    return {
      value: undefined,
      syntax: [{ line: 1, message, fix: 'Write the value itself in place of *name.' }],
      locate,
    }
  }
}

function isEndless(value: unknown): boolean {
  try {
    JSON.stringify(value)
    return false
  } catch {
    // Of what a file can hold, nothing else cannot be written as JSON.
    return true
  }
}

/** What to do about a slip that cannot be told more of. */
export const usualFix = 'Mend the line; nothing was changed.'

/** What to do about the slips that are made most, by the parser's words for them. */
const fixes: Readonly<Record<string, string>> = {
  BLOCK_AS_IMPLICIT_KEY:
    'Give the lines of one group the same indent; put quotes around a text that holds a colon and a blank.',
  BAD_INDENT: 'Give the lines of one group the same indent, and close each bracket.',
  TAB_AS_INDENT: 'Indent with blanks.',
  DUPLICATE_KEY: 'Keep one of the two.',
  MISSING_CHAR: 'Close what is open: a quote, a bracket, or a key with its colon.',
  UNEXPECTED_TOKEN: 'Put quotes around a text that begins or goes on with a sign, such as * & [ { | > % @.',
  BAD_SCALAR_START: 'Put quotes around a text that begins with a sign.',
}

/** Keys whose values are not to be shown. */
const secretKey = /key|token|secret|passw|auth|credential|header/i

interface Place {
  readonly start: number
  readonly key: string | undefined
  readonly scalar: string | undefined
}

function startOf(node: unknown): number {
  // Every node that the parser made has a range.
  return (node as Node | null)?.range?.[0] ?? 0
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message
}
