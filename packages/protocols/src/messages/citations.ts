import { asString, rest, type JsonObject } from '../core/json.ts'
import type { Citation } from '../core/part.ts'

const webMembers: ReadonlySet<string> = new Set(['url', 'title', 'cited_text'])

/**
 * A citation of a text block. Only those of the web have an address; the others (a place in a document) keep themselves
 * whole in extras and have an empty `url` unless their source is one.
 */
export function readCitation(citation: JsonObject): Citation {
  const title = asString(citation['title']) ?? asString(citation['document_title'])
  const quote = asString(citation['cited_text'])
  const words = { ...(title === undefined ? {} : { title }), ...(quote === undefined ? {} : { quote }) }
  const url = asString(citation['url'])
  if (citation['type'] === 'web_search_result_location' && url !== undefined && title !== undefined) {
    return { url, ...words, extras: { messages: rest(citation, webMembers) ?? {} } }
  }
  return { url: url ?? asString(citation['source']) ?? '', ...words, extras: { messages: citation } }
}

/** The citation as this API has it: what came from here unchanged, an address from elsewhere as a search result. */
export function writeCitation(citation: Citation): JsonObject {
  const kept = citation.extras?.messages
  if (kept && (kept['type'] !== 'web_search_result_location' || kept['url'] !== undefined)) return kept
  return {
    type: 'web_search_result_location',
    cited_text: citation.quote ?? '',
    url: citation.url,
    title: citation.title ?? null,
    encrypted_index: '',
    ...kept,
  }
}
