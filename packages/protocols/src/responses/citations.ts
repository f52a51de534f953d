import { asNumber, asObjects, asString, type JsonObject } from '../core/json.ts'
import type { Citation, TextPart } from '../core/part.ts'
import { keepRest, ownExtras } from './extras.ts'

/** The citation that a `url_citation` annotation is; undefined for annotations of other kinds. */
export function readCitation(annotation: JsonObject): Citation | undefined {
  const url = annotation['url']
  if (annotation['type'] !== 'url_citation' || typeof url !== 'string') return undefined
  const title = asString(annotation['title'])
  const start = asNumber(annotation['start_index'])
  const end = asNumber(annotation['end_index'])
  return {
    url,
    ...(title === undefined ? {} : { title }),
    ...(start === undefined ? {} : { start }),
    ...(end === undefined ? {} : { end }),
    ...keepRest(annotation, ['type', 'url', 'title', 'start_index', 'end_index']),
  }
}

/** A citation as the `url_citation` annotation. One that names no place in the text stands for all of it. */
export function writeCitation(citation: Citation, textLength: number): JsonObject {
  return {
    ...ownExtras(citation),
    type: 'url_citation',
    start_index: citation.start ?? 0,
    end_index: citation.end ?? textLength,
    url: citation.url,
    title: citation.title ?? '',
  }
}

/** All annotations of a text: the citations that have an address, then those of kinds that only this protocol has. */
export function writeAnnotations(part: TextPart): readonly JsonObject[] {
  const own = asObjects(ownExtras(part)['annotations'])
  if (!part.citations) return own
  const cited = part.citations.filter(({ url }) => url !== '')
  return [...cited.map((citation) => writeCitation(citation, part.text.length)), ...own]
}
