import { asNumber, asObject, asString, type JsonObject, type WireEvent } from '@crossfeed/protocols'
import type { EventMender, EventPatch, ReplyPatch } from '../provider.ts'

/** A block as the client knows it. */
interface Block {
  readonly index: number
  readonly type: string
}

/** What a delta says by its type, and in which block it may stand. */
const blockOf: ReadonlyMap<string, string> = new Map([
  ['text', 'text'],
  ['thinking', 'thinking'],
  ['signature', 'thinking'],
])

/** The starts of blocks that a delta may open where the server has not; their index is filled in. */
const opening: ReadonlyMap<string, JsonObject> = new Map([
  ['text_delta', { index: 0, content_block: { type: 'text', text: '' } }],
  ['thinking_delta', { index: 0, content_block: { type: 'thinking', thinking: '', signature: '' } }],
])

const noTokens = { input_tokens: 0, output_tokens: 0 }

const reason =
  'Kimi repeats message_start ("Unexpected event order", MoonshotAI/Kimi-K2.5#33), MiniMax leaves usage out of message_delta (earendil-works/pi#6567), others reuse the index of a block or send a delta of another kind ("Mismatched content block type", anthropics/claude-code#63487; "Content block not found", QuantumNous/new-api#4389)'

/**
 * One start of the message, each block opened once at its own index and closed, deltas in blocks of their kind, and a count of
 * tokens where clients look for it: they stumble over anything else. What is well keeps its bytes.
 */
export const messagesStream: EventPatch = {
  name: 'messages-stream',
  reason,
  protocol: 'messages',
  start: () => createMender(false),
}

/** The same, and no text without a word. */
export const spokenMessagesStream: EventPatch = {
  ...messagesStream,
  reason: `${reason}; some open an empty text, which no server takes back (anthropics/claude-code#88536)`,
  start: () => createMender(true),
}

/** The same for whole answers. */
export const messagesUsage: ReplyPatch = {
  name: 'messages-usage',
  reason: 'Claude Code reads the count of tokens of every answer (anthropics/claude-code#40260)',
  protocol: 'messages',
  apply: (reply) => (asObject(reply['usage']) ? reply : { ...reply, usage: noTokens }),
}

/** `awaitsText` holds the start of a text back until there is a word of it. */
function createMender(awaitsText: boolean): EventMender {
  /** Blocks that are open, by the server's index. */
  const open = new Map<number, Block>()
  /** The starts of texts that hold nothing yet. */
  const waiting = new Map<number, JsonObject>()
  let next = 0
  let begun = false
  /** Tokens of output that the server has counted so far. */
  let counted = 0

  const close = (at: number): readonly WireEvent[] => {
    const block = open.get(at)
    open.delete(at)
    return block ? [eventOf('content_block_stop', { index: block.index })] : []
  }
  /** Of what is said, one block at a time is open. */
  const closeSaid = (): readonly WireEvent[] =>
    [...open].flatMap(([at, { type }]) => (type === 'text' || type === 'thinking' ? close(at) : []))
  const begin = (at: number, start: JsonObject): WireEvent => {
    const block = { index: next++, type: asString(asObject(start['content_block'])?.['type']) ?? '' }
    open.set(at, block)
    return eventOf('content_block_start', { ...start, index: block.index })
  }
  const count = (holder: JsonObject | undefined): void => {
    counted = asNumber(asObject(holder?.['usage'])?.['output_tokens']) ?? counted
  }
  const startMessage = (event: WireEvent, data: JsonObject): readonly WireEvent[] => {
    if (begun) return []
    begun = true
    const message = asObject(data['message'])
    count(message)
    if (!message || (asObject(message['usage']) && Array.isArray(message['content']))) return [event]
    const content = Array.isArray(message['content']) ? message['content'] : []
    return [
      { ...event, data: { ...data, message: { ...message, content, usage: asObject(message['usage']) ?? noTokens } } },
    ]
  }
  const startBlock = (event: WireEvent, data: JsonObject, at: number): readonly WireEvent[] => {
    const before = [...closeSaid(), ...close(at)]
    waiting.delete(at)
    const content = asObject(data['content_block'])
    if (awaitsText && content?.['type'] === 'text' && content['text'] === '') {
      waiting.set(at, data)
      return before
    }
    const started = begin(at, data)
    return [...before, isSameIndex(started, data) ? event : { ...event, ...started }]
  }
  const mendDelta = (event: WireEvent, data: JsonObject, at: number): readonly WireEvent[] => {
    const delta = asObject(data['delta'])
    const type = asString(delta?.['type']) ?? ''
    const own = waiting.get(at)
    if (own && delta?.['text'] === '') return []
    const block = open.get(at) ?? (own && { index: next, type: 'text' })
    if (type === 'input_json_delta' && !(block && fits(block, type))) return toOpenCall(event, data)
    const start = block && fits(block, type) ? own : opening.get(type)
    waiting.delete(at)
    if (!start && !(block && fits(block, type))) return []
    const before = start ? [...closeSaid(), ...close(at), begin(at, start)] : []
    const index = open.get(at)?.index ?? 0
    return [...before, index === data['index'] ? event : { ...event, data: { ...data, index } }]
  }
  /** Arguments without a block that takes them are those of the call that was opened last. */
  const toOpenCall = (event: WireEvent, data: JsonObject): readonly WireEvent[] => {
    const call = [...open.values()].findLast((block) => fits(block, 'input_json_delta'))
    return call ? [{ ...event, data: { ...data, index: call.index } }] : []
  }
  const endBlock = (event: WireEvent, data: JsonObject, at: number): readonly WireEvent[] => {
    waiting.delete(at)
    const [stop] = close(at)
    if (!stop) return []
    return [isSameIndex(stop, data) ? event : stop]
  }
  const endMessage = (event: WireEvent, data: JsonObject): readonly WireEvent[] => {
    count(data)
    const isEnd = (asObject(data['delta'])?.['stop_reason'] ?? null) !== null
    const before = isEnd ? [...open.keys()].flatMap(close) : []
    const hasUsage = asObject(data['usage']) !== undefined
    return [...before, hasUsage ? event : { ...event, data: { ...data, usage: { output_tokens: counted } } }]
  }
  return {
    wants(raw) {
      if (!raw.includes('content_block_delta')) return envelope.test(raw)
      const at = Number(/"index":\s*(\d+)/.exec(raw)?.[1] ?? 0)
      const block = open.get(at)
      return block?.index !== at || !fits(block, /"type":\s*"((?!content_block_)\w+_delta)"/.exec(raw)?.[1] ?? '')
    },
    mend(event) {
      if (event.data === '[DONE]') return [event]
      const { data } = event
      const at = asNumber(data['index']) ?? 0
      switch (data['type']) {
        case 'message_start':
          return startMessage(event, data)
        case 'content_block_start':
          return startBlock(event, data, at)
        case 'content_block_delta':
          return mendDelta(event, data, at)
        case 'content_block_stop':
          return endBlock(event, data, at)
        case 'message_delta':
          return endMessage(event, data)
        default:
          return [event]
      }
    },
  }
}

const envelope = /"type":\s*"(?:message_start|message_delta|content_block_st(?:art|op))"/

/** Whether a delta may stand in a block; of kinds that are not known, any may. */
function fits(block: Block, delta: string): boolean {
  if (delta === 'input_json_delta') return block.type !== 'text' && block.type !== 'thinking'
  const wanted = blockOf.get(delta.replace(/_delta$/, ''))
  return wanted === undefined || block.type === wanted
}

function eventOf(type: string, members: JsonObject): WireEvent {
  return { event: type, data: { type, ...members } }
}

function isSameIndex(event: WireEvent, data: JsonObject): boolean {
  return event.data !== '[DONE]' && event.data['index'] === data['index']
}
