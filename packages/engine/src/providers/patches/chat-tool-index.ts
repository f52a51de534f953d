import {
  asNumber,
  asObject,
  asObjects,
  asString,
  madeUpCallId,
  type Json,
  type JsonObject,
  type MutableJson,
} from '@crossfeed/protocols'

/** Gives the pieces of streamed tool calls one index for each call, ids where there are none, and names only once. */
export interface ToolIndex {
  /** How many calls were seen. */
  readonly count: number
  /** Whether pieces carry another index than the call that they belong to, so that all have to be looked at. */
  readonly isShifted: boolean
  mend(pieces: readonly JsonObject[], chunkId: string): readonly JsonObject[]
}

/** Q16: a new id is a new call even under an index that was used; a piece without an id belongs to the call of its index. */
export function createToolIndex(): ToolIndex {
  const byId = new Map<string, number>()
  const byIndex = new Map<number, number>()
  let count = 0
  let isShifted = false
  const nameless = new Set<number>()

  const callOf = (id: string | undefined, index: number | undefined): number => {
    const known = id === undefined ? undefined : byId.get(id)
    if (known !== undefined) return known
    if (id === undefined && count > 0) {
      if (index === undefined) return count - 1
      const same = byIndex.get(index)
      if (same !== undefined) return same
    }
    return count
  }
  return {
    get count() {
      return count
    },
    get isShifted() {
      return isShifted
    },
    mend: (pieces, chunkId) =>
      pieces.map((piece) => {
        const id = asString(piece['id']) || undefined
        const index = asNumber(piece['index'])
        const call = callOf(id, index)
        const isNew = call === count
        if (isNew) count++
        if (index !== undefined) byIndex.set(index, call)
        const name = id ?? madeUpCallId(chunkId, call)
        if (isNew) byId.set(name, call)
        if (index !== call) isShifted = true
        const inner = asObject(piece['function'])
        const isNamed = Boolean(asString(inner?.['name']))
        const keepsName = isNamed && nameless.delete(call)
        if (isNew && inner && !isNamed) nameless.add(call)
        return isNew ? firstPiece(piece, call, name) : laterPiece(piece, call, keepsName)
      }),
  }
}

function firstPiece(piece: JsonObject, index: number, id: string): JsonObject {
  const inner = asObject(piece['function'])
  const called = inner && { ...inner, arguments: textOf(inner['arguments']) }
  const isWhole = inner === undefined || inner['arguments'] === called?.arguments
  if (piece['index'] === index && piece['id'] === id && piece['type'] !== undefined && isWhole) return piece
  return { ...piece, index, id, type: piece['type'] ?? 'function', ...(called ? { function: called } : {}) }
}

/** Clients put together what they get twice, so id, type and name are said only once; `keepsName` where it is the first time. */
function laterPiece(piece: JsonObject, index: number, keepsName: boolean): JsonObject {
  const inner = asObject(piece['function'])
  const isNameFit = keepsName || inner?.['name'] === undefined
  const isPlain = piece['id'] === undefined && piece['type'] === undefined && isNameFit
  const isText = inner === undefined || inner['arguments'] === textOf(inner['arguments'])
  if (isPlain && isText && piece['index'] === index) return piece
  const { id: _id, type: _type, ...others } = piece
  const copy: MutableJson = { ...others, index }
  if (inner) {
    const { name: _name, ...others } = inner
    const rest = keepsName ? inner : others
    copy['function'] = isText ? rest : { ...rest, arguments: textOf(inner['arguments']) }
  }
  return copy
}

/** Arguments as text; some servers put the object itself there. */
function textOf(given: Json | undefined): string {
  if (typeof given === 'string') return given
  return given === undefined || given === null ? '' : JSON.stringify(given)
}

/** The tool pieces of a delta. */
export function toolPieces(delta: JsonObject): readonly JsonObject[] {
  return asObjects(delta['tool_calls'])
}
