import { asObject, asString, type Json, type JsonObject, type MutableJson } from '@crossfeed/protocols'
import type { RequestPatch } from '../provider.ts'
import { statesOutput } from './messages-system-turns.ts'
import { asList, mapList, mapMember, without, withMember } from './copy-on-write.ts'

/** Blank text blocks go, their cache mark moves to the block before; turns that are left with nothing go too. */
export const emptyTexts: RequestPatch = {
  name: 'messages-empty-texts',
  reason: 'Q32, user-pain 4.6: blank text blocks and empty turns are refused, and clients replay those they once got',
  protocol: 'messages',
  apply(body) {
    const system = withSystem(body)
    const turns = mapMember(system, 'messages', (message) => {
      const turn = asObject(message)
      return turn ? withoutBlanks(turn) : message
    })
    // Nothing but blanks: the service shall say what it thinks of that.
    return asList(turns['messages'])?.length === 0 ? system : turns
  },
}

function withSystem(body: JsonObject): JsonObject {
  const system = body['system']
  if (typeof system === 'string') return system.trim() === '' ? without(body, 'system') : body
  const blocks = asList(system)
  if (!blocks) return body
  const kept = keptBlocks(blocks)
  return withMember(body, 'system', kept.length === 0 ? undefined : kept)
}

function withoutBlanks(turn: JsonObject): JsonObject | undefined {
  // A turn of role system may state an effort and nothing else.
  if (statesOutput(turn)) return turn
  const content = turn['content']
  if (typeof content === 'string') return content.trim() === '' ? undefined : turn
  const blocks = asList(content)
  if (!blocks) return content === null || content === undefined ? undefined : turn
  const kept = keptBlocks(blocks)
  return kept.length === 0 ? undefined : withMember(turn, 'content', kept)
}

function keptBlocks(blocks: readonly Json[]): readonly Json[] {
  const inner = mapList(blocks, (block) => {
    const result = asObject(block)
    const content = result?.['type'] === 'tool_result' ? asList(result['content']) : undefined
    return result && content ? withMember(result, 'content', keptBlocks(content)) : block
  })
  if (!inner.some(isBlank)) return inner
  const kept: MutableJson[] = []
  for (const block of inner) {
    const object = asObject(block)
    const last = kept.at(-1)
    if (!isBlank(block)) kept.push({ ...object })
    else if (last && object?.['cache_control'] && !last['cache_control'])
      last['cache_control'] = object['cache_control']
  }
  return kept
}

function isBlank(block: Json): boolean {
  const object = asObject(block)
  return object?.['type'] === 'text' && (asString(object['text']) ?? '').trim() === ''
}
