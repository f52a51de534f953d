import type { Clock } from '../ports.ts'
import type { Target } from '../providers/provider.ts'
import type { SystemPlace } from './fold-system.ts'
import { createRefusedSeals, type IsRefused } from './refused-seals.ts'

/** What a target has refused before, so that it is not tried again on every request (user-pain 4.1, 4.10, 6.5). */
export interface Refusals {
  /** Body members, as paths in which `*` stands for any list index. */
  readonly members: Set<string>
  /** Values of members that are taken with others, by the members' paths. */
  readonly values: Map<string, Set<string>>
  /** Members that go under another name: old → new. */
  readonly renamed: Map<string, string>
  /** Values of `anthropic-beta`. */
  readonly betas: Set<string>
  /** Kinds of tools. */
  readonly tools: Set<ToolKind>
  /** Types of tools that the service runs, where it has others. */
  readonly toolTypes: Set<string>
  /** Hashes of all schemas of a request together, which the output cannot be held to at once. */
  readonly schemas: Set<string>
  /** The longest answer, in tokens. */
  mostOutput?: number
  /** Where its chat template takes words of the system, if not everywhere. */
  systemPlace?: SystemPlace
  /** It takes no ids of calls but those of nine letters and digits. */
  shortCallIds?: true
}

/** Kinds of tools that a target may not have. */
export type ToolKind = 'custom' | 'namespace' | 'hosted' | 'tool_search'

/** What was learned from refusals, for a day and for a bounded number of targets. */
export interface Learned {
  /** What `target` refuses; undefined when nothing is known. */
  of(target: Target): Refusals | undefined
  /** The same to add to. */
  add(target: Target): Refusals
  /** `target` cannot hold an output to all schemas of a request that have this hash; the oldest of many go. */
  refuseSchemas(target: Target, hash: string): void
  /** The endpoint of `target` does not serve its model. */
  closeEndpoint(target: Target): void
  isClosed(target: Target): boolean
  /** `target` has refused a history with these seals, or ids that are bound to them. */
  refuseSeals(target: Target, seals: Iterable<string>): void
  /** Whether `target` has refused a seal; undefined while it has refused none. */
  refusedSeals(target: Target): IsRefused | undefined
}

const dayMs = 24 * 60 * 60 * 1000
const most = 500
const mostSchemas = 100

/** An empty memory of refusals. */
export function createLearned(clock: Clock): Learned {
  const known = new Map<string, { readonly until: number; readonly refusals: Refusals }>()
  const closed = new Map<string, number>()
  const seals = createRefusedSeals(clock)
  const key = (target: Target): string => `${target.provider}\0${target.account}\0${target.model}\0${target.protocol}`
  const learned: Learned = {
    of(target) {
      if (known.size === 0) return undefined
      const found = known.get(key(target))
      return found && found.until > clock.now() ? found.refusals : undefined
    },
    add(target) {
      const name = key(target)
      const found = known.get(name)
      if (found && found.until > clock.now()) return found.refusals
      const refusals: Refusals = {
        members: new Set(),
        values: new Map(),
        renamed: new Map(),
        betas: new Set(),
        tools: new Set(),
        toolTypes: new Set(),
        schemas: new Set(),
      }
      if (known.size >= most) known.delete(known.keys().next().value ?? '')
      known.set(name, { until: clock.now() + dayMs, refusals })
      return refusals
    },
    refuseSchemas(target, hash) {
      const { schemas } = learned.add(target)
      if (schemas.size >= mostSchemas) schemas.delete(schemas.values().next().value ?? '')
      schemas.add(hash)
    },
    closeEndpoint(target) {
      if (closed.size >= most) closed.delete(closed.keys().next().value ?? '')
      closed.set(key(target), clock.now() + dayMs)
    },
    isClosed(target) {
      if (closed.size === 0) return false
      return (closed.get(key(target)) ?? 0) > clock.now()
    },
    refuseSeals: (target, refused) => seals.add(key(target), refused),
    refusedSeals: (target) => seals.of(key(target)),
  }
  return learned
}
