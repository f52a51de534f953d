import type { ModelEntry } from '../../model.ts'
import { readAllowedTools } from '../../standin/allowed-tools.ts'
import { readDataUrl } from '../../standin/conversation.ts'
import type { Attachment, Conversation, ToolResult } from '../../standin/conversation.ts'
import { isObject, numberOf, objectsOf, stringOf, stringsOf } from '../../json.ts'
import type { JsonObject } from '../../json.ts'
import { readTools } from '../../standin/speak.ts'
import type { Segment } from '../../tokens.ts'

/** Reads a chat request. */
export function readChat(body: JsonObject, model: ModelEntry): Conversation {
  const messages = objectsOf(body['messages'])
  const users = messages.filter(({ role }) => role === 'user')
  const last = users.at(-1)
  const tools = readTools(objectsOf(body['tools']).map(flattenTool), 'parameters')
  const format = isObject(body['response_format']) ? readFormat(body['response_format']) : undefined
  const maxTokens = numberOf(body['max_completion_tokens']) ?? numberOf(body['max_tokens'])
  return {
    face: 'chat',
    model,
    stream: body['stream'] === true,
    question: lastText(last?.['content']),
    attachments: messages.at(-1) === last ? attachmentsOf(last?.['content']) : [],
    results: trailingResults(messages),
    tools,
    choice: readChoice(body['tool_choice']),
    ...readAllowedTools(body['tool_choice'], tools),
    single: body['parallel_tool_calls'] === false,
    ...(format !== undefined && { format }),
    ...(maxTokens !== undefined && { maxTokens }),
    stop: typeof body['stop'] === 'string' ? [body['stop']] : stringsOf(body['stop']),
    thinking: readThinking(body, model),
    logprobs: body['logprobs'] === true,
    segments: segmentsOf(body, messages),
  }
}

function flattenTool(tool: JsonObject): JsonObject {
  if (isObject(tool['function'])) return { type: 'function', ...tool['function'] }
  return isObject(tool['custom']) ? { type: 'custom', ...tool['custom'] } : tool
}

function readThinking(body: JsonObject, model: ModelEntry): Conversation['thinking'] {
  if (!model.thinking || body['reasoning_effort'] === 'none') return 'off'
  const wanted = typeof body['reasoning_effort'] === 'string' || numberOf(body['thinking_budget']) !== undefined
  return wanted || model.vendor === 'Google' ? 'shown' : 'off'
}

const readFormat = (format: JsonObject): JsonObject | undefined => {
  if (format['type'] === 'json_object') return { type: 'object' }
  const schema = isObject(format['json_schema']) ? format['json_schema']['schema'] : undefined
  return format['type'] === 'json_schema' && isObject(schema) ? schema : undefined
}

const readChoice = (choice: unknown): Conversation['choice'] => {
  if (choice === 'none' || choice === 'required') return choice
  const named = isObject(choice) ? (choice['function'] ?? choice['custom']) : undefined
  return isObject(named) ? { name: stringOf(named['name']) } : 'auto'
}

const lastText = (content: unknown): string =>
  typeof content === 'string' ? content : stringOf(objectsOf(content).findLast(({ type }) => type === 'text')?.['text'])

const attachmentsOf = (content: unknown): readonly Attachment[] =>
  objectsOf(content).flatMap((part): readonly Attachment[] => {
    if (part['type'] !== 'image_url' || !isObject(part['image_url'])) return []
    return [readDataUrl(stringOf(part['image_url']['url'])) ?? { mediaType: 'image' }]
  })

function trailingResults(messages: readonly JsonObject[]): readonly ToolResult[] {
  const from = messages.findLastIndex(({ role }) => role === 'assistant')
  if (messages.at(-1)?.['role'] !== 'tool') return []
  const calls = objectsOf(messages[from]?.['tool_calls'])
  return messages.slice(from + 1).flatMap((message) => {
    if (message['role'] !== 'tool') return []
    const call = calls.find(({ id }) => id === message['tool_call_id'])
    const called = call?.['function'] ?? call?.['custom']
    const text =
      typeof message['content'] === 'string'
        ? message['content']
        : objectsOf(message['content'])
            .map((part) => stringOf(part['text']))
            .join('\n')
    return [{ name: isObject(called) ? stringOf(called['name']) : '', text }]
  })
}

const segmentsOf = (body: JsonObject, messages: readonly JsonObject[]): readonly Segment[] => [
  ...(Array.isArray(body['tools']) ? [{ text: JSON.stringify(body['tools']), mark: false }] : []),
  ...messages.map(({ copilot_cache_control: mark, ...message }) => ({
    text: JSON.stringify(message),
    mark: isObject(mark),
  })),
]
