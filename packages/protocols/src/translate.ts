import type { Machine, ReplyEvent } from './core/events.ts'
import type { JsonObject } from './core/json.ts'
import type { ReportLoss } from './core/loss.ts'
import type { Prompt } from './core/prompt.ts'
import type { Asked, Protocol, ProtocolId, WireEvent } from './core/protocol.ts'
import type { Reply } from './core/reply.ts'
import type { Traits } from './core/traits.ts'
import { contentsOf } from './repair/contents.ts'
import { repairs } from './repair/list.ts'
import type { Way, WayBack } from './repair/repair.ts'

/** A request on its way, and the way back. */
export interface Crossing {
  /** The client's request as it was understood. */
  readonly prompt: Prompt
  /** The request for the upstream. */
  readonly body: JsonObject
  /** The upstream's JSON answer, in the core's words, with all undone that was done with the request. */
  readReply(answer: JsonObject): Reply
  /** The same for a stream. */
  readEvents(): Machine<WireEvent, ReplyEvent>
}

/** What a crossing needs to know of both ends. */
export interface CrossingOptions {
  readonly from: Protocol
  readonly to: Protocol
  /** The client's request body. */
  readonly body: JsonObject
  /** The model's name at the upstream. */
  readonly model: string
  /** Who will seal the answer's reasoning: only this issuer gets its seals back. */
  readonly issuer: string
  readonly traits: Traits
  readonly lose: ReportLoss
  /**
   * Told by an answer whether it ends thoughts that it has not begun (`</think>` alone): whoever remembers it for the model reads
   * its next one with `thinkTags: 'opened'`. A stream shows it too late for its own words.
   */
  readonly hearThoughts?: (areOpen: boolean) => void
}

/** A request carried from one protocol to another, and the way back for its answer. */
export function translate({ from, to, body, model, issuer, traits, lose, hearThoughts }: CrossingOptions): Crossing {
  const asked = from.readRequest(body)
  /** The last to be done is the first to be undone. */
  const back: WayBack[] = []
  const undo = (one: WayBack): void => void back.unshift(one)
  const way: Way = {
    from: from.id,
    to: to.id,
    traits: within(to.id, traits),
    issuer,
    lose,
    hearThoughts: hearThoughts ?? (() => {}),
    undo,
  }
  const prompt = mend({ ...asked, model }, way)
  return {
    prompt: asked,
    body: to.writeRequest(prompt, way.traits, lose),
    readReply: (answer) => back.reduce((reply, one) => one.reply(reply), to.readReply(answer, issuer)),
    readEvents: () => back.reduce((machine, one) => chain(machine, one.events()), to.readEvents(issuer)),
  }
}

/** What the target accepts, without what only another protocol has. */
function within(protocol: ProtocolId, traits: Traits): Traits {
  if (protocol === 'responses') return traits
  return { ...traits, namespaces: false, customTools: traits.customTools && protocol === 'chat' }
}

/** The prompt after all repairs that it needs, in their order. */
function mend(prompt: Prompt, way: Way): Prompt {
  let mended = prompt
  let contents = contentsOf(prompt)
  for (const repair of repairs) {
    if (!repair.isNeeded(way, mended, contents)) continue
    const before = mended
    mended = repair.mend(mended, way)
    if (mended.turns !== before.turns) contents = contentsOf(mended)
  }
  return mended
}

/** The client's stream for an upstream's stream: one wire event in, any number out. */
export function translateEvents(
  crossing: Crossing,
  from: Protocol,
  asked: Asked,
  lose: ReportLoss,
): Machine<WireEvent, WireEvent> {
  return chain(crossing.readEvents(), from.writeEvents(asked, lose))
}

/** Two machines as one. */
export function chain<A, B, C>(first: Machine<A, B>, second: Machine<B, C>): Machine<A, C> {
  return {
    push(event) {
      const middle = first.push(event)
      if (middle.length === 0) return []
      if (middle.length === 1) {
        const only = middle[0]
        return only === undefined ? [] : second.push(only)
      }
      return middle.flatMap((one) => second.push(one))
    },
    end: () => [...first.end().flatMap((one) => second.push(one)), ...second.end()],
  }
}
