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

function noticeOf(part: Json): string | undefined {
  const object = asObject(part)
  if (object?.['type'] === 'input_audio') return '[A recording was attached, but this model cannot hear it.]'
  if (object?.['type'] !== 'image_url') return undefined
  const url = asString(asObject(object['image_url'])?.['url'] ?? object['image_url'])
  if (!url || !/^https?:/i.test(url)) return undefined
  return `[The picture at ${url} was attached, but this model takes no pictures by address.]`
}
