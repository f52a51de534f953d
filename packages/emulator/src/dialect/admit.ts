import type { Conversation } from '../standin/conversation.ts'
import type { ModelEntry } from '../model.ts'
import { isObject, objectsOf, stringOf } from '../json.ts'
import type { JsonObject } from '../json.ts'
import type { Refusal } from '../refusal.ts'
import type { Call } from '../state.ts'
import { countSegments } from '../tokens.ts'
import { findShapeError } from '../validate-shape.ts'
import type { SchemaName } from '../validate-shape.ts'
import { invalid } from './refuse.ts'

/** The body of a model call; throws 400 for what is no JSON object. */
export function readBody(call: Call): JsonObject {
  if (isObject(call.body)) return call.body
  throw invalid(
    'We could not parse the JSON body of your request. (HINT: This likely means you aren’t using your HTTP library correctly. The OpenAI API expects a JSON payload, but what was sent was not valid JSON.)',
  )
}

/** How an endpoint reads a body that its rules let pass. */
interface Admission {
  readonly body: JsonObject
  readonly model: ModelEntry
  readonly schema: SchemaName
  /** What the schema sees: without the service's own extensions. */
  readonly forSchema?: JsonObject
  read(body: JsonObject, model: ModelEntry): Conversation
  overflow(model: ModelEntry, tokens: number): Refusal
}

/** Reads a conversation and checks what every service does: the official schema, images, the size of the prompt. */
export async function admit(admission: Admission): Promise<Conversation> {
  const { body, model, schema } = admission
  const wrong = await findShapeError(schema, admission.forSchema ?? body)
  if (wrong !== undefined) throw invalid(`Invalid request: ${wrong}`, 'invalid_type', wrong.split(':', 1)[0])
  const conversation = admission.read(body, model)
  const image = conversation.attachments.some(({ mediaType }) => mediaType.startsWith('image'))
  if (image && !model.vision) throw invalid('Invalid content type. image_url is only supported by certain models.')
  const tokens = countSegments(conversation.segments)
  if (tokens > model.maxPromptTokens) throw admission.overflow(model, tokens)
  if (conversation.maxTokens !== undefined && conversation.maxTokens > model.maxOutputTokens) {
    throw invalid(
      `max_tokens is too large: ${conversation.maxTokens}. This model supports at most ${model.maxOutputTokens} completion tokens, whereas you provided ${conversation.maxTokens}.`,
      'invalid_value',
      'max_tokens',
    )
  }
  return conversation
}

/** A chat prompt that is longer than the context window, in OpenAI's words. */
export const chatOverflow = (model: ModelEntry, tokens: number): Refusal =>
  invalid(
    `This model's maximum context length is ${model.maxPromptTokens} tokens. However, your messages resulted in ${tokens} tokens. Please reduce the length of the messages.`,
    'context_length_exceeded',
    'messages',
  )

/** The order of tool calls and their results, as every chat service wants it. */
export function checkToolTurns(body: JsonObject): void {
  const open = new Set<string>()
  const refuseOpen = (): void => {
    if (open.size === 0) return
    throw invalid(
      `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${[...open].join(', ')}`,
      undefined,
      'messages',
    )
  }
  for (const [index, message] of objectsOf(body['messages']).entries()) {
    if (message['role'] !== 'tool') {
      refuseOpen()
      for (const call of objectsOf(message['tool_calls'])) open.add(stringOf(call['id']))
    } else if (!open.delete(stringOf(message['tool_call_id']))) {
      throw invalid(
        `Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.`,
        undefined,
        `messages.[${index}].role`,
      )
    }
  }
  refuseOpen()
}
