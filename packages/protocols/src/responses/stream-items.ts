import { asNumber, asString, isObject, type Json, type JsonObject } from '../core/json.ts'
import type { Part } from '../core/part.ts'
import { kindOfItem, type ItemKind } from './output-item.ts'

/** A part under way. */
export interface OpenPart {
  readonly index: number
  /** The part as it started. */
  readonly part: Part
  text: string
  citations: number
  /** The whole content part, once its own end event has said it. */
  whole?: JsonObject
  ended: boolean
}

/** An output item under way. */
export interface OpenItem {
  /** Its place in the answer as far as the server tells it, else the order in which it came. */
  readonly place: number
  kind: ItemKind
  item: JsonObject
  /** By `content_index`; items other than messages have one part. */
  readonly parts: OpenPart[]
  /** The summary or content of a reasoning item that is being streamed. */
  segment: number
  done: boolean
}

/**
 * Tells which item an event is about. The `output_index` alone ties most streams together, since ids may change in every event
 * (Copilot). llama.cpp sends none (ggml-org/llama.cpp#20607), nor does Lemonade (lemonade-sdk/lemonade#3607), and gateways that
 * make such streams of others have put all items at one index: there ids and kinds say what belongs together.
 */
export class StreamItems {
  readonly all: OpenItem[] = []
  /** The latest item at each index. */
  readonly #byIndex = new Map<number, OpenItem>()
  readonly #byId = new Map<string, OpenItem>()
  /** Indexes at which there is more than one item. */
  readonly #crowded = new Set<number>()

  /** The item that `said` announces. */
  announced(data: JsonObject, said: JsonObject): OpenItem {
    const index = indexOf(data)
    const at = index === undefined ? this.#named(said) : this.#byIndex.get(index)
    const isFree = at !== undefined && !at.done && (at.item['type'] === undefined || isSame(at.item, said))
    const open = isFree ? at : this.#create(kindOfItem(said), index)
    this.#note(open, said)
    return open
  }

  /** The item of this kind that a piece belongs to. */
  of(data: JsonObject, kind: ItemKind): OpenItem {
    return this.find(data, kind) ?? this.#create(kind, indexOf(data))
  }

  /** The same, undefined where there is none. */
  find(data: JsonObject, kind: ItemKind): OpenItem | undefined {
    const index = indexOf(data)
    const at = index === undefined ? undefined : this.#byIndex.get(index)
    const isPlain = at?.kind === kind && !this.#crowded.has(at.place)
    if (isPlain || (index !== undefined && !at)) return at
    const named = this.#byId.get(asString(data['item_id']) ?? '')
    return named?.kind === kind ? named : this.all.findLast((one) => one.kind === kind && !one.done)
  }

  /** The item whose end `said` is. */
  ended(data: JsonObject, said: JsonObject): OpenItem {
    const index = indexOf(data)
    const kind = kindOfItem(said)
    const at = index === undefined ? undefined : this.#byIndex.get(index)
    const isCrowded = index === undefined || this.#crowded.has(index)
    if (at && !isCrowded && (at.done ? isSame(at.item, said) : at.kind === kind)) return at
    const found =
      index !== undefined && !at
        ? undefined
        : (this.#named(said) ?? this.all.find((one) => !one.done && isAlike(one, said)))
    const open = found ?? this.#create(kind, index)
    this.#note(open, said)
    return open
  }

  /** The items that the entries of a whole answer are; those that were never streamed are new. */
  entries(output: readonly Json[]): readonly (readonly [OpenItem, JsonObject])[] {
    const entries = output.map((entry, index) => ({ entry, index })).filter(isItem)
    const found = new Map<number, OpenItem>()
    const claimed = new Set<OpenItem>()
    const claim = (find: (entry: JsonObject, index: number) => OpenItem | undefined): void => {
      for (const { entry, index } of entries) {
        const open = found.has(index) ? undefined : find(entry, index)
        if (!open || claimed.has(open)) continue
        found.set(index, open)
        claimed.add(open)
      }
    }
    claim((entry, index) => {
      const at = this.#crowded.has(index) ? undefined : this.#byIndex.get(index)
      return at && isAlike(at, entry) ? at : undefined
    })
    claim((entry) => this.#named(entry))
    // Some servers make up new ids for the last event (vllm-project/vllm#38227).
    claim((entry) => this.all.find((one) => !claimed.has(one) && isAlike(one, entry)))
    return entries.map(({ entry, index }) => {
      const open = found.get(index) ?? this.#create(kindOfItem(entry), index)
      this.#note(open, entry)
      return [open, entry] as const
    })
  }

  #named(said: JsonObject): OpenItem | undefined {
    for (const id of idsOf(said)) {
      const open = this.#byId.get(id)
      if (open && isAlike(open, said)) return open
    }
    return undefined
  }

  #note(open: OpenItem, said: JsonObject): void {
    for (const id of idsOf(said)) this.#byId.set(id, open)
  }

  #create(kind: ItemKind, index: number | undefined): OpenItem {
    const place = index ?? this.all.length
    const open: OpenItem = { place, kind, item: {}, parts: [], segment: -1, done: false }
    this.all.push(open)
    if (index === undefined) return open
    if (this.#byIndex.has(index)) this.#crowded.add(index)
    this.#byIndex.set(index, open)
    return open
  }
}

/** Places beyond this are none: a list that is as long as the largest number would take hours to walk. */
const mostPlaces = 10_000

/** A place that a member tells; undefined where it tells none. */
export function placeIn(data: JsonObject, member: string): number | undefined {
  const index = asNumber(data[member])
  return index !== undefined && Number.isInteger(index) && index >= 0 && index < mostPlaces ? index : undefined
}

function indexOf(data: JsonObject): number | undefined {
  return placeIn(data, 'output_index')
}

function isItem(one: { entry: Json; index: number }): one is { entry: JsonObject; index: number } {
  return isObject(one.entry)
}

/** The id of an item, and of the call that it is: llama.cpp tells of the arguments of a call under that one. */
function idsOf(said: JsonObject): readonly string[] {
  return [said['id'], said['call_id']].flatMap((id) => asString(id) || [])
}

function isAlike(open: OpenItem, said: JsonObject): boolean {
  if (open.kind !== kindOfItem(said)) return false
  return open.kind !== 'native' || open.item['type'] === said['type']
}

/** Whether two words on an item at one index are on the same item: its ids, as far as both have them. */
function isSame(one: JsonObject, other: JsonObject): boolean {
  if (one['type'] !== other['type']) return false
  const member = one['call_id'] === undefined || other['call_id'] === undefined ? 'id' : 'call_id'
  return one[member] === undefined || other[member] === undefined || one[member] === other[member]
}
