import { isObject, rest, type JsonObject, type MutableJson } from '../core/json.ts'
import type { Extras } from '../core/protocol.ts'

/** A word of the core beside the wire members that it was read from. */
export interface Said {
  readonly word: unknown
  /** Top-level members of the request, as they came. */
  readonly members: JsonObject
}

/**
 * How the client spelled what words of the core carry already: needed only to write the same protocol as it was read. A
 * member written from `said` is valid only while the prompt still holds the very same word.
 */
export interface Spelling {
  readonly maxTokens?: 'max_tokens' | 'max_completion_tokens'
  readonly toolChoice?: Said
  readonly format?: Said
  readonly reasoning?: Said
  /** Members that say no more than their absence would: `stream: false`, nulls. */
  readonly members?: JsonObject
  /** Content that could be one string stood as a list of parts. */
  readonly list?: true
  /** An assistant message that followed another one and was not a part of it. */
  readonly separate?: true
  /** The `functions` / `function_call` grammar of 2023. */
  readonly legacy?: true
  /** The name by which a message of role `function` says what it answers. */
  readonly functionName?: string
  /** What stood before the base64 data, where it is not the canonical `data:<type>;base64,`. */
  readonly prefix?: string
  /** A cache mark that stood on the message: the member's name. */
  readonly messageMark?: string
  /** A tool's cache mark stood inside of its function. */
  readonly markWithin?: true
  /** A content part that a word of another shape carries, whole. */
  readonly part?: JsonObject
  /** A search that stood among the tools, whole. */
  readonly tool?: JsonObject
  /** The text of a reasoning part is written by this member of the turn's extras. */
  readonly within?: string
}

/** A symbol, so that no writer of another protocol takes the notes for the client's own members and calls them lost. */
const key: unique symbol = Symbol('spelling')

type Noted = JsonObject & { readonly [key]?: Spelling }

/** `{extras}` to be spread into a word of the core; nothing when there is nothing to keep. */
export function keep(members: JsonObject | undefined, spelling?: Spelling): { extras?: Extras } {
  if (spelling) {
    const noted: Noted = { ...members, [key]: spelling }
    return { extras: { chat: noted } }
  }
  return members ? { extras: { chat: members } } : {}
}

const plain: Spelling = {}

/** How the client spelled the thing with these extras; empty when it came from another protocol, or said it plainly. */
export function spellingOf(extras: Extras | undefined): Spelling {
  return noteOf(extras) ?? plain
}

/** Whether the thing with these extras was noted by this protocol's reader; true of every prompt that it read. */
export function isNoted(extras: Extras | undefined): boolean {
  return noteOf(extras) !== undefined
}

function noteOf(extras: Extras | undefined): Spelling | undefined {
  // The symbol is this module's own: whatever stands under it was put there by `keep`.
  return (extras?.chat as Noted | undefined)?.[key]
}

/** Puts the members of `kept` into `target` where it has none; objects that both have are joined. Returns `target`. */
export function restore(target: MutableJson, kept: JsonObject | undefined): MutableJson {
  for (const name in kept) {
    const value = kept[name]
    const present = Object.hasOwn(target, name) ? target[name] : undefined
    if (present === undefined) target[name] = value
    else if (isObject(present) && isObject(value)) target[name] = restore({ ...present }, value)
  }
  return target
}

/** The members of `parent` that are not in `known`, with the unknown members of the object at `nested` under its name. */
export function restWith(
  parent: JsonObject,
  known: ReadonlySet<string>,
  nested: readonly (readonly [string, JsonObject | undefined, ReadonlySet<string>])[],
): JsonObject | undefined {
  let kept = rest(parent, known)
  for (const [name, object, knownThere] of nested) {
    const inner = object && rest(object, knownThere)
    if (inner) kept = { ...kept, [name]: inner }
  }
  return kept
}
