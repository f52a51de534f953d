import { stringOf } from '../../json.ts'
import type { JsonObject } from '../../json.ts'

/** An answer whose request did not say `store: false`. */
interface StoredResponse {
  /** What was sent, then what was answered, with all earlier exchanges that it went on from. */
  readonly exchange: readonly JsonObject[]
  /** What was answered. */
  readonly items: readonly JsonObject[]
  /** The response as a GET gives it. */
  readonly whole: unknown
}

/** What the service keeps of answers. */
export interface ResponseStore {
  response(id: string): StoredResponse | undefined
  /** An output item by its id. */
  item(id: string): JsonObject | undefined
  /** The id of the reasoning that led to an output item. */
  reasoningBefore(id: string): string | undefined
  keep(id: string, response: StoredResponse): void
  /** Forgets a response and its items. */
  remove(id: string): void
}

/** A store with nothing in it. It forgets the oldest of more than `most` responses: the service does so after 30 days. */
export function createResponseStore(most = 1000): ResponseStore {
  const responses = new Map<string, StoredResponse>()
  const items = new Map<string, JsonObject>()
  const reasoned = new Map<string, string>()
  const remove = (id: string): void => {
    for (const item of responses.get(id)?.items ?? []) {
      items.delete(stringOf(item['id']))
      reasoned.delete(stringOf(item['id']))
    }
    responses.delete(id)
  }
  return {
    response: (id) => responses.get(id),
    item: (id) => items.get(id),
    reasoningBefore: (id) => reasoned.get(id),
    keep(id, response) {
      responses.set(id, response)
      for (const [at, item] of response.items.entries()) {
        items.set(stringOf(item['id']), item)
        const before = response.items[at - 1]
        if (before?.['type'] === 'reasoning') reasoned.set(stringOf(item['id']), stringOf(before['id']))
      }
      const [oldest] = responses.keys()
      if (responses.size > most && oldest !== undefined) remove(oldest)
    },
    remove,
  }
}
