import type { Machine, ReplyEvent } from '../core/events.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { Prompt } from '../core/prompt.ts'
import type { ProtocolId } from '../core/protocol.ts'
import type { Reply } from '../core/reply.ts'
import type { Traits } from '../core/traits.ts'
import type { Contents } from './contents.ts'

/** The way of one request between two protocols, as its repairs see it. */
export interface Way {
  readonly from: ProtocolId
  readonly to: ProtocolId
  /** What the target accepts, of that which its protocol has at all. */
  readonly traits: Traits
  /** Who seals the answer's reasoning: only this issuer gets its seals back. */
  readonly issuer: string
  readonly lose: ReportLoss
  /** Told whether the thoughts of an answer were begun by the model's template: the next one is to be read so from its beginning. */
  hearThoughts(areOpen: boolean): void
  /** Says what has to be done with the answer because of what was done with the request. */
  undo(back: WayBack): void
}

/** What a repair does with the answer, in the core's words. */
export interface WayBack {
  reply(reply: Reply): Reply
  events(): Machine<ReplyEvent, ReplyEvent>
}

/**
 * One thing that a request, or what comes back for it, has to have mended on the way between two protocols. It leaves alone
 * what needs no mending: the prompt that it gives is then the one that it was given.
 */
export interface Repair {
  readonly name: string
  /**
   * Whether the way and the contents leave anything to mend, without a look at the conversation. It may say yes in vain; where
   * the contents make it say no, `mend` would change and report nothing.
   */
  isNeeded(way: Way, prompt: Prompt, contents: Contents): boolean
  mend(prompt: Prompt, way: Way): Prompt
}
