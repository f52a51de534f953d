import { asObject, asString, type Json } from '@crossfeed/protocols'
import { chatArguments } from '../patches/chat-arguments.ts'
import { chatRoleOnce } from '../patches/chat-role-once.ts'
import { chatToolPieces } from '../patches/chat-tool-pieces.ts'
import { mapMember, without } from '../patches/copy-on-write.ts'
import { developerAsSystem } from '../patches/developer-as-system.ts'
import { olderMaxTokensName } from '../patches/max-tokens-name.ts'
import type { EventPatch, RequestPatch } from '../provider.ts'
import type { ProviderSettings } from '../settings.ts'
import { asNative } from './native-request.ts'

/**
 * Pictures by address and sound are notices: the server takes pictures as data only and fetches nothing, and it refuses the
 * whole request for one that it cannot take.
 */
const mediaAsNotice: RequestPatch = {
  name: 'media-as-notice',
  reason: 'openai/openai.go of ollama/ollama: "invalid image input", and "invalid message format" for other parts',
  protocol: 'chat',
  apply: (body, _target, context) =>
    mapMember(body, 'messages', (message, index) => {
      const turn = asObject(message)
      if (!turn) return message
      return mapMember(turn, 'content', (part) => {
        const text = noticeOf(part)
        if (text === undefined) return part
        context.lose({ path: `messages[${index}]`, why: `Ollama does not take this media, so it is a notice: ${text}` })
        return { type: 'text', text }
      })
    }),
}

/** An assistant's message without words and calls has empty words: `null` is refused there. */
const wordsAsText: RequestPatch = {
  name: 'words-as-text',
  reason: 'openai/openai.go of ollama/ollama: "invalid message content type: <nil>"',
  protocol: 'chat',
  apply: (body) =>
    mapMember(body, 'messages', (message) => {
      const turn = asObject(message)
      const isWordless = turn?.['role'] === 'assistant' && (turn['content'] ?? null) === null
      return isWordless && !turn['tool_calls'] ? { ...turn, content: '' } : message
    }),
}

/** No tools where none may be called; that one has to be called cannot be said. */
const toolChoice: RequestPatch = {
  name: 'tool-choice',
  reason: 'docs/openai.md of ollama/ollama: tool_choice is not supported, so that it is passed over',
  protocol: 'chat',
  apply(body, _target, context) {
    const choice = body['tool_choice']
    if (choice === undefined || choice === null || choice === 'auto') return body
    if (choice === 'none') return without(body, 'tools', 'tool_choice')
    context.lose({ path: 'tool_choice', why: 'Ollama lets its models choose' })
    return body
  },
}

function noticeOf(part: Json): string | undefined {
  const object = asObject(part)
  if (object?.['type'] === 'input_audio') return '[A recording was attached, but this model cannot hear it.]'
  if (object?.['type'] !== 'image_url') return undefined
  const url = asString(asObject(object['image_url'])?.['url'] ?? object['image_url'])
  if (!url || !/^https?:/i.test(url)) return undefined
  return `[The picture at ${url} was attached, but this model takes no pictures by address.]`
}

/** The mends of requests; the last one leaves Chat Completions. */
export function requestPatches(settings: ProviderSettings): readonly RequestPatch[] {
  return [
    developerAsSystem(() => true),
    mediaAsNotice,
    wordsAsText,
    chatArguments,
    olderMaxTokensName,
    toolChoice,
    asNative(settings),
  ]
}

/** The mends of streams. */
export const eventPatches: readonly EventPatch[] = [chatToolPieces, chatRoleOnce]
