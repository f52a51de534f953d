import { asObject, asString, type Json } from '@crossfeed/protocols'
import { fitToolResults } from '../patches/chat-tool-results.ts'
import { mapMember } from '../patches/copy-on-write.ts'
import type { PatchContext, RequestPatch } from '../provider.ts'
import type { ProviderSettings } from '../settings.ts'
import { toolContentOf, type ChatTakes } from './content-support.ts'

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
        return fitToolResults(body, toolContentOf(settings, target.name, toolTexts))
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
