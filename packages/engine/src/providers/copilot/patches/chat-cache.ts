import { asObject, type Json, type JsonObject } from '@crossfeed/protocols'
import type { RequestPatch } from '../../provider.ts'
import { asList, mapMember, without } from '../../patches/copy-on-write.ts'

const most = 4

/** `cache_control` of clients (on parts, messages, tools) becomes `copilot_cache_control` on the message, or goes. */
export const cacheOnMessages: RequestPatch = {
  name: 'chat-cache-marks',
  reason:
    'copilot-protocol 5.1: Claude caches by copilot_cache_control on messages, at most four; others cache by themselves',
  protocol: 'chat',
  apply(body, target, context) {
    const tools = mapMember(body, 'tools', (tool) => (asObject(tool) ? unmarked(asObject(tool) ?? {}) : tool))
    const mark = target.traits.cacheMarks === 'messages'
    const moved = mapMember(tools, 'messages', (message) => moveMark(message, mark))
    return mark ? limitMarks(moved, context.note) : moved
  },
}

function unmarked(tool: JsonObject): JsonObject {
  const bare = without(tool, 'cache_control')
  const inner = asObject(bare['function'])
  if (!inner || inner['cache_control'] === undefined) return bare
  return { ...bare, function: without(inner, 'cache_control') }
}

function moveMark(message: Json, mark: boolean): Json {
  const turn = asObject(message)
  if (!turn) return message
  const bare = mapMember(without(turn, 'cache_control'), 'content', (part) => {
    const object = asObject(part)
    return object ? without(object, 'cache_control') : part
  })
  if (bare === turn || !mark || bare['copilot_cache_control'] !== undefined) return bare
  return { ...bare, copilot_cache_control: { type: 'ephemeral' } }
}

/** Keeps the marks of leading system messages (the last two of them) and the last ones of the conversation. */
function limitMarks(body: JsonObject, note: (change: string) => void): JsonObject {
  const messages = asList(body['messages']) ?? []
  const marked = messages.flatMap((message, index) => (asObject(message)?.['copilot_cache_control'] ? [index] : []))
  if (marked.length <= most) return body
  const isSystem = (index: number): boolean => {
    const role = asObject(messages[index])?.['role']
    return role === 'system' || role === 'developer'
  }
  const system = marked.filter(isSystem).slice(-2)
  const others = marked.filter((index) => !system.includes(index)).slice(-(most - system.length))
  const kept = new Set([...system, ...others])
  note(`cache-marks:${marked.length}>${most}`)
  return mapMember(body, 'messages', (message, index) => {
    const turn = asObject(message)
    return turn && !kept.has(index) ? without(turn, 'copilot_cache_control') : message
  })
}
