import { asObject, asString, type Json } from '@crossfeed/protocols'
import { mapMember } from '../copy-on-write.ts'
import type { RequestPatch } from '../provider.ts'

/**
 * Pictures by address and sound are notices: the server takes pictures as data only and fetches nothing, and it refuses the
 * whole request for one that it cannot take.
 */
export const mediaAsNotice: RequestPatch = {
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
export const wordsAsText: RequestPatch = {
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

function noticeOf(part: Json): string | undefined {
  const object = asObject(part)
  if (object?.['type'] === 'input_audio') return '[A recording was attached, but this model cannot hear it.]'
  if (object?.['type'] !== 'image_url') return undefined
  const url = asString(asObject(object['image_url'])?.['url'] ?? object['image_url'])
  if (!url || !/^https?:/i.test(url)) return undefined
  return `[The picture at ${url} was attached, but this model takes no pictures by address.]`
}
