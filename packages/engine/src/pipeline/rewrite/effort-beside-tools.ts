import { asObjects, asString, type JsonObject } from '@crossfeed/protocols'

/** A request of Chat Completions that has tools, and does not say that nothing is to be thought. */
export function thinksBesideTools(body: JsonObject): boolean {
  return asObjects(body['tools']).length > 0 && body['reasoning_effort'] !== 'none'
}

/** The body with the effort `none`, where it has tools and leaves the model to think; the same body otherwise. */
export function withoutEffortBesideTools(body: JsonObject, note: (change: string) => void): JsonObject {
  if (!thinksBesideTools(body)) return body
  note(`reasoning_effort:${asString(body['reasoning_effort']) ?? 'unsaid'}>none`)
  return { ...body, reasoning_effort: 'none' }
}
