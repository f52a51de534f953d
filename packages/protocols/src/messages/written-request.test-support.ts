import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { parseObject, type JsonObject } from '../core/json.ts'
import type { Loss } from '../core/loss.ts'
import type { Part } from '../core/part.ts'
import type { Prompt, Turn } from '../core/prompt.ts'
import { plainTraits, type Traits } from '../core/traits.ts'
import { writeRequest } from './write-request.ts'

const schema = new URL('../../../../fixtures/schemas/lenient/anthropic.beta.messages.request.json', import.meta.url)
const ajv = new Ajv2020({ strict: false, validateFormats: false })
const isRequest = ajv.compile(parseObject(readFileSync(schema, 'utf8')) ?? {})

export const said = (text: string, cached = false): Part => ({
  kind: 'text',
  text,
  ...(cached ? { cache: { ttl: '5m' } } : {}),
})
export const user = (...parts: Part[]): Turn => ({ role: 'user', parts })
export const assistant = (...parts: Part[]): Turn => ({ role: 'assistant', parts })
export const system = (text: string, level?: 'instructions' | 'developer'): Turn => ({
  role: 'system',
  parts: [said(text)],
  ...(level ? { level } : {}),
})
export const call = (id: string, input = '{}'): Part => ({ kind: 'tool-call', id, name: 'f', input, form: 'json' })
export const result = (id: string, ...content: Part[]): Part => ({
  kind: 'tool-result',
  id,
  content,
  failed: false,
  form: 'json',
})
export const tool = { kind: 'function', name: 'f', schema: { type: 'object' } } as const

/** A request that is written of these members of a prompt, which the schema of the API takes, and the paths of what was lost. */
export function write(prompt: Partial<Prompt>, traits: Partial<Traits> = {}): { body: JsonObject; lost: string[] } {
  const losses: Loss[] = []
  const whole: Prompt = { model: 'm', turns: [user(said('hi'))], tools: [], sampling: {}, stream: false, ...prompt }
  const body = writeRequest(whole, { ...plainTraits, ...traits }, (loss) => losses.push(loss))
  if (!isRequest(body)) throw new Error(ajv.errorsText(isRequest.errors))
  return { body, lost: losses.map((loss) => loss.path) }
}
