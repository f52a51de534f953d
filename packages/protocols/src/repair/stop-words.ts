import type { Machine, ReplyEvent } from '../core/events.ts'
import type { Citation, TextPart, TokenLogprob } from '../core/part.ts'
import type { Prompt } from '../core/prompt.ts'
import type { ProtocolId } from '../core/protocol.ts'
import { foldEvents, unfoldReply, type Reply } from '../core/reply.ts'
import { noUsage } from '../core/usage.ts'
import type { Way } from './repair.ts'

/** Chat Completions takes four stop sequences (OpenAI's reference). */
const mostInChat = 4

/**
 * The prompt without those stop sequences that its target cannot be told of, and these, at which the answer is cut instead: Responses
 * has none, Chat Completions four, Messages none of white space, and OpenAI's models that reason refuse any. Undefined where there are none.
 */
export function withoutStops(
  prompt: Prompt,
  { to, traits, lose }: Pick<Way, 'to' | 'traits' | 'lose'>,
): { readonly prompt: Prompt; readonly stops: readonly string[] } | undefined {
  const asked = prompt.sampling.stop?.filter((stop) => stop !== '') ?? []
  const taken = traits.stops === false ? [] : asked.filter((stop, index) => isTaken(stop, index, to))
  if (taken.length === asked.length) return undefined
  const stops = asked.filter((stop) => !taken.includes(stop))
  const { stop: _stop, ...others } = prompt.sampling
  const path = to === 'responses' ? 'stop' : 'sampling.stop'
  const reason = traits.stops === false ? 'the model takes no stop sequences' : why[to]
  lose({ path, why: `${reason}; the answer is cut where they come, and the model does not know of it` })
  return { prompt: { ...prompt, sampling: taken.length > 0 ? { ...others, stop: taken } : others }, stops }
}

function isTaken(stop: string, index: number, to: ProtocolId): boolean {
  if (to === 'responses') return false
  return to === 'chat' ? index < mostInChat : stop.trim() !== ''
}

const why = {
  chat: `Chat Completions takes ${mostInChat} stop sequences`,
  responses: 'Responses has no stop sequences',
  messages: 'Messages refuses stop sequences of white space',
} as const

/** The reply up to the first of these stops in its words. */
export function cutReply(reply: Reply, stops: readonly string[]): Reply {
  if (!reply.parts.some((part) => part.kind === 'text' && stops.some((stop) => part.text.includes(stop)))) return reply
  const machine = cutEvents(stops)
  return foldEvents(unfoldReply(reply).flatMap((event) => machine.push(event)))
}

/** A text of which not all is told: what was, its sources, and what may be the beginning of a stop. */
interface OpenText {
  readonly part: TextPart
  readonly citations: Citation[]
  said: string
  held: string
  /** Of tokens of which nothing is told yet. */
  logprobs: readonly TokenLogprob[]
}

/** The same for a stream. What comes behind a stop is read for its count of tokens only. */
export function cutEvents(stops: readonly string[]): Machine<ReplyEvent, ReplyEvent> {
  const open = new Map<number, OpenText>()
  let met: string | undefined

  return { push, end: () => nothing }

  function push(event: ReplyEvent): readonly ReplyEvent[] {
    if (met !== undefined) return ended(event, met)
    const text = 'index' in event ? open.get(event.index) : undefined
    switch (event.type) {
      case 'part-start':
        if (event.part.kind === 'text')
          open.set(event.index, { part: event.part, citations: [], said: '', held: '', logprobs: [] })
        return [event]
      case 'part-delta':
        return text ? add(event, text) : [event]
      case 'part-citation':
        text?.citations.push(event.citation)
        return [event]
      case 'part-end': {
        if (!text) return [event]
        open.delete(event.index)
        if (text.held === '') return [event]
        return [{ type: 'part-delta', index: event.index, text: text.held, isWatched: true }, event]
      }
      default:
        return [event]
    }
  }

  function add(event: ReplyEvent & { readonly type: 'part-delta' }, text: OpenText): readonly ReplyEvent[] {
    const come = text.held + event.text
    const found = firstOf(stops, come)
    const sure = found ? come.slice(0, found.at) : come.slice(0, come.length - beginningOf(stops, come))
    text.said += sure
    text.held = come.slice(sure.length)
    const { logprobs: own, ...delta } = event
    const logprobs = [...text.logprobs, ...(own ?? [])]
    const probable = logprobs.length > 0 ? { logprobs } : {}
    text.logprobs = sure === '' ? logprobs : []
    const told: readonly ReplyEvent[] = sure === '' ? nothing : [{ ...delta, text: sure, ...probable, isWatched: true }]
    if (!found) return told
    met = found.stop
    const citations = text.citations.filter(({ end }) => end === undefined || end <= text.said.length)
    const { citations: _all, ...part } = text.part
    const cut: TextPart = { ...part, text: text.said, ...(citations.length > 0 ? { citations } : {}) }
    return [...told, { type: 'part-end', index: event.index, part: cut }]
  }
}

/** The end of an answer that was cut: whatever came behind the stop, and however it ended. */
function ended(event: ReplyEvent, stopSequence: string): readonly ReplyEvent[] {
  if (event.type === 'end') return [{ ...event, finish: 'stop', stopSequence }]
  return event.type === 'error' ? [{ type: 'end', finish: 'stop', usage: noUsage, stopSequence }] : nothing
}

/** The stop that comes first in a text, the longest of those that come at once. */
function firstOf(stops: readonly string[], text: string): { readonly at: number; readonly stop: string } | undefined {
  let first: { readonly at: number; readonly stop: string } | undefined
  for (const stop of stops) {
    const at = text.indexOf(stop)
    if (at >= 0 && (!first || at < first.at || (at === first.at && stop.length > first.stop.length)))
      first = { at, stop }
  }
  return first
}

/** How many characters at the end of a text may be the beginning of a stop. */
function beginningOf(stops: readonly string[], text: string): number {
  let most = 0
  for (const stop of stops)
    for (let length = Math.min(stop.length - 1, text.length); length > most; length--)
      if (text.endsWith(stop.slice(0, length))) most = length
  return most
}

const nothing: readonly ReplyEvent[] = []
