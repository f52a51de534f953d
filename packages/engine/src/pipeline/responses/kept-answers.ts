import { asObject, asString, type Json, type JsonObject } from '@crossfeed/protocols'
import type { Clock } from '../../ports.ts'
import type { ClientCall, ClientOut } from '../client.ts'
import { asksToCompact } from './compaction.ts'
import { createHearer } from './hear-answer.ts'
import { overhear } from './overhear.ts'
import type { OwnerOf } from './owner.ts'

/**
 * Answers of the Responses API that their clients let the server keep (`store`, true unless they say otherwise), for the
 * supplies that keep none: what `previous_response_id` and `item_reference` refer to. In memory only.
 */
export interface KeptAnswers {
  /** The call with what it refers to in the place of the references; the same call where nothing of that is known. */
  recall(call: ClientCall): ClientCall
  /** Passes an answer on to `out`; when it has ended it is kept, if `isWanted` still says so. */
  listen(call: ClientCall, out: ClientOut, isWanted: () => boolean): ClientOut
  /** An answer of this owner (`OwnerOf`); undefined where none of that id is known. */
  find(owner: string, id: string): KeptAnswer | undefined
  /** Forgets an answer, so that nothing leads to it any more. */
  forget(owner: string, id: string): void
}

/** An answer that is kept. */
export interface KeptAnswer {
  /** The response object as its client was told it. */
  readonly response: JsonObject
  /** All items that it was made of, earliest first; those before `previous_response_id` only while they are known. */
  readonly input: readonly Json[]
}

/** Bytes that are kept, at most; the oldest answers go. */
const mostBytes = 64 * 1024 * 1024
/** Milliseconds after which an answer is forgotten. */
const longest = 24 * 60 * 60 * 1000

interface Kept {
  /** The answer before it, which its request named. */
  readonly previous: string | undefined
  /** Whose it is: nobody else's references find it. */
  readonly owner: string
  /** What its request said beyond that, and then the answer itself. */
  readonly input: readonly Json[]
  readonly output: readonly JsonObject[]
  /** The response object, all but its output. */
  readonly response: JsonObject
  readonly size: number
  readonly until: number
}

/** Knows no answer yet. */
export function createKeptAnswers(clock: Clock, ownerOf: OwnerOf, most: number = mostBytes): KeptAnswers {
  const answers = new Map<string, Kept>()
  const items = new Map<string, { readonly item: JsonObject; readonly until: number }>()
  let size = 0

  const forget = (key: string, answer: Kept): void => {
    answers.delete(key)
    for (const item of answer.output) {
      const name = keyOf(answer.owner, item['id'])
      // A later answer may have an item of the same id.
      if (items.get(name)?.item === item) items.delete(name)
    }
    size -= answer.size
  }
  const keep = (id: string, answer: Kept): void => {
    const key = keyOf(answer.owner, id)
    const known = answers.get(key)
    if (known) forget(key, known)
    answers.set(key, answer)
    const { until } = answer
    for (const item of answer.output)
      if (asString(item['id'])) items.set(keyOf(answer.owner, item['id']), { item, until })
    size += answer.size
    for (const [oldest, one] of answers) {
      if (size <= most && one.until > clock.now()) return
      forget(oldest, one)
    }
  }
  const historyOf = (owner: string, id: string): readonly Json[] | undefined => {
    const turns = new Map<string, readonly Json[]>()
    for (let at: string | undefined = id; at !== undefined;) {
      const answer = answers.get(keyOf(owner, at))
      if (!answer || answer.until <= clock.now() || turns.has(at)) return undefined
      turns.set(at, [...answer.input, ...answer.output])
      at = answer.previous
    }
    return [...turns.values()].reverse().flat()
  }
  /** The items of a request, with those in place of their references that are known. */
  const itemsOf = (owner: string, { input }: JsonObject): readonly Json[] => {
    if (typeof input === 'string') return [{ role: 'user', content: input }]
    if (!Array.isArray(input)) return []
    return input.map((item) => {
      const known = items.get(keyOf(owner, referenceOf(item)))
      return known && known.until > clock.now() ? known.item : item
    })
  }

  return {
    recall(call) {
      const { body } = call
      const named = asString(body['previous_response_id'])
      // Most requests hold all that they are about.
      if (answers.size === 0 || (named === undefined && !hasReference(body))) return call
      const owner = ownerOf(call.headers)
      const history = named === undefined ? undefined : historyOf(owner, named)
      const own = itemsOf(owner, body)
      const given = body['input']
      const isSame = !Array.isArray(given) || own.every((item, at) => item === given[at])
      if (history === undefined && isSame) return call
      const { previous_response_id: _named, ...others } = body
      const changed = history ? { ...others, input: [...history, ...own] } : { ...body, input: [...own] }
      return { ...call, body: changed, raw: Buffer.from(JSON.stringify(changed)) }
    },
    listen({ body, headers, raw: { length: asked } }, out, isWanted) {
      // Without its bytes, which a long answer would hold to its end.
      const hearer = createHearer()
      const take = (): void => {
        const answer = hearer.answer()
        if (!answer) return
        const owner = ownerOf(headers)
        const input = itemsOf(owner, body)
        const previous = asString(body['previous_response_id'])
        // A compaction stands for all before it, but for what the user said (API reference, "Compact a response").
        const isCompacted = asksToCompact(body)
        const before = isCompacted && previous !== undefined ? saidByUser(historyOf(owner, previous) ?? []) : []
        const size = asked + hearer.heard() + (before.length === 0 ? 0 : JSON.stringify(before).length)
        if (size > most / 4) return
        keep(answer.id, {
          previous: isCompacted ? undefined : previous,
          owner,
          input: isCompacted ? [...before, ...saidByUser(input)] : input,
          output: answer.output,
          response: answer.response,
          size,
          until: clock.now() + longest,
        })
      }
      return overhear(out, {
        begin: (status, answered) => hearer.begin(status, answered),
        hear(bytes) {
          if (isWanted()) hearer.hear(bytes)
        },
        end: take,
      })
    },
    find(owner, id) {
      const answer = answers.get(keyOf(owner, id))
      if (!answer || answer.until <= clock.now()) return undefined
      const { response, output, previous, input } = answer
      const before = previous === undefined ? [] : (historyOf(owner, previous) ?? [])
      return {
        response: { ...response, output, store: true, previous_response_id: previous ?? null },
        input: [...before, ...input],
      }
    },
    forget(owner, id) {
      const key = keyOf(owner, id)
      const answer = answers.get(key)
      if (answer) forget(key, answer)
    },
  }
}

function saidByUser(items: readonly Json[]): readonly Json[] {
  return items.filter((item) => asObject(item)?.['role'] === 'user')
}

function keyOf(owner: string, id: Json | undefined): string {
  return `${owner} ${asString(id) ?? ''}`
}

/** The id of an item that says less than was answered: a reference, or reasoning without what seals it. */
function referenceOf(item: Json): string | undefined {
  const { type, role, id, encrypted_content: seal } = asObject(item) ?? {}
  // The type may be left out where there is nothing but the id.
  const refers = type === 'item_reference' || (type === undefined && role === undefined)
  return refers || (type === 'reasoning' && !asString(seal)) ? asString(id) : undefined
}

function hasReference({ input }: JsonObject): boolean {
  return Array.isArray(input) && input.some((item) => referenceOf(item) !== undefined)
}
