import { chat } from '../chat/index.ts'
import type { JsonObject } from '../core/json.ts'
import type { Loss } from '../core/loss.ts'
import type { ProtocolId, WireEvent } from '../core/protocol.ts'
import { plainTraits } from '../core/traits.ts'
import { messages } from '../messages/index.ts'
import { responses } from '../responses/index.ts'
import { translate, translateEvents, type Crossing } from '../translate.ts'

const protocols = { chat, responses, messages }

const shortest: { readonly [P in ProtocolId]: JsonObject } = {
  chat: { model: 'asked', messages: [{ role: 'user', content: 'Hi' }], stream_options: { include_usage: true } },
  responses: { model: 'asked', input: 'Hi' },
  messages: { model: 'asked', max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }] },
}

/** An answer on its way from one protocol to another, and what was lost on it. */
export interface CrossedAnswer<T> {
  readonly answer: T
  readonly losses: readonly Loss[]
}

/** What a client of `to` gets of a whole answer in `from`. `asked` are further members of its request. */
export function crossAnswer(
  from: ProtocolId,
  to: ProtocolId,
  answer: JsonObject,
  asked: JsonObject = {},
): CrossedAnswer<JsonObject> {
  const losses: Loss[] = []
  const crossing = cross(from, to, asked)
  const given = { prompt: crossing.prompt, now: 0, newId: createIds() }
  return { answer: protocols[to].writeReply(crossing.readReply(answer), given, (loss) => losses.push(loss)), losses }
}

/** The same for a stream. Events are named by their `type`. */
export function crossStream(
  from: ProtocolId,
  to: ProtocolId,
  events: readonly (JsonObject | '[DONE]')[],
  asked: JsonObject = {},
): CrossedAnswer<readonly (JsonObject | '[DONE]')[]> {
  const losses: Loss[] = []
  const crossing = cross(from, to, { stream: true, ...asked })
  const given = { prompt: crossing.prompt, now: 0, newId: createIds() }
  const machine = translateEvents(crossing, protocols[to], given, (loss) => losses.push(loss))
  const written: WireEvent[] = []
  for (const data of events) written.push(...machine.push({ data }))
  written.push(...machine.end())
  return { answer: written.map((event) => event.data), losses }
}

function cross(from: ProtocolId, to: ProtocolId, asked: JsonObject): Crossing {
  const body = { ...shortest[to], ...asked }
  return translate({
    from: protocols[to],
    to: protocols[from],
    body,
    model: 'served',
    issuer: 'origin',
    traits: plainTraits,
    lose: () => {},
  })
}

function createIds(): () => string {
  let made = 0
  return () => `id${made++}`
}
