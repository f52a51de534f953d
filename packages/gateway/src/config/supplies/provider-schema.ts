import type { ProtocolId } from '@crossfeed/protocols'
import { z } from 'zod'
import { count, flag, headers, object, oneOf, protocols, text } from '../fields.ts'

/** The words for a provider's kind, of both vocabularies (C-15). */
export type TypeWord =
  | 'openai'
  | 'azure'
  | 'anthropic'
  | 'ollama'
  | 'codex'
  | 'compatible'
  | 'openai-compatible'
  | 'openai-responses'

/** What a config file may say of one model of a provider. */
export interface FileModel {
  /** Its protocol, where it is another than the provider's (PROV-38). */
  type?: 'anthropic' | 'openai-compatible' | 'openai-responses' | undefined
  endpoints?: ProtocolId[] | undefined
  wireModel?: string | undefined
  embeddings?: boolean | undefined
  limits?: { context?: number | undefined; prompt?: number | undefined; output?: number | undefined } | undefined
  temperature?: number | undefined
  topP?: number | undefined
  topK?: number | undefined
  extraBody?: Record<string, unknown> | undefined
  contextCache?: boolean | undefined
  supportPdf?: boolean | undefined
  toolContentSupportType?: ('array' | 'image' | 'pdf')[] | undefined
}

/** What a config file may say of one provider, in either vocabulary or a mix. */
export interface FileProvider {
  type?: TypeWord | undefined
  wireApi?: 'completions' | 'responses' | undefined
  endpoints?: ProtocolId[] | undefined
  baseUrl?: string | undefined
  apiKey?: string | undefined
  bearerToken?: string | undefined
  authType?: 'x-api-key' | 'authorization' | 'api-key' | 'oauth2' | 'none' | undefined
  apiVersion?: string | undefined
  azure?: { apiVersion?: string | undefined } | undefined
  headers?: Record<string, string> | undefined
  enabled?: boolean | undefined
  adjustInputTokens?: boolean | undefined
  /** A list of names, or a map of names to settings. */
  models?: string[] | Record<string, FileModel | null> | undefined
}

const number = z.number({ error: 'a number' })
const secret = (what: string): z.ZodString =>
  z
    .string({ error: what })
    .trim()
    .regex(/^[\x20-\x7e]*$/, { error: what })
const version = text('a date such as 2024-10-21, or v1')

const model = object({
  type: oneOf('anthropic', 'openai-compatible', 'openai-responses'),
  endpoints: protocols,
  wireModel: text('the name of a model'),
  embeddings: flag,
  limits: object({ context: count, prompt: count, output: count }).partial(),
  temperature: number,
  topP: number,
  topK: number,
  extraBody: z.record(z.string(), z.unknown(), { error: 'a map of members of the request' }),
  contextCache: flag,
  supportPdf: flag,
  toolContentSupportType: z.array(oneOf('array', 'image', 'pdf'), { error: 'a list of array, image, pdf' }),
}).partial()

/** One provider. */
export const providerShape: z.ZodType<FileProvider> = object({
  type: oneOf('openai', 'azure', 'anthropic', 'ollama', 'codex', 'compatible', 'openai-compatible', 'openai-responses'),
  wireApi: oneOf('completions', 'responses'),
  endpoints: protocols,
  baseUrl: text('an http:// or https:// address'),
  apiKey: secret('a key, or "" for none'),
  bearerToken: secret('a token'),
  authType: oneOf('x-api-key', 'authorization', 'api-key', 'oauth2', 'none'),
  apiVersion: version,
  azure: object({ apiVersion: version }).partial(),
  headers: headers(),
  enabled: flag,
  adjustInputTokens: flag,
  models: z.union([z.record(z.string(), model.nullable()), z.array(text('the name of a model'))], {
    error: 'a list of names, or a map of names to settings',
  }),
}).partial()
