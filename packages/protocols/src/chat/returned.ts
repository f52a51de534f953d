import { asObject, asString, parseObject, type JsonObject, type MutableJson } from '../core/json.ts'
import type { Seal } from '../core/seal.ts'

/**
 * Members of a tool call that its server wants back with it: Gemini's signature, which it puts into `extra_content`
 * (ai.google.dev, "Thought signatures": a 400 where the first call of a step comes back without it), LiteLLM's way to pass
 * it on, and Databricks'.
 */
const wanted = ['extra_content', 'provider_specific_fields', 'thought_signature', 'thoughtSignature'] as const

/** What a server added to one of its calls. */
export interface Returned {
  /** The id of the call. */
  readonly id: string
  readonly members: JsonObject
}

/** What of a call's own members has to come back, as the text of a seal; undefined when there is nothing. */
export function sealReturned(id: string, kept: JsonObject | undefined): string | undefined {
  // LiteLLM puts its own into the function.
  const within = asObject(kept?.['function'])
  // Asked of each piece of a call's arguments, which have nothing of the kind.
  if (!hasWanted(kept) && !hasWanted(within)) return undefined
  const members = wantedOf(kept)
  const called = wantedOf(within)
  if (isFilled(called)) members['function'] = called
  return isFilled(members) ? `${start}${JSON.stringify(id)},"members":${JSON.stringify(members)}}` : undefined
}

function hasWanted(holder: JsonObject | undefined): boolean {
  if (holder) for (const name of wanted) if (holder[name] !== undefined) return true
  return false
}

function wantedOf(holder: JsonObject | undefined): MutableJson {
  const members: MutableJson = {}
  for (const name of wanted) {
    const value = holder?.[name]
    if (typeof value === 'string' ? value !== '' : isFilled(asObject(value))) members[name] = value
  }
  return members
}

const start = '{"call":'

/** What `sealReturned` made a text of; undefined for any other seal. */
export function readReturned(data: string): Returned | undefined {
  if (!data.startsWith(start)) return undefined
  const read = parseObject(data)
  const id = asString(read?.['call'])
  const members = asObject(read?.['members'])
  return id === undefined || !members ? undefined : { id, members }
}

/** Whether a seal repeats what a call of this protocol has itself. */
export function isOfCall(seal: Seal): boolean {
  return seal.protocol === 'chat' && seal.data.startsWith(start)
}

function isFilled(object: JsonObject | undefined): boolean {
  return object !== undefined && Object.keys(object).length > 0
}
