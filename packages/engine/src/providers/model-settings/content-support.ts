import { familyOf } from '../openai-families.ts'
import type { ProviderSettings } from '../settings.ts'
import { isOpenRouter } from '../vendor-hosts.ts'
import { nameAtUpstream, ownSettings } from './models.ts'

/** What tool messages of Chat Completions may hold besides a string. */
export interface ToolContent {
  readonly array: boolean
  readonly image: boolean
  readonly pdf: boolean
}

/**
 * Whether a model reads documents: as its owner says, else what its kind of provider is known for (PROV-30: off for servers
 * of which only the protocol is known).
 */
export function takesDocuments(settings: ProviderSettings, name: string): boolean {
  const said = ownSettings(settings, name)?.supportPdf
  if (said !== undefined) return said
  if (settings.type === 'compatible') return isOpenRouter(settings)
  if (settings.type === 'openai') return familyOf(nameAtUpstream(settings, name)) !== undefined
  return settings.type !== 'ollama'
}

/**
 * What a model's tool messages may hold: as its owner says, else a string only (PROV-30), or a list of texts at OpenAI and
 * Azure (API reference, "Tool message").
 */
export function toolContentOf(settings: ProviderSettings, name: string): ToolContent {
  const said = ownSettings(settings, name)?.toolContentSupportType
  const isOpenAi = settings.type === 'openai' || settings.type === 'azure'
  if (said === undefined) return { array: isOpenAi, image: false, pdf: false }
  const image = said.includes('image')
  const pdf = said.includes('pdf')
  // An image or a file can only stand in a list.
  return { array: said.includes('array') || image || pdf, image, pdf }
}
