import { asObject, asString, type Json, type JsonObject } from '@crossfeed/protocols'
import { asList, mapMember } from '../patches/copy-on-write.ts'
import type { PatchContext, RequestPatch } from '../provider.ts'
import type { ProviderSettings } from '../settings.ts'
import { toolContentOf, type ChatTakes, type ToolContent } from './content-support.ts'

/**
 * Chat Completions: documents and tool results in the form that a model takes (PROV-30). A document that it cannot read
 * becomes a notice; what a tool result may not hold moves into a user message after the results.
 */
export function chatFiles(settings: ProviderSettings, { toolTexts }: ChatTakes): readonly RequestPatch[] {
  return [
    {
      name: 'documents-as-notice',
      reason: 'PROV-30: supportPdf is off, and a server without it refuses file parts',
      protocol: 'chat',
      apply(body, target, context) {
        if (target.traits.documents) return body
        return mapMember(body, 'messages', (message, index) => {
          const turn = asObject(message)
          return turn ? mapMember(turn, 'content', (part) => toNotice(part, index, context)) : message
        })
      },
    },
    {
      name: 'tool-result-content',
      reason: 'PROV-30: toolContentSupportType says what tool messages may hold; nothing but a string by default',
      protocol: 'chat',
      apply(body, target) {
        const takes = toolContentOf(settings, target.name, toolTexts)
        const messages = asList(body['messages'])
        return messages?.some((message) => needsMending(message, takes))
          ? { ...body, messages: mendResults(messages, takes) }
          : body
      },
    },
  ]
}

function toNotice(part: Json, index: number, context: PatchContext): Json {
  const object = asObject(part)
  if (object?.['type'] !== 'file') return part
  const name = asString(asObject(object['file'])?.['filename']) ?? 'document'
  context.lose({ path: `messages[${index}]`, why: `the model takes no documents, so ${name} is a notice` })
  return { type: 'text', text: `[The document ${name} was attached, but this model cannot read documents.]` }
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

/** The messages with tool results as the model takes them; what they cannot hold follows the last result of its round. */
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
