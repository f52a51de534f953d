import { asNumber, asObject, asObjects, asString, isObject, rest, type Json, type JsonObject } from '../core/json.ts'
import { noUsage, type Usage } from '../core/usage.ts'
import { decodeVector, encodeVector } from './vector.ts'

/** One vector, as its upstream wrote it: numbers, or base64 of little-endian 32-bit floats. */
interface Embedding {
  readonly index: number
  readonly vector: readonly number[] | string
  readonly extras?: JsonObject
}

/** An answer to a request for embeddings. */
export interface EmbeddingReply {
  readonly model: string
  readonly embeddings: readonly Embedding[]
  readonly usage: Usage
  readonly extras?: JsonObject
}

const consumed: ReadonlySet<string> = new Set(['object', 'model', 'data', 'usage'])
const ofEmbedding: ReadonlySet<string> = new Set(['object', 'index', 'embedding'])

/** An embeddings answer. Entries without an index count from their place in the list. */
export function readEmbeddingReply(body: JsonObject): EmbeddingReply {
  const extras = rest(body, consumed)
  return {
    model: asString(body['model']) ?? '',
    embeddings: asObjects(body['data']).map(readEmbedding),
    usage: readUsage(body['usage']),
    ...(extras ? { extras } : {}),
  }
}

function readEmbedding(entry: JsonObject, place: number): Embedding {
  const extras = rest(entry, ofEmbedding)
  return {
    index: asNumber(entry['index']) ?? place,
    vector: readVector(entry['embedding']),
    ...(extras ? { extras } : {}),
  }
}

function readVector(embedding: Json | undefined): readonly number[] | string {
  if (typeof embedding === 'string') return embedding
  return Array.isArray(embedding) ? embedding.filter((one): one is number => typeof one === 'number') : []
}

function readUsage(value: Json | undefined): Usage {
  if (!isObject(value)) return noUsage
  const input = asNumber(value['prompt_tokens']) ?? asNumber(value['total_tokens']) ?? 0
  return { input, output: 0, raw: { protocol: 'chat', value } }
}

/**
 * The answer in the encoding that the client asked for: `base64` gives strings, `float` or nothing gives numbers, and
 * any other is left as the upstream wrote it.
 */
export function writeEmbeddingReply(reply: EmbeddingReply, encoding: string | undefined): JsonObject {
  const total = asNumber(asObject(reply.usage.raw?.value)?.['total_tokens']) ?? reply.usage.input
  return {
    ...reply.extras,
    object: 'list',
    data: reply.embeddings.map(({ index, vector, extras }) => ({
      ...extras,
      object: 'embedding',
      index,
      embedding: writeVector(vector, encoding),
    })),
    model: reply.model,
    usage: { ...reply.usage.raw?.value, prompt_tokens: reply.usage.input, total_tokens: total },
  }
}

function writeVector(vector: readonly number[] | string, encoding: string | undefined): readonly number[] | string {
  if (encoding === 'base64') return typeof vector === 'string' ? vector : encodeVector(vector)
  if (encoding === undefined || encoding === 'float') return typeof vector === 'string' ? decodeVector(vector) : vector
  return vector
}
