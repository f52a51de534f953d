import { isGiven, isObject, objectsOf, stringOf } from '../../json.ts'
import type { JsonObject } from '../../json.ts'
import type { ModelEntry } from '../../model.ts'
import { Refusal } from '../../refusal.ts'

/** A refusal: the status says the type of the error. */
export const refuse = (message: string, status = 400): Refusal => new Refusal(status, message)

/**
 * A refusal of the server's own API, which the OpenAI route passes on with its status and always as an `api_error`
 * (BaseWriter of middleware/openai.go; louisho5/picobot#6 has one).
 */
export const refuseBehind = (message: string, status = 400): Refusal =>
  new Refusal(status, message, { type: 'api_error' })

/** What a model cannot do is refused (`CheckCapabilities` of server/images.go). */
export function checkAbilities({ tools }: JsonObject, model: ModelEntry): void {
  if (model.type === 'embeddings') throw refuseBehind(`"${model.id}" does not support chat`)
  if (model.tools || objectsOf(tools).length === 0) return
  throw refuseBehind(`registry.ollama.ai/library/${model.id} does not support tools`)
}

/** What the server reads of a chat request; it ignores the rest, `options`, `num_ctx` and `max_completion_tokens` too. */
const members = new Set(
  (
    'model messages stream stream_options max_tokens seed stop temperature frequency_penalty presence_penalty top_p ' +
    'response_format tools reasoning reasoning_effort'
  ).split(' '),
)

/** The part of a body that the server reads, with the effort where it looks for it first. */
export function readKnown(body: JsonObject): JsonObject {
  const known = Object.fromEntries(Object.entries(body).filter(([name]) => members.has(name)))
  const effort = isObject(body['reasoning']) ? body['reasoning']['effort'] : body['reasoning_effort']
  return isGiven(effort) ? { ...known, reasoning_effort: effort } : known
}

const imageUrl = /^data:(?:image\/(?:jpeg|jpg|png|webp))?;base64,/

/** The few things that the server refuses (FromChatRequest of openai/openai.go, ollama/ollama). */
export function checkOllamaChat(body: JsonObject): void {
  const messages = objectsOf(body['messages'])
  if (messages.length === 0) throw refuse("[] is too short - 'messages'")
  const effort = stringOf(body['reasoning_effort'])
  if (effort !== '' && !['high', 'medium', 'low', 'none'].includes(effort)) {
    throw refuse(`invalid reasoning value: '${effort}' (must be "high", "medium", "low", or "none")`)
  }
  for (const message of messages) {
    const calls = objectsOf(message['tool_calls'])
    const { content } = message
    if (typeof content !== 'string' && !Array.isArray(content) && calls.length === 0) {
      throw refuse(
        `invalid message content type: ${content === undefined || content === null ? '<nil>' : typeof content}`,
      )
    }
    for (const part of Array.isArray(content) ? content : []) checkPart(part)
    for (const call of calls) {
      if (!isJson(isObject(call['function']) ? call['function']['arguments'] : undefined)) {
        throw refuse('invalid tool call arguments')
      }
    }
  }
}

function checkPart(part: unknown): void {
  if (!isObject(part)) throw refuse('invalid message format')
  if (part['type'] === 'text' && typeof part['text'] === 'string') return
  if (part['type'] !== 'image_url') throw refuse('invalid message format')
  const image = part['image_url']
  const url = isObject(image) ? image['url'] : image
  if (typeof url !== 'string') throw refuse('invalid message format')
  if (!imageUrl.test(url)) throw refuse('invalid image input')
}

function isJson(text: unknown): boolean {
  try {
    return isObject(JSON.parse(stringOf(text)))
  } catch {
    return false
  }
}
