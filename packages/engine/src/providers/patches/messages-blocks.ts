import { asObject, type JsonObject } from '@crossfeed/protocols'
import { asList, mapMember, onObject } from './copy-on-write.ts'

/** What a block becomes: itself, a changed copy, or undefined to leave it out. */
export type BlockChange = (block: JsonObject) => JsonObject | undefined

/** The body with every block of `system`, of the messages and inside tool results changed, inner blocks first. */
export function mapBlocks(body: JsonObject, change: BlockChange): JsonObject {
  return mapMember(mapMember(body, 'system', onObject(change)), 'messages', (message) => {
    const turn = asObject(message)
    return turn ? mapMember(turn, 'content', onObject(inside(change))) : message
  })
}

/** The body with every block of the messages changed, `at` the message of its index; turns that are left with nothing go. */
export function mapTurnBlocks(
  body: JsonObject,
  change: (block: JsonObject, at: number) => JsonObject | undefined,
): JsonObject {
  return mapMember(body, 'messages', (message, at) => {
    const turn = asObject(message)
    if (!turn) return message
    const mended = mapMember(
      turn,
      'content',
      onObject((block) => change(block, at)),
    )
    return mended !== turn && asList(mended['content'])?.length === 0 ? undefined : mended
  })
}

/** As `mapBlocks`, beginning with the tools: everything that may carry a cache mark, in the order of the prompt. */
export function mapMarkable(body: JsonObject, change: BlockChange): JsonObject {
  return mapBlocks(mapMember(body, 'tools', onObject(change)), change)
}

function inside(change: BlockChange): BlockChange {
  return (block) => change(block['type'] === 'tool_result' ? mapMember(block, 'content', onObject(change)) : block)
}
