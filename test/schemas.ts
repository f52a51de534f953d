import { readFileSync } from 'node:fs'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'

const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true })
const known = new Map<string, ValidateFunction>()

/** What the official schema `name` (such as `openai.chat.response`) finds wrong with `value`; empty when nothing. */
export function schemaErrors(name: string, value: unknown): readonly string[] {
  let validate = known.get(name)
  if (!validate) {
    const file = new URL(`../fixtures/schemas/lenient/${name}.json`, import.meta.url)
    validate = ajv.compile(JSON.parse(readFileSync(file, 'utf8')))
    known.set(name, validate)
  }
  if (validate(value)) return []
  return (validate.errors ?? []).slice(0, 6).map((error) => `${error.instancePath} ${error.message}`)
}

/** The schemas of each protocol's replies and events. */
export const replySchema = {
  chat: 'openai.chat.response',
  responses: 'openai.responses.response',
  messages: 'anthropic.beta.messages.response',
} as const
export const eventSchema = {
  chat: 'openai.chat.stream-event',
  responses: 'openai.responses.stream-event',
  messages: 'anthropic.beta.messages.stream-event',
} as const
export const errorSchema = { chat: 'openai.error', responses: 'openai.error', messages: 'anthropic.error' } as const
export const requestSchema = {
  chat: 'openai.chat.request',
  responses: 'openai.responses.request',
  messages: 'anthropic.beta.messages.request',
} as const
