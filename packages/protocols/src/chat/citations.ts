import { asNumber, asObject, asString, type JsonObject, type MutableJson } from '../core/json.ts'
import type { Citation } from '../core/part.ts'
import { keep, restore, restWith } from './spelling.ts'

const annotationMembers = new Set(['type', 'url_citation'])
const urlMembers = new Set(['url', 'title', 'start_index', 'end_index'])

/** The source that an annotation names; undefined for annotations of another kind. */
export function readCitation(annotation: JsonObject): Citation | undefined {
  const cited = annotation['type'] === 'url_citation' ? asObject(annotation['url_citation']) : undefined
  const url = asString(cited?.['url'])
  if (!cited || url === undefined) return undefined
  const title = asString(cited['title'])
  const start = asNumber(cited['start_index'])
  const end = asNumber(cited['end_index'])
  return {
    url,
    ...(title === undefined ? {} : { title }),
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
    ...keep(restWith(annotation, annotationMembers, [['url_citation', cited, urlMembers]])),
  }
}

/** The annotation for a source. `offset` and `length` place its text part in the whole content. */
export function writeCitation(citation: Citation, offset: number, length: number): JsonObject {
  const cited: MutableJson = {
    url: citation.url,
    title: citation.title ?? '',
    start_index: offset + (citation.start ?? 0),
    end_index: offset + (citation.end ?? length),
  }
  return restore({ type: 'url_citation', url_citation: cited }, citation.extras?.chat)
}
