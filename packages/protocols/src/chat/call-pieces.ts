import { asNumber, asObject, asString, parseJson, rest, type JsonObject } from '../core/json.ts'
import { textOfArguments, withoutNull } from '../core/exact-json.ts'
import { madeUpCallId } from '../core/made-up-id.ts'
import type { OpenCall, OpenParts } from './open-parts.ts'
import { sealReturned } from './returned.ts'
import { keep, restWith, type Spelling } from './spelling.ts'

/** A call whose pieces are coming in. */
interface Call {
  readonly wireIndex: number | undefined
  /** The id that the server gave; undefined while it gave none. */
  given: string | undefined
  name: string
  readonly form: 'json' | 'text'
  readonly number: number
  kept: JsonObject | undefined
  readonly note: Spelling | undefined
  /** Whether the arguments so far end as whole ones do; to parse them after each piece would take the square of their length. */
  endsWhole: boolean
  /** The part, once there is something of the arguments; until then the name may still be growing. */
  open: OpenCall | undefined
}

const callMembers = new Set(['index', 'id', 'type', 'function', 'custom'])
const functionMembers = new Set(['name', 'arguments'])
const customMembers = new Set(['name', 'input'])

/**
 * Puts the pieces of tool calls together. Servers disagree on what ties them: the index, the id, both, or nothing but
 * the order; some give every call index 0, some repeat id and name on each piece, some never give an id.
 */
export class CallPieces {
  readonly #parts: OpenParts
  readonly #issuer: string
  readonly #answerId: () => string
  readonly #calls: Call[] = []
  readonly #byId = new Map<string, Call>()
  /** The latest call at each index. */
  readonly #byIndex = new Map<number, Call>()
  #legacy: Call | undefined

  /** `issuer` is who seals what has to come back with a call; `answerId` tells the answer's id once it is known. */
  constructor(parts: OpenParts, issuer: string, answerId: () => string) {
    this.#parts = parts
    this.#issuer = issuer
    this.#answerId = answerId
  }

  /** Calls so far. */
  get count(): number {
    return this.#calls.length
  }

  /** `whole` entries are calls of their own, whatever their index and id. */
  add(piece: JsonObject, whole: boolean): void {
    const custom = customOf(piece)
    const inner = custom ?? asObject(piece['function'])
    const name = asString(inner?.['name']) ?? ''
    const text = textOfArguments(inner?.[custom ? 'input' : 'arguments'])
    const id = asString(piece['id']) || undefined
    const wireIndex = asNumber(piece['index'])
    let call = whole ? undefined : this.#find({ id, wireIndex, name, text })
    if (call) {
      if (id !== undefined && call.given === undefined) this.#give(call, id)
      if (!call.open) growName(call, name)
      this.#addReturned(call, piece)
    } else {
      this.#startOthers()
      const form = custom || piece['type'] === 'custom' ? 'text' : 'json'
      const kept = restWith(piece, callMembers, [
        [custom ? 'custom' : 'function', inner, custom ? customMembers : functionMembers],
      ])
      call = this.#create({ wireIndex, name, form, kept, note: undefined })
      if (id !== undefined) this.#give(call, id)
    }
    this.#addText(call, text)
  }

  /** A piece of `function_call`, of which there is one. */
  addLegacy(piece: JsonObject): void {
    const name = asString(piece['name']) ?? ''
    const text = textOfArguments(piece['arguments'])
    // Some servers put an empty one beside every answer.
    if (name === '' && text === '' && !this.#legacy) return
    if (!this.#legacy) {
      this.#startOthers()
      const made = {
        wireIndex: undefined,
        name: '',
        form: 'json' as const,
        kept: undefined,
        note: { legacy: true as const },
      }
      this.#legacy = this.#create(made)
    }
    if (!this.#legacy.open) growName(this.#legacy, name)
    this.#addText(this.#legacy, text)
  }

  /** Opens the calls that had no arguments at all. */
  finish(): void {
    this.#startOthers()
  }

  /** What has to come back with a call usually comes with its first piece. */
  #addReturned(call: Call, piece: JsonObject): void {
    if (sealReturned('', piece) === undefined) return
    const kept = { ...call.kept, ...rest(piece, callMembers) }
    if (call.open && sealReturned('', call.kept) !== sealReturned('', kept)) this.#seal(call.open.id, kept)
    call.kept = kept
  }

  #seal(id: string, kept: JsonObject | undefined): void {
    const data = sealReturned(id, kept)
    if (data !== undefined) this.#parts.addSeal({ issuer: this.#issuer, protocol: 'chat', data })
  }

  #create(made: Omit<Call, 'given' | 'number' | 'endsWhole' | 'open'>): Call {
    const call: Call = { ...made, given: undefined, number: this.#calls.length, endsWhole: false, open: undefined }
    this.#calls.push(call)
    if (call.wireIndex !== undefined) this.#byIndex.set(call.wireIndex, call)
    return call
  }

  #give(call: Call, id: string): void {
    call.given = id
    this.#byId.set(id, call)
  }

  #find(piece: {
    id: string | undefined
    wireIndex: number | undefined
    name: string
    text: string
  }): Call | undefined {
    const { id, wireIndex, name, text } = piece
    const same = id === undefined ? undefined : this.#byId.get(id)
    if (same) return same
    const placed = wireIndex === undefined ? undefined : this.#byIndex.get(wireIndex)
    const latest = this.#calls.at(-1)
    if (id !== undefined) {
      const nameless = placed ?? (wireIndex === undefined ? latest : undefined)
      if (nameless && nameless.given === undefined && (name === '' || !nameless.open)) return nameless
      // An id that changes with every piece: only arguments, at a place that is taken.
      return name === '' && text !== '' ? placed : undefined
    }
    // A piece that names nothing goes on with a call, even at an index that nobody has seen.
    const candidate = placed ?? (name === '' || wireIndex === undefined ? latest : undefined)
    if (!candidate || name === '') return candidate
    if (!candidate.open) return candidate.given === undefined && wireIndex === undefined ? undefined : candidate
    // The same name again goes on with arguments that are not complete; anything else begins anew.
    const isWhole = candidate.endsWhole && parseJson(candidate.open.input) !== undefined
    return name === candidate.name && !isWhole ? candidate : undefined
  }

  #addText(call: Call, piece: string): void {
    const text = call.form === 'json' ? withoutNull(piece, call.open?.input ?? '') : piece
    if (text === '') return
    const end = text.trimEnd()
    if (end !== '') call.endsWhole = end.endsWith('}')
    call.open ??= this.#start(call)
    this.#parts.addInput(call.open, text)
  }

  #startOthers(): void {
    for (let at = this.#calls.length - 1; at >= 0; at--) {
      const call = this.#calls[at]
      if (!call || call.open) break
      call.open = this.#start(call)
    }
  }

  #start(call: Call): OpenCall {
    const { name, form, kept, note } = call
    const id = call.given ?? madeUpCallId(this.#answerId(), call.number)
    this.#seal(id, kept)
    return this.#parts.startCall({ id, name, form, extras: keep(kept, note) })
  }
}

/** The free-text call of a piece. Some servers write the members of both kinds, and leave one of them empty. */
function customOf(piece: JsonObject): JsonObject | undefined {
  const custom = asObject(piece['custom'])
  const isFilled = Boolean(custom?.['name'] || custom?.['input'])
  return piece['type'] === 'custom' || isFilled || !asObject(piece['function']) ? custom : undefined
}

function growName(call: Call, piece: string): void {
  if (piece !== '' && piece !== call.name) call.name += piece
}
