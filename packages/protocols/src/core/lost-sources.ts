import { asObjects, asString } from './json.ts'
import type { ReportLoss } from './loss.ts'
import type { TextPart } from './part.ts'

/**
 * Reports the annotations of a text in Responses that no other protocol has: citations of files and paths of files, which name
 * a file at the service and no address.
 */
export function loseFileCitations(part: TextPart, path: string, protocol: string, lose: ReportLoss): void {
  const kept = asObjects(part.extras?.responses?.['annotations'])
  if (kept.length === 0) return
  const types = new Set(kept.map((annotation) => asString(annotation['type']) ?? 'this annotation'))
  lose({ path: `${path}.annotations`, why: `${protocol} has nothing like ${[...types].join(', ')}` })
}

/** Reports the sources of a text that are places in documents: an annotation of OpenAI's needs an address. */
export function loseAddressless(part: TextPart, path: string, lose: ReportLoss): void {
  if (part.citations?.some(({ url }) => url === ''))
    lose({ path: `${path}.citations`, why: 'an annotation names an address, which a place in a document has not' })
}
