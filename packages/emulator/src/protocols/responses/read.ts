import type { ModelEntry } from '../../model.ts'
import { readAllowedTools } from '../../standin/allowed-tools.ts'
import { readDataUrl } from '../../standin/conversation.ts'
import type { Attachment, Conversation, ToolResult } from '../../standin/conversation.ts'
import { isGiven, isObject, numberOf, objectsOf, stringOf, stringsOf } from '../../json.ts'
import type { JsonObject } from '../../json.ts'
import { readTools } from '../../standin/speak.ts'
import type { Segment } from '../../tokens.ts'

const isResult = ({ type }: JsonObject): boolean =>
  type === 'function_call_output' || type === 'custom_tool_call_output'

/** Reads a responses request. */
export function readResponses(body: JsonObject, model: ModelEntry): Conversation {
  const items = inputItems(body)
  const asked = items.findLast(({ role }) => role === 'user')
  const text = isObject(body['text']) && isObject(body['text']['format']) ? body['text']['format'] : {}
  const format = readFormat(text)
  const maxTokens = numberOf(body['max_output_tokens'])
  const compaction = objectsOf(body['context_management']).find(({ type }) => type === 'compaction')
  const tools = readTools(body['tools'], 'parameters')
  const compactAt = numberOf(compaction?.['compact_threshold'])
  return {
    face: 'responses',
    model,
    stream: body['stream'] === true,
    question: lastText(asked?.['content']),
    attachments: objectsOf(items.at(-1)?.['content'] ?? items.at(-1)?.['output']).flatMap(readAttachment),
    results: trailingResults(items),
    tools,
    choice: readChoice(body['tool_choice']),
    ...readAllowedTools(body['tool_choice'], tools),
    single: body['parallel_tool_calls'] === false,
    ...(format !== undefined && { format }),
    ...(maxTokens !== undefined && { maxTokens }),
    stop: [],
    thinking: readThinking(body['reasoning'], model),
    logprobs: stringsOf(body['include']).includes('message.output_text.logprobs'),
    segments: segmentsOf(body, items),
    ...(items.at(-1)?.['type'] === 'compaction_trigger' && { compacts: true }),
    ...(compactAt !== undefined && !/^gpt-5(\.[12])?(-mini)?$/.test(model.id) && { compactAt }),
  }
}

const readFormat = (format: JsonObject): JsonObject | undefined => {
  if (format['type'] === 'json_object') return { type: 'object' }
  return isObject(format['schema']) ? format['schema'] : undefined
}

/** The input items from the newest compaction on. */
function inputItems(body: JsonObject): readonly JsonObject[] {
  if (typeof body['input'] === 'string') return [{ role: 'user', content: body['input'] }]
  const items = objectsOf(body['input'])
  return items.slice(
    Math.max(
      0,
      items.findLastIndex(({ type }) => type === 'compaction'),
    ),
  )
}

const lastText = (content: unknown): string =>
  typeof content === 'string'
    ? content
    : stringOf(objectsOf(content).findLast(({ type }) => type === 'input_text')?.['text'])

/** Models that know the effort `none` do not reason unless they are asked to. */
function readThinking(reasoning: unknown, model: ModelEntry): Conversation['thinking'] {
  const { effort, summary } = isObject(reasoning) ? reasoning : {}
  if (!model.thinking || effort === 'none') return 'off'
  if (!isGiven(effort) && model.efforts.includes('none')) return 'off'
  return typeof summary === 'string' ? 'shown' : 'hidden'
}

const readChoice = (choice: unknown): Conversation['choice'] => {
  if (choice === 'none' || choice === 'required') return choice
  return isObject(choice) && typeof choice['name'] === 'string' ? { name: choice['name'] } : 'auto'
}

function readAttachment(part: JsonObject): readonly Attachment[] {
  if (part['type'] === 'input_image') return [readDataUrl(stringOf(part['image_url'])) ?? { mediaType: 'image' }]
  if (part['type'] === 'input_file')
    return [readDataUrl(stringOf(part['file_data'])) ?? { mediaType: 'application/pdf' }]
  return []
}

function trailingResults(items: readonly JsonObject[]): readonly ToolResult[] {
  if (!items.slice(-1).some(isResult)) return []
  const from = items.findLastIndex((item) => !isResult(item)) + 1
  return items.slice(from).map((item) => {
    const call = items.find(({ type, call_id: id }) => id === item['call_id'] && type !== item['type'])
    const { output } = item
    const text =
      typeof output === 'string'
        ? output
        : objectsOf(output)
            .map((part) => stringOf(part['text']))
            .join('\n')
    return { name: stringOf(call?.['name']), text }
  })
}

const segmentsOf = (body: JsonObject, items: readonly JsonObject[]): readonly Segment[] => [
  ...(Array.isArray(body['tools']) ? [{ text: JSON.stringify(body['tools']), mark: false }] : []),
  ...(typeof body['instructions'] === 'string' ? [{ text: body['instructions'], mark: false }] : []),
  // Ids are no part of a prompt: with or without them the prefix is the same.
  ...items.map(({ id: _id, ...item }) => ({ text: JSON.stringify(item), mark: false })),
]
