import { words } from '../../standin/answer.ts'
import type { Answer } from '../../standin/answer.ts'
import { toolCallsOf } from '../../protocols/chat/parts.ts'
import type { ModelFace, WriteContext } from '../../model-face.ts'
import { isGiven, isObject, numberOf, objectsOf, stringOf } from '../../json.ts'
import type { JsonObject } from '../../json.ts'
import { Refusal } from '../../refusal.ts'
import { refuse } from './rules.ts'

/** What the server makes of an option's value (Options.FromMap of api/types.go, ollama/ollama); others are ignored. */
const optionTypes: Readonly<Record<string, 'integer' | 'float32' | 'array'>> = {
  num_ctx: 'integer',
  num_predict: 'integer',
  seed: 'integer',
  top_k: 'integer',
  temperature: 'float32',
  top_p: 'float32',
  min_p: 'float32',
  presence_penalty: 'float32',
  frequency_penalty: 'float32',
  stop: 'array',
}

const base64 = /^[A-Za-z0-9+/]*={0,2}$/

/**
 * A request of `POST /api/chat` in the words of Chat Completions (docs/api.md of ollama/ollama). Throws for what does not fit
 * the types of the server, which ignores members that it does not know. It streams unless it is told not to.
 */
export function readNative(body: JsonObject): JsonObject {
  const options = isObject(body['options']) ? body['options'] : {}
  for (const [name, value] of Object.entries(options)) checkOption(name, value)
  const { think, format, stream, tools } = body
  if (typeof think === 'string' && !['high', 'medium', 'low', 'max'].includes(think)) {
    throw refuse(`invalid think value: "${think}" (must be "high", "medium", "low", "max", true, or false)`)
  }
  return {
    model: body['model'],
    messages: objectsOf(body['messages']).map(readMessage),
    stream: stream !== false,
    ...(Array.isArray(tools) && { tools }),
    ...(format === 'json' && { response_format: { type: 'json_object' } }),
    ...(isObject(format) && { response_format: { type: 'json_schema', json_schema: { schema: format } } }),
    ...(isGiven(think) && { reasoning_effort: effortOf(think) }),
    ...(numberOf(options['num_predict']) !== undefined && { max_tokens: options['num_predict'] }),
    ...(isGiven(options['stop']) && { stop: options['stop'] }),
  }
}

/** The context that a request wants its model to be loaded with, in tokens. */
export const windowOf = ({ options }: JsonObject): number | undefined =>
  isObject(options) ? numberOf(options['num_ctx']) : undefined

function effortOf(think: unknown): string {
  if (typeof think === 'string') return think === 'max' ? 'high' : think
  return think === false ? 'none' : 'medium'
}

function checkOption(name: string, value: unknown): void {
  const type = Object.hasOwn(optionTypes, name) ? optionTypes[name] : undefined
  if (type === undefined || !isGiven(value)) return
  const fits = type === 'array' ? Array.isArray(value) : typeof value === 'number'
  if (!fits) throw refuse(`option "${name}" must be of type ${type}`)
}

function readMessage(message: JsonObject): JsonObject {
  const { role, content, images, tool_calls: calls, ...others } = message
  if (isGiven(content) && typeof content !== 'string') throw wrongType(content, 'messages.content', 'string')
  if (isGiven(images) && !Array.isArray(images)) throw wrongType(images, 'messages.images', '[]api.ImageData')
  const text = { type: 'text', text: stringOf(content) }
  const pictures = Array.isArray(images) ? images.map(readImage) : []
  return {
    role,
    content: pictures.length === 0 ? text.text : [text, ...pictures],
    ...(isGiven(calls) && { tool_calls: objectsOf(calls).map(readCall) }),
    ...(isGiven(others['tool_call_id']) && { tool_call_id: others['tool_call_id'] }),
  }
}

function readImage(image: unknown): JsonObject {
  if (typeof image !== 'string' || !base64.test(image)) throw refuse('illegal base64 data at input byte 4')
  return {
    type: 'image_url',
    image_url: { url: `data:image/${image.startsWith('/9j/') ? 'jpeg' : 'png'};base64,${image}` },
  }
}

function readCall(call: JsonObject): JsonObject {
  const called = isObject(call['function']) ? call['function'] : {}
  const given = called['arguments']
  if (!isObject(given))
    throw wrongType(given, 'messages.tool_calls.function.arguments', 'api.ToolCallFunctionArguments')
  return { id: call['id'], function: { name: called['name'], arguments: JSON.stringify(given) } }
}

const wrongType = (value: unknown, field: string, type: string): Refusal =>
  refuse(
    `json: cannot unmarshal ${Array.isArray(value) ? 'array' : typeof value} into Go struct field ChatRequest.${field} of type ${type}`,
  )

/** Answers of `/api/chat`: a line of JSON for each piece, or one object. */
export const nativeWriter: Pick<ModelFace, 'writeWhole' | 'writeStream'> = {
  writeWhole: (answer, context) => {
    if (answer.finish === 'error') throw new Refusal(500, 'llama runner process has terminated')
    const { text, thinking, calls } = piecesOf(answer)
    const message = {
      role: 'assistant',
      content: text.join(''),
      ...(thinking.length > 0 && { thinking: thinking.join('') }),
      ...(calls.length > 0 && { tool_calls: calls }),
    }
    return { ...frameOf(context), message, ...endOf(answer) }
  },
  writeStream: (answer, context) => {
    const { text, thinking, calls } = piecesOf(answer)
    const line = (message: JsonObject, more: JsonObject = { done: false }): string =>
      `${JSON.stringify({ ...frameOf(context), message: { role: 'assistant', content: '', ...message }, ...more })}\n`
    const failure = `${JSON.stringify({ error: 'llama runner process has terminated' })}\n`
    return [
      ...thinking.map((piece) => line({ thinking: piece })),
      ...text.map((content) => line({ content })),
      ...calls.map((call) => line({ tool_calls: [call] })),
      answer.finish === 'error' ? failure : line({}, endOf(answer)),
    ]
  },
}

const frameOf = ({ conversation, created }: WriteContext): JsonObject => ({
  model: conversation.model.id,
  created_at: new Date(created * 1000).toISOString(),
})

const piecesOf = (answer: Answer) => ({
  text: answer.parts.flatMap((part) => {
    if (part.type === 'text') return part.pieces
    return part.type === 'refusal' ? words(part.text) : []
  }),
  thinking: answer.parts.flatMap((part) => (part.type === 'reasoning' ? words(part.text) : [])),
  calls: toolCallsOf(answer).map((part, index) => ({
    id: part.id ?? `call_${part.nonce.slice(0, 8)}`,
    function: { index, name: part.name, arguments: argumentsOf(part.arguments) },
  })),
})

/** The server has read them before it sends them on. */
function argumentsOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return {}
  }
}

const endOf = ({ usage, finish }: Answer): JsonObject => ({
  done: true,
  done_reason: finish === 'length' ? 'length' : 'stop',
  total_duration: 1_250_000_000,
  load_duration: 40_000_000,
  prompt_eval_count: usage.input,
  prompt_eval_duration: 210_000_000,
  eval_count: usage.output,
  eval_duration: 1_000_000_000,
})
