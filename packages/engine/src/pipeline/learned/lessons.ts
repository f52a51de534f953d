import type { GatewayError, ProtocolId } from '@crossfeed/protocols'
import type { Address, Target } from '../../providers/provider.ts'
import type { Asking } from './circumstances.ts'
import type { Learned } from './learned.ts'

/** What a refusal has taught of one endpoint of a supply; it counts for others once the request that it taught is answered. */
export interface Lesson {
  readonly protocol: ProtocolId
  /** It sent the request away, so that another endpoint's answer is what proves it. */
  readonly closes: boolean
  apply(learned: Learned): void
  /** Which recovery taught it, after which refusal (`wordsOf`). */
  readonly recovery: string
  readonly refusal: string
  /** The same refusal came again, and something else was tried: this is kept up for this request, and not for others. */
  readonly isDoubted?: true
}

/** A call that was refused, and what was changed for the next one. */
export interface Mended {
  readonly error: GatewayError
  readonly call: Sent
  /** Changes that are named once the next call is another. */
  readonly notes: readonly string[]
  /** What had been learned before. */
  readonly lessons: readonly Lesson[]
}

/** What of a call a service may refuse it for. */
interface Sent {
  readonly url: string
  readonly betas: string | undefined
  readonly bytes: Buffer | string
}

/** The same of a call that is about to be made, or was. */
export function sentOf({ bytes }: { readonly bytes: Buffer | string }, { origin, path, headers }: Address): Sent {
  return { url: origin + path, betas: headers['anthropic-beta'], bytes }
}

/** Whether a call would be refused as the one before it was. */
export function isSameCall(one: Sent, other: Sent): boolean {
  return one.url === other.url && one.betas === other.betas && Buffer.from(one.bytes).equals(Buffer.from(other.bytes))
}

/**
 * The lessons of a request that is refused once more, before `recovery` mends that too: those of another recovery after the same
 * refusal have not mended it. Where both are needed after all, the next request learns the first one: it has the second.
 */
export function doubtLessons(lessons: readonly Lesson[], recovery: string, error: GatewayError): readonly Lesson[] {
  const refusal = wordsOf(error)
  return lessons.map((lesson) =>
    lesson.refusal === refusal && lesson.recovery !== recovery ? { ...lesson, isDoubted: true } : lesson,
  )
}

/** What a refusal says, but for ids and numbers, which differ from call to call. */
export function wordsOf({ status, message }: GatewayError): string {
  return `${status} ${message.replace(/[\w-]+/g, (word) => (/\d/.test(word) ? '' : word))}`
}

/** Keeps for others what has mended an answered request. Of endpoints that it has left, only that they sent it away. */
export function keepLessons(learned: Learned, lessons: readonly Lesson[], target: Target, asking: Asking): void {
  if (lessons.length === 0) return
  for (const lesson of lessons)
    if (!lesson.isDoubted && (lesson.closes || lesson.protocol === target.protocol)) lesson.apply(learned)
  learned.openEndpoint(target, asking)
}
