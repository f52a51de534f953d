import type { ReportLoss } from './loss.ts'
import type { TextPart } from './part.ts'

/** Reports the sources of a text that are places in documents: an annotation of OpenAI's needs an address. */
export function loseAddressless(part: TextPart, path: string, lose: ReportLoss): void {
  if (part.citations?.some(({ url }) => url === ''))
    lose({ path: `${path}.citations`, why: 'an annotation names an address, which a place in a document has not' })
}
