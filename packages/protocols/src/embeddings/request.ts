import { invalidMember } from '../core/error.ts'
import { asNumber, asString, rest, type Json, type JsonObject } from '../core/json.ts'
import type { WireEncoding } from './wire.ts'

/** What is to be embedded: texts, one text as tokens, or several as tokens. */
type EmbeddingInput = readonly string[] | readonly number[] | readonly (readonly number[])[]

/** A request for embeddings. */
export interface EmbeddingRequest {
  readonly model: string
  readonly input: EmbeddingInput
  /** Length wanted of each vector. */
  readonly dimensions?: number
  /** `float | base64`, or what a server has besides; absent means float. */
  readonly encoding?: WireEncoding | (string & {})
  readonly user?: string
  /** Members without a word here, passed on as they are. */
  readonly extras?: JsonObject
}

const consumed: ReadonlySet<string> = new Set(['model', 'input', 'dimensions', 'encoding_format', 'user'])

/** An embeddings request. Throws `GatewayError('invalid-request', 400)` when model or input cannot be understood. */
export function readEmbeddingRequest(body: JsonObject): EmbeddingRequest {
  const model = asString(body['model'])
  if (model === undefined) throw invalidMember('model', `Missing required parameter: 'model'.`)
  const input = readInput(body['input'])
  const dimensions = asNumber(body['dimensions'])
  const encoding = asString(body['encoding_format'])
  const user = asString(body['user'])
  const extras = rest(body, consumed)
  return {
    model,
    input,
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(encoding === undefined ? {} : { encoding }),
    ...(user === undefined ? {} : { user }),
    ...(extras ? { extras } : {}),
  }
}

/** The body of an embeddings request. Texts are always a list, because some servers refuse a lone string. */
export function writeEmbeddingRequest(request: EmbeddingRequest): JsonObject {
  return {
    ...request.extras,
    model: request.model,
    input: request.input,
    ...(request.dimensions === undefined ? {} : { dimensions: request.dimensions }),
    ...(request.encoding === undefined ? {} : { encoding_format: request.encoding }),
    ...(request.user === undefined ? {} : { user: request.user }),
  }
}

function readInput(input: Json | undefined): EmbeddingInput {
  if (typeof input === 'string') return [input]
  if (input === undefined || input === null) throw invalidMember('input', `Missing required parameter: 'input'.`)
  if (Array.isArray(input) && input.length > 0) {
    if (isListOf(input, isString)) return input
    if (isListOf(input, isNumber)) return input
    if (isListOf(input, isTokens)) return input
  }
  throw invalidMember('input', `Invalid value for 'input': expected a text, a list of texts, or tokens.`)
}

function isListOf<T extends Json>(list: readonly Json[], is: (value: Json) => value is T): list is readonly T[] {
  return list.every(is)
}

function isString(value: Json): value is string {
  return typeof value === 'string'
}

function isNumber(value: Json): value is number {
  return typeof value === 'number'
}

function isTokens(value: Json): value is readonly number[] {
  return Array.isArray(value) && isListOf(value, isNumber)
}
