import type { Machine, ReplyEvent } from '../core/events.ts'
import { asObject, asObjects, asString, textsOf, type JsonObject } from '../core/json.ts'
import type { ProtocolId } from '../core/protocol.ts'
import { aboutItem, itemOf, native, wholePart } from './native-parts.ts'
import { createPlaces, moved } from './places.ts'

/**
 * A provider's web searches in an answer between Messages and Responses, in the items of `to`, the client's protocol: Messages has
 * two blocks for each (the query, then what was found), Responses one item.
 */
export function carrySearches(to: ProtocolId): Machine<ReplyEvent, ReplyEvent> {
  return to === 'responses' ? blocksAsItems() : itemsAsBlocks()
}

/** A search of Messages whose hits are awaited. */
interface OpenSearch {
  readonly index: number
  readonly id: string
  query: string | undefined
}

function blocksAsItems(): Machine<ReplyEvent, ReplyEvent> {
  const places = createPlaces()
  /** By the id of the block that began it. */
  const open = new Map<string, OpenSearch>()
  /** The places of blocks that have none of their own, by the id of their search. */
  const within = new Map<number, string>()

  function end(search: OpenSearch, status: string, sources: readonly JsonObject[] | undefined): ReplyEvent {
    const queries = search.query === undefined ? {} : { query: search.query, queries: [search.query] }
    const action = { type: 'search', ...queries, ...(sources ? { sources } : {}) }
    const value = { id: search.id, type: 'web_search_call', status, action }
    return { type: 'part-end', index: search.index, part: native('responses', value) }
  }

  return {
    push(event) {
      if (event.type === 'part-start' || event.type === 'part-end') {
        const block = itemOf(event.part, 'messages')
        const isStart = event.type === 'part-start'
        if (block?.['type'] === 'server_tool_use' && block['name'] === 'web_search') {
          const id = asString(block['id']) ?? ''
          if (isStart) {
            const search = { index: places.next(), id: `ws_${id.replace(/^srvtoolu_/, '')}`, query: undefined }
            open.set(id, search)
            const value = { id: search.id, type: 'web_search_call', status: 'in_progress' }
            return [
              { type: 'part-start', index: search.index, part: native('responses', value) },
              aboutItem('web_search_call.in_progress', search.id),
            ]
          }
          const search = open.get(id)
          if (!search) return nothing
          search.query = asString(asObject(block['input'])?.['query'])
          return [aboutItem('web_search_call.searching', search.id)]
        }
        const asked = asString(block?.['tool_use_id']) ?? ''
        if (block?.['type'] === 'web_search_tool_result' && (open.has(asked) || within.has(event.index))) {
          within.set(event.index, asked)
          const search = open.get(asked)
          if (isStart || !search) return nothing
          open.delete(asked)
          const found = block['content']
          if (!Array.isArray(found)) return [end(search, 'failed', undefined)]
          const sources = asObjects(found).flatMap(({ url }) => (typeof url === 'string' ? [{ type: 'url', url }] : []))
          return [aboutItem('web_search_call.completed', search.id), end(search, 'completed', sources)]
        }
      }
      if (event.type !== 'end') return [moved(event, places)]
      // A turn that pauses leaves its last search without hits.
      const unanswered = [...open.values()].map((search) => end(search, 'in_progress', undefined))
      return [...unanswered, event]
    },
    end: () => nothing,
  }
}

function itemsAsBlocks(): Machine<ReplyEvent, ReplyEvent> {
  const places = createPlaces()
  let searches = 0
  return {
    push(event) {
      if (event.type === 'part-start' || event.type === 'part-end') {
        const item = itemOf(event.part, 'responses')
        if (item?.['type'] === 'web_search_call') {
          // What was sought is known at the end only.
          if (event.type === 'part-start') return nothing
          const blocks = writeBlocks(item)
          if (blocks.length > 0) searches += 1
          const parts = blocks.length > 0 ? blocks.map((block) => native('messages', block)) : [event.part]
          return parts.flatMap((part) => wholePart(places.next(), part))
        }
      }
      if (event.type !== 'end') return [moved(event, places)]
      return [searches === 0 ? event : { ...event, usage: { ...event.usage, searches } }]
    },
    end: () => nothing,
  }
}

/** The two blocks of a search; none for the other actions of the tool, which open a page or look for words in one. */
function writeBlocks(item: JsonObject): readonly JsonObject[] {
  const action = asObject(item['action'])
  if (action && action['type'] !== 'search') return []
  const id = `srvtoolu_${(asString(item['id']) ?? '').replace(/^ws_/, '')}`
  const query = asString(action?.['query']) ?? textsOf(action?.['queries']).join('; ')
  const sources = asObjects(action?.['sources']).flatMap(({ url }) => asString(url) ?? [])
  const failed = { type: 'web_search_tool_result_error', error_code: 'unavailable' }
  const content =
    item['status'] === 'failed'
      ? failed
      : // Responses names no titles here, and seals nothing.
        sources.map((url) => ({ type: 'web_search_result', url, title: url, encrypted_content: '', page_age: null }))
  return [
    { type: 'server_tool_use', id, name: 'web_search', input: query === '' ? {} : { query } },
    { type: 'web_search_tool_result', tool_use_id: id, content },
  ]
}

const nothing: readonly ReplyEvent[] = []
