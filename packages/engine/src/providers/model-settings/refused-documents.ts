import { asObject, asString, type JsonObject } from '@crossfeed/protocols'
import { mapMember, onObject } from '../patches/copy-on-write.ts'
import { mapBlocks } from '../patches/messages-blocks.ts'
import type { PatchContext, RequestPatch } from '../provider.ts'
import type { ProviderSettings } from '../settings.ts'
import { ownSettings } from './models.ts'

const name = 'documents-as-notice'
const reason = 'PROV-30: supportPdf is off for the model, and a server without it refuses documents'

/** Messages and Responses: a notice for each document, where the owner says that a model takes none. See `chatFiles`. */
export function refusedDocuments(settings: ProviderSettings): readonly RequestPatch[] {
  const isRefused = (model: string): boolean => ownSettings(settings, model)?.supportPdf === false
  return [
    {
      name,
      reason,
      protocol: 'messages',
      apply: (body, target, context) =>
        isRefused(target.name) ? mapBlocks(body, (block) => toNotice(block, 'document', 'text', context)) : body,
    },
    {
      name,
      reason,
      protocol: 'responses',
      apply(body, target, context) {
        if (!isRefused(target.name)) return body
        const mend = onObject((part) => toNotice(part, 'input_file', 'input_text', context))
        return mapMember(body, 'input', (item) => {
          const object = asObject(item)
          return object ? mapMember(mapMember(object, 'content', mend), 'output', mend) : item
        })
      },
    },
  ]
}

function toNotice(part: JsonObject, document: string, text: string, context: PatchContext): JsonObject {
  if (part['type'] !== document) return part
  const title = asString(part['title']) ?? asString(part['filename']) ?? 'document'
  context.lose({ path: document, why: `the model takes no documents, so ${title} is a notice` })
  return { type: text, text: `[The document ${title} was attached, but this model cannot read documents.]` }
}
