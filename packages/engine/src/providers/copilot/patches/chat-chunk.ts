import { asNumber, asObject, asString, type Json, type JsonObject, type MutableJson } from '@crossfeed/protocols'
import { asList } from '../../patches/copy-on-write.ts'

/** What all chunks of one answer share, learned from the first that says it. */
export interface ChunkShape {
  id: string
  created: number
  model: string
}

/** Q14, Q15, Q19: members that the schema demands, and a list where `choices` is null. The same chunk when it is whole. */
export function wholeChunk(chunk: JsonObject, shape: ChunkShape): JsonObject {
  shape.id = asString(chunk['id']) || shape.id
  shape.created = asNumber(chunk['created']) || shape.created
  shape.model = asString(chunk['model']) || shape.model
  const isWhole =
    chunk['object'] === 'chat.completion.chunk' &&
    Boolean(chunk['id'] && chunk['created'] && chunk['model']) &&
    asList(chunk['choices']) !== undefined
  if (isWhole) return chunk
  return {
    ...chunk,
    id: shape.id || 'chatcmpl-copilot',
    object: 'chat.completion.chunk',
    created: shape.created || Math.floor(Date.now() / 1000),
    model: shape.model,
    choices: asList(chunk['choices']) ?? [],
  }
}

/** A choice as the schema has it: with an index, a delta, and a finish reason or null. */
export function wholeChoice(choice: JsonObject, index: number): JsonObject {
  const delta = asObject(choice['delta'])
  if (delta && choice['index'] === index && choice['finish_reason'] !== undefined) return choice
  return { ...choice, index, delta: delta ?? {}, finish_reason: choice['finish_reason'] ?? null }
}

/** Copilot's `reasoning_text` also under the name that clients know. */
export function readableReasoning(delta: JsonObject): JsonObject {
  const text = asString(delta['reasoning_text'])
  if (text === undefined || delta['reasoning_content'] !== undefined) return delta
  return { ...delta, reasoning_content: text }
}

/** Whether a delta says anything to a client. */
export function saysSomething(delta: JsonObject): boolean {
  return Object.keys(delta).some((key) => key !== 'role' && isMeaningful(delta[key]))
}

function isMeaningful(value: Json | undefined): boolean {
  return value !== undefined && value !== null && value !== '' && !(Array.isArray(value) && value.length === 0)
}

/** A chunk with other choices. */
export function withChoices(chunk: JsonObject, choices: readonly JsonObject[]): JsonObject {
  return { ...chunk, choices }
}

/** A chunk without its usage, for clients that did not ask for it; undefined when it said nothing else. */
export function withoutUsage(chunk: JsonObject): JsonObject | undefined {
  if (!chunk['usage']) return chunk
  const choices = asList(chunk['choices'])
  if (!choices?.length) return undefined
  const copy: MutableJson = { ...chunk }
  delete copy['usage']
  delete copy['copilot_usage']
  return copy
}
