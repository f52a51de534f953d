import { asObject, asObjects, asString, parseJson, type JsonObject, type MutableJson } from '../core/json.ts'

/**
 * Members that list reasoning with what only its issuer can read of it: OpenRouter's details and LiteLLM's blocks, which are
 * those of Messages (docs.litellm.ai, "Reasoning content").
 */
const members = ['reasoning_details', 'thinking_blocks'] as const
type Member = (typeof members)[number]

/** The lists of an answer as they come, which go back as they were. */
export class ReasoningLists {
  /** What has come and was not taken. */
  readonly #waiting = new Map<Member, MutableJson[]>()
  /** Lists in which something has come that only the issuer can read: all of them belongs to it. */
  readonly #sealed = new Set<Member>()

  /** Adds what a delta or message has of them, and gives the readable words in it. */
  add(holder: JsonObject): string {
    let words = ''
    for (const member of members) {
      const added = holder[member]
      if (!Array.isArray(added) || added.length === 0) continue
      const list = this.#waiting.get(member) ?? []
      this.#waiting.set(member, list)
      const entries = asObjects(added)
      joinEntries(list, entries)
      if (isSealed(entries)) this.#sealed.add(member)
      words ||= wordsIn(entries)
    }
    return words
  }

  /**
   * What has come of each list since and belongs to something sealed, as the texts of seals; together they are the list
   * (`joinEntries`). The whole list each time would be the square of it where thoughts and words take turns.
   */
  take(): readonly string[] {
    if (this.#waiting.size === 0) return nothing
    const taken: string[] = []
    for (const [member, list] of this.#waiting) {
      if (!this.#sealed.has(member) || !list.some(saysSomething)) continue
      taken.push(JSON.stringify(list))
      this.#waiting.delete(member)
    }
    return taken
  }
}

const nothing: readonly string[] = []

/** The entries that `take` made a text of, with the member that it goes back in; undefined for any other seal. */
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

/** Adds entries, or pieces of them, to a list: pieces of the same entry are joined, as their texts come in pieces. */
export function joinEntries(list: MutableJson[], added: readonly JsonObject[]): void {
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
  // Whole from the start, and without a number.
  if (piece['type'] === 'redacted_thinking') return false
  // A signature ends an entry, so that those without a number can be told apart too.
  return !(last['signature'] && (piece['thinking'] || piece['text'] || piece['data']))
}

function saysSomething(entry: JsonObject): boolean {
  if (entry['signature']) return true
  for (const name of growing) if (entry[name]) return true
  return false
}
