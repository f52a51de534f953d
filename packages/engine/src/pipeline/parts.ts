import type { WireEvent } from '@crossfeed/protocols'
import type { Clock, Log } from '../ports.ts'
import type { Provider } from '../providers/provider.ts'
import type { Router } from '../routing/route.ts'
import type { Transport } from '../transport/http.ts'
import type { AnswerOrigins } from './responses/answer-origins.ts'
import type { Conversations } from './conversations.ts'
import type { EmptyReplies } from './answer/empty-reply.ts'
import type { KeptAnswers } from './responses/kept-answers.ts'
import type { Learned } from './learned/learned.ts'
import type { OwnerOf } from './responses/owner.ts'
import type { Pulse } from './answer/pulse.ts'
import type { RecordRequest } from './record.ts'
import type { Slots } from './slots.ts'

/** What to do about things that a target cannot say. */
export type LossPolicy = 'ignore' | 'warn' | 'reject'

/** Upstream calls for one request, at most. */
export const mostCalls = 5

/** What every request of one engine shares. */
export interface EngineParts {
  readonly router: Router
  readonly transport: Transport
  readonly clock: Clock
  readonly log: Log
  readonly conversations: Conversations
  readonly learned: Learned
  /** Undefined where the owner wants nothing kept. */
  readonly keptAnswers: KeptAnswers | undefined
  /** Whoever asks is the one owner. */
  readonly isOpen: boolean
  readonly ownerOf: OwnerOf
  /** Of the answers that supplies keep. */
  readonly answerOrigins: AnswerOrigins
  readonly pulse: Pulse
  /** Where requests to a provider wait for their turn. */
  readonly slotsOf: (provider: Provider) => Slots
  readonly record: RecordRequest
  readonly lossPolicy: LossPolicy
  readonly emptyReplies: EmptyReplies
  /** How often one request may wait for another try. */
  readonly retries: number
  /** Longest wait before a retry, in milliseconds. */
  readonly waitCeilingMs: number
  /** Longest silence of an answer before its first word, in milliseconds; 0 for any. */
  readonly thoughtMs: number
  /** Longest silence once the model has begun to answer, in milliseconds. */
  readonly stallMs: number
  readonly newId: () => string
  readonly frame: (event: WireEvent) => string
}
