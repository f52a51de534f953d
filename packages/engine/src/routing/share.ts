import { createHash } from 'node:crypto'
import type { AliasTarget } from './aliases.ts'
import type { Session } from './route.ts'

/**
 * Targets in the order in which they are tried: by `order`, and within one order by lot, weighted. A conversation draws the same lot
 * each time, in every process (weighted rendezvous hashing), so that it stays where its prompt cache and its sealed
 * reasoning are, and only the conversations of a target that is gone move.
 */
export function shareOut(targets: readonly AliasTarget[], session: Session): readonly AliasTarget[] {
  if (targets.length < 2) return targets
  const orders = targets.map(({ order = 0 }) => order)
  const isShared = new Set(orders).size < orders.length
  const conversation = isShared ? session() : undefined
  return targets
    .map((target) => ({ target, order: target.order ?? 0, lot: isShared ? drawLot(target, conversation) : 0 }))
    .sort((a, b) => a.order - b.order || b.lot - a.lot)
    .map((one) => one.target)
}

/** A number that is greatest for a target as often as its weight says. */
function drawLot({ provider, model, weight = 1 }: AliasTarget, session: string | undefined): number {
  if (weight <= 0) return Number.NEGATIVE_INFINITY
  const chance = session === undefined ? Math.random() : hash(`${session}\0${provider}\0${model}`)
  return -weight / Math.log(chance)
}

/** A number between 0 and 1, both left out. */
function hash(text: string): number {
  return (createHash('sha256').update(text).digest().readUInt32BE(0) + 1) / (2 ** 32 + 2)
}
