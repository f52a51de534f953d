import { efforts } from '@crossfeed/protocols'
import { z } from 'zod'
import type { FileConfig } from './file-config.ts'
import { providerShape } from './supplies/provider-schema.ts'
import {
  bytes,
  count,
  duration,
  durationOrNone,
  flag,
  headers,
  hostList,
  list,
  object,
  oneOf,
  origin,
  protocols,
  text,
  url,
  whole,
} from './fields.ts'

const effort = oneOf(...efforts)

const target = object({
  provider: text('the name of a provider'),
  model: text('the name of a model'),
  weight: z.number({ error: 'a number, 0 or more' }).min(0, { error: 'a number, 0 or more' }).optional(),
  order: z.number({ error: 'a number' }).optional(),
})
const expectedTargets = 'provider/model, or a list of them'
const targets = z.union(
  [text(expectedTargets), z.array(z.union([text(expectedTargets), target]), { error: expectedTargets }).min(1)],
  {
    error: expectedTargets,
  },
)
const fallbacks = z.record(z.string(), list('model name'), { error: 'a map of model names to lists of model names' })

const shape = object({
  copilot: flag,
  port: whole('a port from 0 to 65535', 0, 65535),
  host: text('an address or host name'),
  auth: object({
    apiKeys: list('key'),
    adminApiKey: text('a key'),
  }).partial(),
  cors: object({ origins: z.array(origin, { error: 'a list of origins' }) }).partial(),
  allowedHosts: hostList,
  bodyLimit: bytes,
  upstreams: object({
    github: url,
    githubApi: url,
    copilot: url,
    anthropic: url,
    codexAuth: url,
    codex: url,
  }).partial(),
  network: object({ ca: text('the path of a PEM file'), proxyFromEnv: flag, http2: flag }).partial(),
  timeouts: object({ connect: duration, headers: duration, idle: duration }).partial(),
  keepAlive: durationOrNone('from 1s to 1h', 1000, 3_600_000),
  maxConcurrent: whole('a number of requests, 0 for any', 0, 1_000_000),
  retries: whole('a number of tries, 0 for none', 0, 1000),
  emptyReplies: oneOf('error', 'pass'),
  keepAnswers: flag,
  lossPolicy: oneOf('ignore', 'warn', 'reject'),
  // Only the gateway may set what carries the sign-in, or the truth about who asks.
  extraHeaders: headers('authorization', 'x-initiator'),
  accountType: oneOf('individual', 'business', 'enterprise'),
  oauthApp: text('copilot, opencode or a client id'),
  enterpriseUrl: text('a domain such as company.ghe.com'),
  claudeTokenMultiplier: z
    .number({ error: 'a number from 0.5 to 5' })
    .min(0.5, { error: 'a number from 0.5 to 5' })
    .max(5, { error: 'a number from 0.5 to 5' }),
  anthropicApiKey: text('a key'),
  modelMappings: z.record(z.string(), text('the name of a model'), { error: 'a map of model names to model names' }),
  models: z.record(
    z.string(),
    object({
      endpoints: protocols,
      limits: object({ context: count, prompt: count, output: count }).partial(),
    }).partial(),
    { error: 'a map of model names to settings' },
  ),
  providers: z.record(z.string(), providerShape, { error: 'a map of names to providers' }),
  aliases: z.record(text('a name'), targets, { error: 'a map of names to provider/model' }),
  fallbacks,
  contextWindowFallbacks: fallbacks,
  contentPolicyFallbacks: fallbacks,
  defaultFallbacks: list('model name'),
  coolDown: object({
    time: durationOrNone('such as 90s, 500ms or 10m', 1, Number.MAX_SAFE_INTEGER),
    allowedFails: whole('a number of failures', 0, 1000),
  }).partial(),
  initiator: oneOf('lastItem', 'anyAssistant'),
  modelReasoningEfforts: z.record(z.string(), effort, { error: 'a map of model names to efforts' }),
  cacheBreakpoints: flag,
  useMessagesApi: flag,
}).partial()

/** What a config file may say. Every member has a feature behind it. */
export const fileSchema: z.ZodType<FileConfig> = shape

/** The keys that may stand at `path`, for "did you mean"; undefined where any key may. */
export function keysAt(path: readonly PropertyKey[]): readonly string[] | undefined {
  let schema: unknown = shape
  for (const key of path) {
    schema = inside(schema)
    if (schema instanceof z.ZodObject) schema = schema.shape[String(key)]
    else if (schema instanceof z.ZodRecord) schema = schema.valueType
    else if (schema instanceof z.ZodArray) schema = schema.element
    else return undefined
  }
  schema = inside(schema)
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : undefined
}

function inside(schema: unknown): unknown {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable) return inside(schema.unwrap())
  // Of several forms the one with keys is told.
  if (schema instanceof z.ZodUnion) return schema.options.find((one) => !(one instanceof z.ZodString)) ?? schema
  return schema
}
