import type { Document, Node } from 'yaml'

/** A config file's text with its tree, so that a problem can name the line. JSON is read as the YAML that it is. */
export interface Source {
  /** The plain values; undefined for an empty file. */
  readonly value: unknown
  /** What the parser could not read. */
  readonly syntax: readonly { readonly line: number; readonly message: string }[]
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

  const syntax = document.errors.map((error) => ({
    line: counter.linePos(error.pos[0]).line,
    message: firstLine(error.message),
  }))
  if (syntax.length > 0) return { value: undefined, syntax, locate }
  try {
    return { value: document.toJS(), syntax, locate }
  } catch (error) {
    // An alias that names nothing, or aliases of aliases that would fill the memory.
    const message = error instanceof Error ? firstLine(error.message) : 'cannot be read'
    return { value: undefined, syntax: [{ line: 1, message }], locate }
  }
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
