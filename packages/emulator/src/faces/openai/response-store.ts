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
  keep(id: string, response: StoredResponse): void
  /** Forgets a response and its items. */
  remove(id: string): void
}

/** A store with nothing in it. It forgets the oldest of more than `most` responses: the service does so after 30 days. */
export function createResponseStore(most = 1000): ResponseStore {
  const responses = new Map<string, StoredResponse>()
  const items = new Map<string, JsonObject>()
  const remove = (id: string): void => {
    for (const item of responses.get(id)?.items ?? []) items.delete(stringOf(item['id']))
    responses.delete(id)
  }
  return {
    response: (id) => responses.get(id),
    item: (id) => items.get(id),
    keep(id, response) {
      responses.set(id, response)
      for (const item of response.items) items.set(stringOf(item['id']), item)
      const [oldest] = responses.keys()
      if (responses.size > most && oldest !== undefined) remove(oldest)
    },
    remove,
  }
}
