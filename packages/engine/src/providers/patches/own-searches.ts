import { asObject, asObjects, asString, type Json, type JsonObject } from '@crossfeed/protocols'
import type { RequestPatch } from '../provider.ts'
import { asList, mapMember, withMember } from './copy-on-write.ts'

/**
 * Web searches in the history of relayed requests that another service ran. What was found goes back sealed and only to
 * whom it was given; those of other services came without a seal, and are told in words.
 */
export const ownSearches: RequestPatch = {
  name: 'own-searches',
  reason: 'Invalid `encrypted_content` in `search_result` block, where a conversation went over another supply',
  protocol: 'messages',
  apply: (body, _target, context) =>
    mapMember(body, 'messages', (message, at) => {
      const turn = asObject(message)
      const blocks = asList(turn?.['content'])
      if (!turn || !blocks || turn['role'] !== 'assistant') return message
      const foreign = new Map(blocks.flatMap((block) => foreignSearch(asObject(block), blocks)))
      const mended = mapMember(turn, 'content', (block) => mendBlock(block, foreign))
      if (mended !== turn)
        context.lose({
          path: `messages[${at}]`,
          why: 'a web search of another service is told in words, without its seals',
        })
      return mended
    }),
}

/** A result without seals by the id of its search, as words. */
function foreignSearch(block: JsonObject | undefined, blocks: readonly Json[]): readonly (readonly [string, string])[] {
  const id = asString(block?.['tool_use_id'])
  if (block?.['type'] !== 'web_search_tool_result' || id === undefined) return []
  const hits = asObjects(block['content'])
  if (!hits.some((hit) => hit['encrypted_content'] === '')) return []
  const use = blocks.map(asObject).find((other) => other?.['type'] === 'server_tool_use' && other['id'] === id)
  const query = asString(asObject(use?.['input'])?.['query'])
  const found = hits.flatMap((hit) => asString(hit['url']) ?? [])
  return [[id, `[web_search: ${[...(query === undefined ? [] : [`query: ${query}`]), ...found].join('\n')}]`]]
}

function mendBlock(block: Json, foreign: ReadonlyMap<string, string>): Json | undefined {
  const object = asObject(block)
  if (!object) return block
  if (object['type'] === 'server_tool_use' && foreign.has(asString(object['id']) ?? '')) return undefined
  const text = foreign.get(asString(object['tool_use_id']) ?? '')
  if (text !== undefined) return { type: 'text', text }
  const cited = asList(object['citations'])
  if (object['type'] !== 'text' || !cited) return block
  const kept = cited.filter((citation) => asObject(citation)?.['encrypted_index'] !== '')
  return kept.length === cited.length ? block : withMember(object, 'citations', kept.length === 0 ? undefined : kept)
}
