import { asObject, asString, type Json, type JsonObject, type MutableJson } from '@crossfeed/protocols'
import type { RequestPatch } from '../../provider.ts'
import { billingMark, withoutBilling } from './billing-line.ts'
import { asList, mapList, mapMember, without, withMember } from '../../patches/copy-on-write.ts'

/** The line with which Claude Code begins its system text goes, as a block or as the first line of a string. */
export const billingHeader: RequestPatch = {
  name: 'messages-billing-header',
  reason: 'user-pain 2.3: the line differs in every request and spoils the prompt cache; only Anthropic reads it',
  protocol: 'messages',
  apply(body) {
    const system = body['system']
    if (typeof system === 'string') return withMember(body, 'system', withoutBilling(system) || undefined)
    const first = asObject(asList(system)?.[0])
    const text = asString(first?.['text'])
    if (!first || !text?.startsWith(billingMark)) return body
    const rest = withoutBilling(text)
    const blocks = mapList(asList(system) ?? [], (block, index) => {
      if (index > 0) return block
      return rest === '' ? undefined : { ...first, text: rest }
    })
    return withMember(body, 'system', blocks.length === 0 ? undefined : blocks)
  },
}

/** Members of single messages that belong to betas which are not forwarded, such as a turn's own `output_config`. */
export const messageMembers: RequestPatch = {
  name: 'messages-turn-members',
  reason:
    'clients.md: Claude Code sets output_config on single turns (beta per-turn-control): an extra input elsewhere',
  protocol: 'messages',
  apply: (body) =>
    mapMember(body, 'messages', (message) => {
      const turn = asObject(message)
      return turn ? without(turn, 'output_config', 'cache_control', 'id', 'tools') : message
    }),
}

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

/** A conversation that ends with the assistant gets a word from the user. */
export const lastSpeaker: RequestPatch = {
  name: 'messages-ends-with-user',
  reason: 'Q32, TR-29: the last message must be the user’s',
  protocol: 'messages',
  apply(body, target, context) {
    const messages = asList(body['messages'])
    const last = asObject(messages?.at(-1))
    if (target.traits.prefill || !messages || last?.['role'] !== 'assistant') return body
    if (asList(last['content'])?.some((block) => asObject(block)?.['type'] === 'tool_use')) return body
    context.note('added:please-continue')
    return { ...body, messages: [...messages, { role: 'user', content: 'Please continue.' }] }
  },
}
