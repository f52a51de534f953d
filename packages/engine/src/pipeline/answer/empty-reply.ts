import {
  asObject,
  asObjects,
  GatewayError,
  type JsonObject,
  type Machine,
  type Part,
  type ProtocolId,
  type Reply,
  type ReplyEvent,
  type Usage,
  type WireEvent,
} from '@crossfeed/protocols'

/**
 * What becomes of a reply that ends well and says nothing: no text, no reasoning, no call. `error` makes it an error in the
 * client's protocol, so that an agent asks again and does not take silence for the end of its task; `pass` lets it through.
 */
export type EmptyReplies = 'error' | 'pass'

/** Where a protocol has stop sequences: a list, in Chat Completions also one string. Responses has none. */
const stopMember: { readonly [P in ProtocolId]: string | undefined } = {
  chat: 'stop',
  responses: undefined,
  messages: 'stop_sequences',
}

/**
 * Whether a reply to this request may not be empty. Where the upstream was told stop sequences, the first of them may have been
 * the first word: Chat Completions says no more of it than that the answer ended.
 */
export function refusesEmpty(policy: EmptyReplies, sent: JsonObject, protocol: ProtocolId): boolean {
  if (policy === 'pass') return false
  const member = stopMember[protocol]
  const stop = member === undefined ? undefined : sent[member]
  return typeof stop === 'string' ? stop === '' : !Array.isArray(stop) || stop.length === 0
}

/** The failure that an empty reply is. */
export function emptyReply(): GatewayError {
  return new GatewayError('upstream', 502, 'The model ended its answer without a word. Send the request again.', {
    reason: 'answer-empty',
  })
}

/** Whether a whole reply says nothing. One that met its limit or a stop sequence at once may be empty. */
export function isEmptyReply(reply: Pick<Reply, 'parts' | 'finish' | 'stopSequence'>): boolean {
  return isPlainEnd(reply) && reply.parts.every(isBlank)
}

/**
 * Whether a whole answer of chat or messages has words where nearly all have them: a glance that spares most answers a
 * full reading. False says nothing.
 */
export function hasPlainWords(answer: JsonObject, protocol: ProtocolId): boolean {
  if (protocol === 'chat') {
    const words = asObject(asObjects(answer['choices'])[0]?.['message'])?.['content']
    return typeof words === 'string' && words !== ''
  }
  return protocol === 'messages' && Boolean(asObjects(answer['content']).at(-1)?.['text'])
}

/** The reader, with an error in place of the end of a reply that has said nothing. `spent` hears what that one has used. */
export function refuseEmptyReply(
  reader: Machine<WireEvent, ReplyEvent>,
  spent: (usage: Usage) => void,
): Machine<WireEvent, ReplyEvent> {
  let said = false
  const check = (events: readonly ReplyEvent[]): readonly ReplyEvent[] => {
    if (said) return events
    for (const [index, event] of events.entries()) {
      if (saysSomething(event)) said = true
      if (said) return events
      if (event.type !== 'end' || !isPlainEnd(event)) continue
      spent(event.usage)
      return [...events.slice(0, index), { type: 'error', error: emptyReply() }]
    }
    return events
  }
  return { push: (event) => check(reader.push(event)), end: () => check(reader.end()) }
}

function saysSomething(event: ReplyEvent): boolean {
  switch (event.type) {
    case 'part-delta':
      return event.text !== ''
    case 'part-start':
    case 'part-end':
      return !isBlank(event.part)
    case 'native':
    case 'part-seal':
    case 'part-citation':
      return true
    default:
      return false
  }
}

/** Whether the reply came to its own end: not cut by a limit, a filter or a stop sequence, and not to be gone on with. */
export function isPlainEnd({ finish, stopSequence }: Pick<Reply, 'finish' | 'stopSequence'>): boolean {
  return (finish === 'stop' || finish === 'tool-calls') && stopSequence === undefined
}

function isBlank(part: Part): boolean {
  switch (part.kind) {
    case 'text':
    case 'refusal':
      return part.text === ''
    case 'reasoning':
      return part.text === '' && part.seal === undefined
    default:
      return false
  }
}
