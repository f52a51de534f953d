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
