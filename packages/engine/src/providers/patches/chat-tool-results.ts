import { asObject, asString, type Json, type JsonObject } from '@crossfeed/protocols'
import { asList } from './copy-on-write.ts'

/** What tool messages of Chat Completions may hold besides a string. */
export interface ToolContent {
  readonly array: boolean
  readonly image: boolean
  readonly pdf: boolean
}

/**
 * A chat request whose tool results hold no more than their target takes: the rest follows the last result of its round, in a
 * message of the user. The same object when nothing has to move.
 */
export function fitToolResults(body: JsonObject, takes: ToolContent): JsonObject {
  const messages = asList(body['messages'])
  return messages?.some((message) => needsMending(message, takes))
    ? { ...body, messages: mendResults(messages, takes) }
    : body
}

function isToolMessage(message: Json): message is JsonObject {
  return asObject(message)?.['role'] === 'tool'
}

function needsMending(message: Json, takes: ToolContent): boolean {
  if (!isToolMessage(message)) return false
  const parts = asList(message['content'])
  return parts !== undefined && (!takes.array || parts.some((part) => !mayStay(part, takes)))
}

function mayStay(part: Json, takes: ToolContent): boolean {
  const type = asObject(part)?.['type']
  if (type === 'image_url') return takes.image
  return type === 'file' ? takes.pdf : true
}

function mendResults(messages: readonly Json[], takes: ToolContent): readonly Json[] {
  const mended: Json[] = []
  let moved: Json[] = []
  const settle = (): void => {
    if (moved.length > 0) mended.push({ role: 'user', content: moved })
    moved = []
  }
  for (const message of messages) {
    const parts = isToolMessage(message) ? asList(message['content']) : undefined
    if (!isToolMessage(message)) settle()
    if (!parts || !isToolMessage(message)) {
      mended.push(message)
      continue
    }
    const others = parts.filter((part) => !mayStay(part, takes))
    const kept = parts.filter((part) => mayStay(part, takes))
    if (others.length > 0) {
      const id = asString(message['tool_call_id']) ?? 'the tool'
      moved.push({ type: 'text', text: `Attached to the result of tool call ${id}:` }, ...others)
    }
    mended.push({ ...message, content: contentOf(kept, takes) })
  }
  settle()
  return mended
}

function contentOf(kept: readonly Json[], takes: ToolContent): Json {
  if (kept.length === 0) return 'The result is attached in the next user message.'
  if (takes.array) return kept
  return kept.map((part) => asString(asObject(part)?.['text']) ?? '').join('\n\n')
}
