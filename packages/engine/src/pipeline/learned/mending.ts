import type { Address, Supply } from '../../providers/provider.ts'
import type { Exchange, Prepared } from '../exchange.ts'
import { hashHeldSchemas } from '../rewrite/held-schemas.ts'
import type { Lesson } from './lessons.ts'
import type { Failed } from '../recover/recovery.ts'
import { sealsIn } from '../rewrite/without-seals.ts'

/** What a recovery has learned. */
type Learning = Pick<Lesson, 'protocol' | 'closes' | 'apply'>

/** A refused call, what a recovery has learned of it, and the changes that it names. */
export interface Mending {
  readonly failed: Failed
  readonly lessons: readonly Learning[]
  readonly notes: readonly string[]
}

/** What the recoveries may do about a refused call. What they learn and name is gathered, for the next call to prove. */
export function failedOf(
  exchange: Exchange,
  refused: { prepared: Prepared; address: Address; supply: Supply },
): Mending {
  const { prepared, address, supply } = refused
  const { parts, circumstances } = exchange
  // Not the exchange, which holds the whole request.
  const asking = { circumstances }
  const { target, body } = prepared
  const { protocol } = target
  const lessons: Learning[] = []
  const notes: string[] = []
  const learn = (apply: Lesson['apply'], closes = false): void => void lessons.push({ protocol, closes, apply })
  const failed: Failed = {
    target,
    provider: prepared.provider,
    address,
    body,
    circumstances,
    waitCeilingMs: parts.waitCeilingMs,
    waits: exchange.waits,
    calls: exchange.calls,
    retries: exchange.call.retries ?? parts.retries,
    countWait: () => {
      exchange.waits++
    },
    isAtCompact: prepared.rest === '/compact',
    elsewhere: supply.speaks.some((other) => other !== protocol && !exchange.closed.has(other)),
    teach: (lesson) => learn((learned) => lesson(learned.add(target, asking))),
    refuseBeta: (beta) => learn((learned) => learned.refuseBeta(target, beta)),
    closeEndpoint: (closed) => {
      exchange.closed = new Set([...exchange.closed, protocol])
      learn((learned) => learned.closeEndpoint(target, asking, closed), true)
    },
    leaveCompact: (isLasting) => {
      exchange.leftCompact = true
      if (isLasting) learn((learned) => void (learned.add(target, asking).compactEndpoint = true))
    },
    heldSchemas: () => hashHeldSchemas(body, protocol),
    dropSeals: () => {
      exchange.sealsDropped = true
      const seals = sealsIn(body, protocol)
      learn((learned) => learned.refuseSeals(target, seals))
    },
    rewrite: () => {
      exchange.rewritten = true
    },
    limitOutput: (tokens: number) => {
      exchange.mostOutput = tokens
    },
    note: (change) => void notes.push(change),
  }
  return { failed, lessons, notes }
}
