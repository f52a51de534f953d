import { cutOff } from './error.ts'
import type { ReplyEvent } from './events.ts'
import type { Part } from './part.ts'
import type { Extras } from './protocol.ts'
import { noUsage, type Usage } from './usage.ts'

/** Why an answer ended. `pause` asks the client to send the turn back so that the provider can go on. */
export type Finish = 'stop' | 'length' | 'tool-calls' | 'refusal' | 'pause' | 'error'

/** A whole answer: the fold of its events. */
export interface Reply {
  readonly id: string
  readonly model: string
  readonly parts: readonly Part[]
  readonly finish: Finish
  readonly usage: Usage
  readonly stopSequence?: string
  /** The service tier that answered, by OpenAI's names. */
  readonly tier?: string
  readonly extras?: Extras
}

/** The reply that a finished list of events amounts to. Throws the error of an `error` event, or one for a missing end. */
export function foldEvents(events: Iterable<ReplyEvent>): Reply {
  let id = ''
  let model = ''
  let extras: Extras | undefined
  const parts: Part[] = []
  for (const event of events) {
    switch (event.type) {
      case 'start':
        id = event.id
        model = event.model
        extras = event.extras
        break
      case 'part-end':
        parts[event.index] = event.part
        break
      case 'error':
        throw event.error
      case 'end': {
        const merged = mergeExtras(extras, event.extras)
        return {
          id,
          model,
          parts,
          finish: event.finish,
          usage: event.usage ?? noUsage,
          ...(event.stopSequence === undefined ? {} : { stopSequence: event.stopSequence }),
          ...(event.tier === undefined ? {} : { tier: event.tier }),
          ...(merged ? { extras: merged } : {}),
        }
      }
      default:
        break
    }
  }
  throw cutOff()
}

/** Both sets of extras; where both name a member of the same protocol, `later` wins. */
export function mergeExtras(earlier: Extras | undefined, later: Extras | undefined): Extras | undefined {
  if (!earlier || !later) return later ?? earlier
  const merged: { -readonly [P in keyof Extras]: Extras[P] } = { ...earlier }
  for (const protocol of ['chat', 'responses', 'messages'] as const) {
    const added = later[protocol]
    if (added) merged[protocol] = { ...earlier[protocol], ...added }
  }
  return merged
}

/** The events that a whole reply would have come as: what a client that streams gets from an upstream that does not. */
export function unfoldReply(reply: Reply): readonly ReplyEvent[] {
  const events: ReplyEvent[] = [
    {
      type: 'start',
      id: reply.id,
      model: reply.model,
      usage: reply.usage,
      ...(reply.extras ? { extras: reply.extras } : {}),
    },
  ]
  reply.parts.forEach((part, index) => {
    events.push({ type: 'part-start', index, part: openingOf(part) })
    const text = streamedText(part)
    const logprobs = part.kind === 'text' && part.logprobs ? { logprobs: part.logprobs } : {}
    if (text !== '') events.push({ type: 'part-delta', index, text, ...logprobs })
    if (part.kind === 'text')
      for (const citation of part.citations ?? []) events.push({ type: 'part-citation', index, citation })
    if ((part.kind === 'reasoning' || part.kind === 'compaction') && part.seal)
      events.push({ type: 'part-seal', index, seal: part.seal })
    events.push({ type: 'part-end', index, part })
  })
  const stop = reply.stopSequence === undefined ? {} : { stopSequence: reply.stopSequence }
  const tier = reply.tier === undefined ? {} : { tier: reply.tier }
  events.push({ type: 'end', finish: reply.finish, usage: reply.usage, ...stop, ...tier })
  return events
}

/** The text of a part that arrives by deltas. */
export function streamedText(part: Part): string {
  switch (part.kind) {
    case 'text':
    case 'refusal':
    case 'reasoning':
      return part.text
    case 'tool-call':
      return part.input
    default:
      return ''
  }
}

/** A part that is known whole, as it stands before its first delta. */
export function openingOf(part: Part): Part {
  switch (part.kind) {
    case 'text': {
      const { citations: _citations, logprobs: _logprobs, ...start } = part
      return { ...start, text: '' }
    }
    case 'refusal':
      return { ...part, text: '' }
    case 'reasoning': {
      const { seal: _seal, ...start } = part
      return { ...start, text: '' }
    }
    case 'tool-call':
      return { ...part, input: '' }
    default:
      return part
  }
}
