import { z } from 'zod'
import type { FileConfig } from './file-config.ts'
import { readBytes, readDuration } from './measure.ts'

// Each `error` says what is expected; the reader of the file puts line, key and value around it.

const text = (what: string): z.ZodString => z.string({ error: what }).trim().min(1, { error: what })
const oneOf = <const T extends readonly string[]>(...words: T): z.ZodEnum<{ [K in T[number]]: K }> =>
  z.enum(words, { error: `one of ${words.join(', ')}` })
const flag = z.boolean({ error: 'true or false' })
const list = (what: string): z.ZodArray<z.ZodString> => z.array(text(what), { error: `a list of ${what}s` })
const whole = (what: string, least: number, most: number): z.ZodNumber =>
  z.int({ error: what }).min(least, { error: what }).max(most, { error: what })
const object = <T extends z.core.$ZodLooseShape>(shape: T): z.ZodObject<T, z.core.$strict> =>
  z.strictObject(shape, { error: (issue) => (issue.code === 'invalid_type' ? 'a group of settings' : undefined) })

const bytes = z
  .union([z.number(), z.string()], { error: 'a size such as 64mb, or a number of bytes' })
  .refine((value) => (readBytes(value) ?? 0) >= 1024, { error: 'a size such as 64mb, or a number of bytes' })
const duration = z
  .union([z.number(), z.string()], { error: 'a time such as 90s, 500ms or 10m, or a number of seconds' })
  .refine((value) => (readDuration(value) ?? 0) > 0, {
    error: 'a time such as 90s, 500ms or 10m, or a number of seconds',
  })
const url = z
  .string({ error: 'an http:// or https:// address' })
  .refine(isWebAddress, { error: 'an http:// or https:// address' })
const origin = z
  .string({ error: 'an origin such as https://app.example, or *' })
  .refine((value) => value === '*' || (isWebAddress(value) && new URL(value).pathname === '/'), {
    error: 'an origin such as https://app.example, or *',
  })
const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9a-z-]+$/i, { error: 'a header name' })
const headerText = z.string({ error: 'text' }).regex(/^[\t\x20-\x7e\x80-\xff]*$/, { error: 'text of one line' })
const effort = oneOf('none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max')
const count = whole('a number of tokens', 1, Number.MAX_SAFE_INTEGER)

/** Headers that only the gateway may set: they carry the sign-in, the framing, or the truth about who asks. */
const ownHeaders: ReadonlySet<string> = new Set([
  'authorization',
  'connection',
  'content-length',
  'content-type',
  'host',
  'transfer-encoding',
  'x-initiator',
])

const shape = object({
  copilot: flag,
  port: whole('a port from 0 to 65535', 0, 65535),
  host: text('an address or host name'),
  auth: object({
    apiKeys: list('key'),
    adminApiKey: text('a key'),
  }).partial(),
  cors: object({ origins: z.array(origin, { error: 'a list of origins' }) }).partial(),
  allowedHosts: list('host name'),
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
  keepAlive: whole('a number of seconds, 0 for none', 0, 3600),
  maxConcurrent: whole('a number of requests, 0 for any', 0, 1_000_000),
  lossPolicy: oneOf('ignore', 'warn', 'reject'),
  extraHeaders: z
    .record(headerName, headerText, { error: 'a map of header names to text' })
    .superRefine((headers, context) => {
      for (const name of Object.keys(headers)) {
        if (!ownHeaders.has(name.toLowerCase())) continue
        context.addIssue({ code: 'custom', path: [name], message: 'a header that you may set' })
      }
    }),
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
      endpoints: z.array(oneOf('chat', 'responses', 'messages'), { error: 'a list of chat, responses, messages' }),
      limits: object({ context: count, prompt: count, output: count }).partial(),
    }).partial(),
    { error: 'a map of model names to settings' },
  ),
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
    else return undefined
  }
  schema = inside(schema)
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : undefined
}

function inside(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? inside(schema.unwrap()) : schema
}

function isWebAddress(value: string): boolean {
  if (!URL.canParse(value)) return false
  const { protocol, username, password, search, hash } = new URL(value)
  return (protocol === 'http:' || protocol === 'https:') && username + password + search + hash === ''
}
