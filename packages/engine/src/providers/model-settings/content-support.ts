import type { ToolContent } from '../patches/chat-tool-results.ts'
import type { ProviderSettings } from '../settings.ts'
import { ownSettings } from './models.ts'

/** What Chat Completions takes at a kind of provider, of that which not every server takes. */
export interface ChatTakes {
  /** Sampling by `top_k`. */
  readonly topK: boolean
  /** A list of texts in tool messages. */
  readonly toolTexts: boolean
}

/** Whether a model reads documents: as its owner says, else what is `usual` for its kind of provider (PROV-30). */
export function takesDocuments(settings: ProviderSettings, name: string, usual: boolean): boolean {
  return ownSettings(settings, name)?.supportPdf ?? usual
}

/** What a model's tool messages may hold: as its owner says, else a string (PROV-30), or a list of texts where that is usual. */
export function toolContentOf(settings: ProviderSettings, name: string, usualTexts = false): ToolContent {
  const said = ownSettings(settings, name)?.toolContentSupportType
  if (said === undefined) return { array: usualTexts, image: false, pdf: false }
  const image = said.includes('image')
  const pdf = said.includes('pdf')
  // An image or a file can only stand in a list.
  return { array: said.includes('array') || image || pdf, image, pdf }
}
