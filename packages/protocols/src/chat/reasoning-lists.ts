import { asObject, asObjects, asString, parseJson, type JsonObject, type MutableJson } from '../core/json.ts'

/**
 * Members that list reasoning with what only its issuer can read of it: OpenRouter's details and LiteLLM's blocks, which are
 * those of Messages (docs.litellm.ai, "Reasoning content").
 */
const members = ['reasoning_details', 'thinking_blocks'] as const
type Member = (typeof members)[number]

/** The lists of an answer as they come, which go back as they were. */
export class ReasoningLists {
  readonly #lists = new Map<Member, MutableJson[]>()
  readonly #given = new Map<Member, string>()
  #hasGrown = false

  /** Adds what a delta or message has of them, and gives the readable words in it. */
  add(holder: JsonObject): string {
    let words = ''
    for (const member of members) {
      const added = holder[member]
      if (!Array.isArray(added) || added.length === 0) continue
      const list = this.#lists.get(member) ?? []
      this.#lists.set(member, list)
      this.#hasGrown = true
      join(list, asObjects(added))
      words ||= wordsIn(asObjects(added))
    }
    return words
  }

  /** The lists that have grown since and hold something sealed, each as the text of a seal. */
  take(): readonly string[] {
    if (!this.#hasGrown) return nothing
    this.#hasGrown = false
    const taken: string[] = []
    for (const [member, list] of this.#lists) {
      if (!isSealed(list)) continue
      const data = JSON.stringify(list)
      if (data === this.#given.get(member)) continue
      this.#given.set(member, data)
      taken.push(data)
    }
    return taken
  }
}

const nothing: readonly string[] = []

/** The list that `take` made a text of, with the member that it goes back in; undefined for any other seal. */
export function readList(data: string): { readonly member: Member; readonly list: readonly JsonObject[] } | undefined {
  if (!data.startsWith('[{')) return undefined
  const read = parseJson(data)
  const list = asObjects(read)
  const type = asString(asObject(list[0])?.['type'])
  if (list.length === 0 || type === undefined) return undefined
  return { member: /^(?:redacted_)?thinking$/.test(type) ? 'thinking_blocks' : 'reasoning_details', list }
}

/** The readable words of a list. */
export function wordsIn(list: readonly JsonObject[]): string {
  return list
    .map((entry) => asString(entry['text']) ?? asString(entry['summary']) ?? asString(entry['thinking']) ?? '')
    .join('')
}

/** Whether any entry of a list can be read by its issuer only. */
export function isSealed(list: readonly JsonObject[]): boolean {
  return list.some((entry) => Boolean(entry['data']) || Boolean(entry['signature']))
}

const growing: ReadonlySet<string> = new Set(['text', 'summary', 'data', 'thinking'])

/** Pieces of the same entry are joined, as their texts come in pieces. */
function join(list: MutableJson[], added: readonly JsonObject[]): void {
  for (const piece of added) {
    const last = list.at(-1)
    if (!last || !goesOn(last, piece)) {
      list.push({ ...piece })
      continue
    }
    for (const name in piece) {
      const value = piece[name]
      const before = last[name]
      if (growing.has(name) && typeof before === 'string' && typeof value === 'string') last[name] = before + value
      else if (value !== undefined && value !== null) last[name] = value
    }
  }
}

function goesOn(last: JsonObject, piece: JsonObject): boolean {
  if (last['type'] !== piece['type'] || last['index'] !== piece['index']) return false
  // Entries without a number are told apart by their signature, which ends one.
  return piece['index'] !== undefined || !(last['signature'] && (piece['thinking'] || piece['text'] || piece['data']))
}
