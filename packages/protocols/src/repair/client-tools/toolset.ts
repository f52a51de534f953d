import type { JsonObject } from '../../core/json.ts'
import { objectOf } from './item-tool.ts'

/** One tool of a set that Anthropic's models know without being told. */
export interface ToolsetMember {
  readonly description: string
  readonly schema: JsonObject
  /** It is offered only where the client says so. */
  readonly isOff?: true
}

/** A set of tools that a client of Messages names by its version, and whose calls say to which set they belong. */
export interface Toolset {
  /** The `type` of the tool, in any version. */
  readonly type: RegExp
  /** The `toolset_name` of its calls. */
  readonly name: string
  readonly description: string
  readonly members: Readonly<Record<string, ToolsetMember>>
}

/** A member with these arguments, of which those named in `required` (words with spaces between) have to be given. */
export function member(description: string, properties: JsonObject = {}, required = ''): ToolsetMember {
  return { description, schema: objectOf(properties, required === '' ? [] : required.split(' ')) }
}

/** An argument that is a text. */
export function text(description: string): JsonObject {
  return { type: 'string', description }
}

/** An argument that is a number. */
export function number(description: string): JsonObject {
  return { type: 'number', description }
}

/** An argument that is a list of whole numbers. */
export function integers(description: string): JsonObject {
  return { type: 'array', items: { type: 'integer' }, description }
}

/** An argument that is one of these words. */
export function oneOf(words: string, description: string): JsonObject {
  return { type: 'string', enum: words.split(' '), description }
}
