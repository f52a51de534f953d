import type { ModelEntry } from '../../model.ts'
import { base64Size } from '../../standin/conversation.ts'
import type { Attachment, Conversation, ToolResult } from '../../standin/conversation.ts'
import { isObject, numberOf, objectsOf, stringOf, stringsOf } from '../../json.ts'
import type { JsonObject } from '../../json.ts'
import { readTools } from '../../standin/speak.ts'
import type { Segment } from '../../tokens.ts'

/** Reads a messages request. */
export function readMessages(body: JsonObject, model: ModelEntry): Conversation {
  const messages = objectsOf(body['messages'])
  const asked = messages.findLast(
    ({ role, content }) => role === 'user' && (typeof content === 'string' || lastText(content) !== ''),
  )
  const choice = isObject(body['tool_choice']) ? body['tool_choice'] : {}
  const output = isObject(body['output_config']) ? body['output_config'] : {}
  const format =
    isObject(output['format']) && isObject(output['format']['schema']) ? output['format']['schema'] : undefined
  const maxTokens = numberOf(body['max_tokens'])
  return {
    face: 'messages',
    model,
    stream: body['stream'] === true,
    question: lastText(asked?.['content']),
    attachments: objectsOf(messages.at(-1)?.['content']).flatMap(readAttachment),
    results: trailingResults(messages),
    tools: readTools(
      objectsOf(body['tools']).filter((tool) => tool['defer_loading'] !== true || isLoaded(tool, messages)),
      'input_schema',
    ),
    choice: readChoice(choice),
    single: choice['disable_parallel_tool_use'] === true,
    ...(format !== undefined && { format }),
    ...(maxTokens !== undefined && { maxTokens }),
    stop: stringsOf(body['stop_sequences']),
    thinking: readThinking(body['thinking'], model),
    logprobs: false,
    segments: segmentsOf(body, messages),
  }
}

const lastText = (content: unknown): string =>
  typeof content === 'string' ? content : stringOf(objectsOf(content).findLast(({ type }) => type === 'text')?.['text'])

const readChoice = ({ type, name }: JsonObject): Conversation['choice'] => {
  if (type === 'tool') return { name: stringOf(name) }
  if (type === 'any') return 'required'
  return type === 'none' ? 'none' : 'auto'
}

/** Models without budgets (opus 4.7 and later) show their thinking only when `display` says so. */
function readThinking(thinking: unknown, model: ModelEntry): Conversation['thinking'] {
  if (!isObject(thinking) || (thinking['type'] !== 'enabled' && thinking['type'] !== 'adaptive')) return 'off'
  if (thinking['display'] === 'omitted') return 'hidden'
  return model.budget || thinking['display'] === 'summarized' ? 'shown' : 'hidden'
}

/** A deferred tool can be called once a tool result has referred to it. */
const isLoaded = (tool: JsonObject, messages: readonly JsonObject[]): boolean =>
  messages
    .flatMap(({ content }) => objectsOf(content))
    .some((block) =>
      objectsOf(block['content']).some(
        (part) => part['type'] === 'tool_reference' && part['tool_name'] === tool['name'],
      ),
    )

function readAttachment(block: JsonObject): readonly Attachment[] {
  if (block['type'] === 'tool_result') return objectsOf(block['content']).flatMap(readAttachment)
  const { source } = block
  if ((block['type'] !== 'image' && block['type'] !== 'document') || !isObject(source)) return []
  const mediaType = stringOf(source['media_type']) || (block['type'] === 'image' ? 'image' : 'application/pdf')
  return [source['type'] === 'base64' ? { mediaType, bytes: base64Size(stringOf(source['data'])) } : { mediaType }]
}

function trailingResults(messages: readonly JsonObject[]): readonly ToolResult[] {
  const calls = objectsOf(messages.at(-2)?.['content'])
  return objectsOf(messages.at(-1)?.['content']).flatMap((block) => {
    if (block['type'] !== 'tool_result') return []
    const name = stringOf(calls.find(({ id }) => id === block['tool_use_id'])?.['name'])
    const { content } = block
    const text = typeof content === 'string' ? content : objectsOf(content).map(resultText).join('\n')
    return [{ name, text }]
  })
}

const resultText = (part: JsonObject): string =>
  part['type'] === 'text' ? stringOf(part['text']) : `[${stringOf(part['type'])}]`

function segmentsOf(body: JsonObject, messages: readonly JsonObject[]): readonly Segment[] {
  const segment = (block: JsonObject, prefix = ''): Segment => {
    const { cache_control: mark, ...rest } = block
    return { text: prefix + JSON.stringify(rest), mark: isObject(mark) }
  }
  const system =
    typeof body['system'] === 'string' ? [{ type: 'text', text: body['system'] }] : objectsOf(body['system'])
  return [
    ...objectsOf(body['tools']).map((tool) => segment(tool)),
    ...system.map((block) => segment(block)),
    ...messages.flatMap(({ role, content }) => {
      const blocks = typeof content === 'string' ? [{ type: 'text', text: content }] : objectsOf(content)
      return blocks.map((block) => segment(block, `${stringOf(role)} `))
    }),
  ]
}
