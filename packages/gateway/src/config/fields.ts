import { z } from 'zod'
import { hostName } from '../access/host.ts'
import { readBytes, readDuration } from './measure.ts'

// The kinds of values in a config file. Each `error` says what is expected; the reader of the file puts line, key and value
// around it.

/** Text that is not blank, without spaces around it. */
export const text = (what: string): z.ZodString => z.string({ error: what }).trim().min(1, { error: what })
export const oneOf = <const T extends readonly string[]>(...words: T): z.ZodEnum<{ [K in T[number]]: K }> =>
  z.enum(words, { error: `one of ${words.join(', ')}` })
/** `true` or `false`, also as the text that a variable holds. */
export const flag: z.ZodType<boolean> = z.preprocess(
  (value) => (value === 'true' || value === 'false' ? value === 'true' : value),
  z.boolean({ error: 'true or false' }),
)
export const list = (what: string): z.ZodArray<z.ZodString> =>
  z.array(text(`a ${what}`), { error: `a list of ${what}s` })
/** A whole number, also as the text that a variable holds. */
export const whole = (what: string, least: number, most: number): z.ZodType<number> =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value),
    z.int({ error: what }).min(least, { error: what }).max(most, { error: what }),
  )
/** A name or address as it stands in an address, or `*` for any. */
export const hostList: z.ZodType<string[]> = z.array(
  z
    .string({ error: 'a host name' })
    .refine((value) => value === '*' || hostName(value) !== undefined, { error: 'a host name such as crossfeed.lan' }),
  { error: 'a list of host names' },
)
/** A map whose keys are known; others are a problem each. */
export const object = <T extends z.core.$ZodLooseShape>(shape: T): z.ZodObject<T, z.core.$strict> =>
  z.strictObject(shape, { error: (issue) => (issue.code === 'invalid_type' ? 'a group of settings' : undefined) })

/** Bytes, or a size such as `64mb`. */
export const bytes: z.ZodType<number | string> = z
  .union([z.number(), z.string()], { error: 'a size such as 64mb, or a number of bytes' })
  .refine((value) => (readBytes(value) ?? 0) >= 1024, { error: 'a size such as 64mb, or a number of bytes' })
/** Seconds, or a time such as `90s`. */
export const duration: z.ZodType<number | string> = z
  .union([z.number(), z.string()], { error: 'a time such as 90s, 500ms or 10m, or a number of seconds' })
  .refine((value) => (readDuration(value) ?? 0) > 0, {
    error: 'a time such as 90s, 500ms or 10m, or a number of seconds',
  })
/** The same, or 0 for none; `least` and `most` in milliseconds, told by `range`. */
export const durationOrNone = (range: string, least: number, most: number): z.ZodType<number | string> => {
  const error = `a time ${range}, or 0 for none`
  return z.union([z.number(), z.string()], { error }).refine(
    (value) => {
      const time = readDuration(value)
      return time === 0 || (time !== undefined && time >= least && time <= most)
    },
    { error },
  )
}
export const url: z.ZodType<string> = z
  .string({ error: 'an http:// or https:// address' })
  .refine(isWebAddress, { error: 'an http:// or https:// address' })
export const origin: z.ZodType<string> = z
  .string({ error: 'an origin such as https://app.example, or *' })
  .refine((value) => value === '*' || (isWebAddress(value) && new URL(value).pathname === '/'), {
    error: 'an origin such as https://app.example, or *',
  })
/** Tokens. */
export const count: z.ZodType<number> = whole('a number of tokens', 1, Number.MAX_SAFE_INTEGER)
export const protocols: z.ZodArray<z.ZodEnum<{ chat: 'chat'; responses: 'responses'; messages: 'messages' }>> = z.array(
  oneOf('chat', 'responses', 'messages'),
  { error: 'a list of chat, responses, messages' },
)

const headerName = z.string().regex(/^[!#$%&'*+.^_`|~0-9a-z-]+$/i, { error: 'a header name' })
const headerText = z.string({ error: 'text' }).regex(/^[\t\x20-\x7e\x80-\xff]*$/, { error: 'text of one line' })

/** Headers that the framing of a call needs as they are. */
const framing: readonly string[] = ['connection', 'content-length', 'content-type', 'host', 'transfer-encoding']

/** A map of headers, without those of the framing and `others` (in lower case). */
export const headers = (...others: readonly string[]): z.ZodType<Record<string, string>> =>
  z
    .record(headerName, headerText, { error: 'a map of header names to text' })
    .superRefine((given: Readonly<Record<string, string>>, context) => {
      for (const name of Object.keys(given)) {
        if (![...framing, ...others].includes(name.toLowerCase())) continue
        context.addIssue({ code: 'custom', path: [name], message: 'a header that you may set' })
      }
    })

/** Whether a text is an address of the web as it is needed here. */
export function isWebAddress(value: string): boolean {
  if (!URL.canParse(value)) return false
  const { protocol, username, password, search, hash } = new URL(value)
  return (protocol === 'http:' || protocol === 'https:') && username + password + search + hash === ''
}
