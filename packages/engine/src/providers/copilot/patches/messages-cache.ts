import { asObject, type JsonObject } from '@crossfeed/protocols'
import type { RequestPatch } from '../../provider.ts'
import { asList, without, withMember } from '../../patches/copy-on-write.ts'
import { mapMarkable } from '../../patches/messages-blocks.ts'

const most = 4
const known: ReadonlySet<string> = new Set(['type', 'ttl'])

/** Members of a cache mark that only Anthropic itself knows, such as `scope`, go. */
export const cacheKeys: RequestPatch = {
  name: 'messages-cache-keys',
  reason: 'Q32: "cache_control.ephemeral.scope: Extra inputs are not permitted"',
  protocol: 'messages',
  apply: (body) =>
    mapMarkable(body, (holder) => {
      const mark = asObject(holder['cache_control'])
      if (!mark) return holder['cache_control'] === null ? without(holder, 'cache_control') : holder
      const extra = Object.keys(mark).filter((key) => !known.has(key))
      return extra.length === 0 ? holder : withMember(holder, 'cache_control', without(mark, ...extra))
    }),
}

/** Cache marks where none may stand. */
export const cachePlaces: RequestPatch = {
  name: 'messages-cache-places',
  reason: 'copilot-protocol 7.2: no cache marks on thinking blocks and on deferred tools',
  protocol: 'messages',
  apply: (body) =>
    mapMarkable(body, (holder) => {
      const type = holder['type']
      const isBarred = type === 'thinking' || type === 'redacted_thinking' || holder['defer_loading'] === true
      return isBarred ? without(holder, 'cache_control') : holder
    }),
}

/** At most four cache marks: the last two of the system text, then the last ones of the conversation. */
export const cacheLimit: RequestPatch = {
  name: 'messages-cache-limit',
  reason: 'Q32: more than four cache marks are refused',
  protocol: 'messages',
  apply(body, _target, context) {
    let marked = 0
    mapMarkable(body, (holder) => {
      if (holder['cache_control']) marked++
      return holder
    })
    if (marked <= most) return body
    const kept = keptMarks(body, marked)
    context.note(`cache-marks:${marked}>${most}`)
    let index = 0
    return mapMarkable(body, (holder) => {
      if (!holder['cache_control']) return holder
      return kept.has(index++) ? holder : without(holder, 'cache_control')
    })
  },
}

/** The numbers of the marks to keep, counted through tools, system and messages. */
function keptMarks(body: JsonObject, marked: number): ReadonlySet<number> {
  const inTools = countMarks(body, 'tools')
  const inSystem = countMarks(body, 'system')
  const all = Array.from({ length: marked }, (_, index) => index)
  const system = all.slice(inTools, inTools + inSystem).slice(-2)
  const others = all.filter((index) => index < inTools || index >= inTools + inSystem)
  return new Set([...system, ...others.slice(-(most - system.length))])
}

function countMarks(body: JsonObject, member: string): number {
  return asList(body[member])?.filter((item) => asObject(item)?.['cache_control']).length ?? 0
}
