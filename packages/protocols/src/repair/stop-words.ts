import type { Machine, ReplyEvent } from '../core/events.ts'
import { asString } from '../core/json.ts'
import type { Citation, TextPart, TokenLogprob } from '../core/part.ts'
import type { Prompt } from '../core/prompt.ts'
import type { Extras, ProtocolId } from '../core/protocol.ts'
import type { Reply } from '../core/reply.ts'
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
  for (const [at, part] of reply.parts.entries()) {
    const found = part.kind === 'text' ? firstOf(stops, part.text) : undefined
    if (part.kind !== 'text' || !found) continue
    const parts = [...reply.parts.slice(0, at), upTo(part, found.at)]
    const { stopSequence: _met, ...others } = reply
    const hasCalls = parts.some(({ kind }) => kind === 'tool-call')
    return { ...others, parts, ...endingOf(reply.extras, found.stop, hasCalls) }
  }
  return reply
}

/** A text up to a place in it, with the sources and the tokens of what is left. */
function upTo({ text, citations, logprobs, ...part }: TextPart, length: number): TextPart {
  const cited = citations?.filter(({ end }) => end === undefined || end <= length) ?? []
  const { count } = advance({ count: 0, length: 0 }, logprobs ?? [], length)
  return {
    ...part,
    text: text.slice(0, length),
    ...(cited.length > 0 ? { citations: cited } : {}),
    ...(logprobs && count > 0 ? { logprobs: logprobs.slice(0, count) } : {}),
  }
}

/** The first tokens of a text: how many, and how much of it they are. */
interface Tokens {
  readonly count: number
  readonly length: number
}

/** These tokens and those behind them that end before a place in the text. */
function advance({ count, length }: Tokens, logprobs: readonly TokenLogprob[], place: number): Tokens {
  for (;;) {
    const token = logprobs[count]
    const next = length + (asString(token?.['token'])?.length ?? 0)
    if (!token || next > place) return { count, length }
    length = next
    count++
  }
}

/** How an answer ended that was cut; one that calls a tool waits for what comes of it nevertheless. */
function endingOf(extras: Extras | undefined, stopSequence: string, hasCalls: boolean): Pick<Reply, Ending> {
  const { stop_reason: _reason, stop_details: _details, ...others } = extras?.messages ?? {}
  const kept = extras?.messages ? { ...extras, messages: others } : extras
  return {
    ...(kept ? { extras: kept } : {}),
    ...(hasCalls ? { finish: 'tool-calls' } : { finish: 'stop', stopSequence }),
  }
}

type Ending = 'finish' | 'stopSequence' | 'extras'

/** A text of which not all is told. */
interface OpenText {
  readonly part: TextPart
  readonly citations: Citation[]
  /** Of all tokens that have come. */
  readonly logprobs: TokenLogprob[]
  told: Tokens
  said: string
  /** What may be the beginning of a stop. */
  held: string
}

/** The same for a stream. What comes behind a stop is read for its count of tokens, and for what began before it. */
export function cutEvents(stops: readonly string[]): Machine<ReplyEvent, ReplyEvent> {
  const texts = new Map<number, OpenText>()
  const others = new Set<number>()
  let hasCalls = false
  let met: string | undefined

  return { push: (event) => (met === undefined ? push(event) : end(event, met)), end: () => nothing }

  function push(event: ReplyEvent): readonly ReplyEvent[] {
    const text = 'index' in event ? texts.get(event.index) : undefined
    switch (event.type) {
      case 'part-start': {
        const { part, index } = event
        hasCalls ||= part.kind === 'tool-call'
        if (part.kind !== 'text') others.add(index)
        else texts.set(index, { part, citations: [], logprobs: [], told: { count: 0, length: 0 }, said: '', held: '' })
        return [event]
      }
      case 'part-delta':
        return text ? add(event, text) : [event]
      case 'part-citation':
        text?.citations.push(event.citation)
        return [event]
      case 'part-end':
        texts.delete(event.index)
        return text && (text.held !== '' || text.told.count < text.logprobs.length)
          ? [tell(event.index, text, text.held, Infinity), event]
          : [event]
      default:
        return [event]
    }
  }

  function add(event: ReplyEvent & { readonly type: 'part-delta' }, text: OpenText): readonly ReplyEvent[] {
    const come = text.held + event.text
    const found = firstOf(stops, come)
    const sure = found ? come.slice(0, found.at) : come.slice(0, come.length - beginningOf(stops, come))
    text.held = come.slice(sure.length)
    text.said += sure
    for (const token of event.logprobs ?? []) text.logprobs.push(token)
    const told = sure === '' ? nothing : [tell(event.index, text, sure, text.said.length)]
    if (!found) return told
    met = found.stop
    return [...told, ...[...texts].map(([index, open]) => close(index, open))]
  }

  function end(event: ReplyEvent, stop: string): readonly ReplyEvent[] {
    if ('index' in event) return others.has(event.index) ? [event] : nothing
    if (event.type === 'end') return [{ ...event, ...endingOf(event.extras, stop, hasCalls) }]
    if (event.type !== 'error') return nothing
    // A call may have been cut off with the answer.
    return hasCalls ? [event] : [{ type: 'end', usage: noUsage, ...endingOf(undefined, stop, false) }]
  }
}

/** More of an open text, with those of its tokens that end before a place in it and are not told yet. */
function tell(index: number, text: OpenText, more: string, place: number): ReplyEvent {
  const { count } = text.told
  text.told = advance(text.told, text.logprobs, place)
  const logprobs = text.logprobs.slice(count, text.told.count)
  return { type: 'part-delta', index, text: more, ...(logprobs.length > 0 ? { logprobs } : {}), isWatched: true }
}

/** The end of a text of which no more is told. */
function close(index: number, { part, citations, logprobs, said }: OpenText): ReplyEvent {
  return { type: 'part-end', index, part: upTo({ ...part, citations, logprobs, text: said }, said.length) }
}

/** The stop that is the first to end in a text, in whatever pieces it comes; the longest of those that end at once. */
function firstOf(stops: readonly string[], text: string): { readonly at: number; readonly stop: string } | undefined {
  let first: { readonly at: number; readonly stop: string; readonly end: number } | undefined
  for (const stop of stops) {
    const at = text.indexOf(stop)
    const end = at + stop.length
    if (at >= 0 && (!first || end < first.end || (end === first.end && at < first.at))) first = { at, stop, end }
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
