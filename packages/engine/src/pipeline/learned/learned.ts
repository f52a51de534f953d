import type { Clock } from '../../ports.ts'
import type { Target } from '../../providers/provider.ts'
import type { Asking, Reasoning } from './circumstances.ts'
import type { SystemPlace } from '../rewrite/fold-system.ts'
import { createRefusedSeals, type IsRefused } from './refused-seals.ts'

/** What a target has refused before, so that it is not tried again on every request (user-pain 4.1, 4.10, 6.5). */
export interface Refusals {
  /** Body members, as paths in which `*` stands for any list index. */
  readonly members: Set<string>
  /** Members that OpenAI's models take or not by whether they reason: those refused to requests that say so of it. */
  readonly sampling: Map<Reasoning, Set<string>>
  /** Values of members that are taken with others, by the members' paths. */
  readonly values: Map<string, Set<string>>
  /** Members that go under another name: old → new. */
  readonly renamed: Map<string, string>
  /** Values of `anthropic-beta` that are refused together with others. */
  readonly betas: Set<string>
  /** Efforts, and what goes in their place; undefined where none does. */
  readonly efforts: Map<string, string | undefined>
  /** It takes tools only with the effort `none`. */
  effortBesideTools?: true
  /** It cannot be made to call a tool by requests that say so of reasoning, since it thinks. */
  readonly forcing: Set<Reasoning>
  /** It takes either temperature or top_p. */
  oneSampler?: true
  /** It wants thoughts in each answer of a history. */
  standIns?: true
  /** Kinds of tools. */
  readonly tools: Set<ToolKind>
  /** Types of tools that the service runs, where it has others. */
  readonly toolTypes: Set<string>
  /** Hashes of all schemas of a request together, which the output cannot be held to at once. */
  readonly schemas: Set<string>
  /** Words of JSON Schema. */
  readonly schemaWords: Set<string>
  /** The longest answer, in tokens. */
  mostOutput?: number
  /** Where its chat template takes words of the system, if not everywhere. */
  systemPlace?: SystemPlace
  /** Its chat template wants turns of user and assistant by turns. */
  alternates?: true
  /** It takes no ids of calls but those of nine letters and digits. */
  shortCallIds?: true
  /** It does not compact a history that ends with the wish for it. */
  compaction?: true
  /** It has no `/responses/compact`. */
  compactEndpoint?: true
}

/** Kinds of tools that a target may not have. */
export type ToolKind = 'custom' | 'namespace' | 'hosted' | 'tool_search'

/** Which requests an endpoint does not serve: all, or those with tools and reasoning like the one that was refused. */
export type Closed = 'all' | 'alike'

/**
 * What was learned from refusals, for a day and for a bounded number of targets. What Messages targets refuse is known for the
 * betas that it was refused with; betas themselves, endpoints and seals are refused whatever else is asked.
 */
export interface Learned {
  /** What `target` refuses; undefined when nothing is known. */
  of(target: Target, asking: Asking): Refusals | undefined
  /** The same to add to. */
  add(target: Target, asking: Asking): Refusals
  /** Values of `anthropic-beta` that `target` refuses to such requests. */
  refusedBetas(target: Target, asking: Asking): ReadonlySet<string> | undefined
  /** Those that it refuses by their names, to all requests. */
  betasOf(target: Target): ReadonlySet<string> | undefined
  refuseBeta(target: Target, beta: string): void
  /** The endpoint of `target` does not serve its model: an hour, since what it would cost to ask in vain is one refusal. */
  closeEndpoint(target: Target, asking: Asking, closed: Closed): void
  /** The endpoint of `target` has served such a request. */
  openEndpoint(target: Target, asking: Asking): void
  isClosed(target: Target, asking: Asking): boolean
  /** `target` has refused a history with these seals, or ids that are bound to them. */
  refuseSeals(target: Target, seals: Iterable<string>): void
  /** Whether `target` has refused a seal; undefined while it has refused none. */
  refusedSeals(target: Target): IsRefused | undefined
  /** An answer of `target` to such a request has ended thoughts that it had not begun, or has not. */
  hearThoughts(target: Target, asking: Asking, areOpen: boolean): void
  /** Whether the thoughts of its next answer are to be expected to be open. */
  opensThoughts(target: Target, asking: Asking): boolean
}

const hourMs = 60 * 60 * 1000
const dayMs = 24 * hourMs
const most = 500

/** An empty memory of refusals; with `known` one that begins with all that is known there, and teaches it nothing. */
export function createLearned(clock: Clock, known?: Learned): Learned {
  const refusals = new Map<string, { readonly until: number; readonly refusals: Refusals }>()
  const betas = new Map<string, { readonly until: number; readonly betas: Set<string> }>()
  const closed = new Map<string, number>()
  const thoughts = new Map<string, number>()
  const seals = createRefusedSeals(clock)
  const betasOf = (target: Target): ReadonlySet<string> | undefined => {
    const found = betas.size === 0 ? undefined : betas.get(nameOf(target))
    return found && found.until > clock.now() ? found.betas : known?.betasOf(target)
  }
  const learned: Learned = {
    of(target, asking) {
      if (refusals.size === 0) return known?.of(target, asking)
      const found = refusals.get(keyOf(target, asking))
      return found && found.until > clock.now() ? found.refusals : known?.of(target, asking)
    },
    add(target, asking) {
      const name = keyOf(target, asking)
      const found = refusals.get(name)
      if (found && found.until > clock.now()) return found.refusals
      const added = copyOf(known?.of(target, asking))
      remember(refusals, name, { until: clock.now() + dayMs, refusals: added })
      return added
    },
    refusedBetas(target, asking) {
      const together = learned.of(target, asking)?.betas
      const always = betasOf(target)
      if (!together?.size) return always
      return always ? new Set([...always, ...together]) : together
    },
    betasOf,
    refuseBeta(target, beta) {
      const name = nameOf(target)
      const found = betas.get(name)
      const now = clock.now()
      const kept = found && found.until > now ? found : { until: now + dayMs, betas: new Set(known?.betasOf(target)) }
      makeRoom(kept.betas).add(beta)
      remember(betas, name, kept)
    },
    closeEndpoint(target, asking, which) {
      remember(closed, closingOf(target, which === 'all' ? undefined : asking), clock.now() + hourMs)
    },
    openEndpoint(target, asking) {
      closed.delete(closingOf(target))
      closed.delete(closingOf(target, asking))
    },
    isClosed(target, asking) {
      const isSo =
        closed.size > 0 &&
        ((closed.get(closingOf(target)) ?? 0) > clock.now() ||
          (closed.get(closingOf(target, asking)) ?? 0) > clock.now())
      return isSo || known?.isClosed(target, asking) === true
    },
    refuseSeals: (target, refused) => seals.add(nameOf(target), refused),
    refusedSeals(target) {
      const own = seals.of(nameOf(target))
      const before = known?.refusedSeals(target)
      return own && before ? (seal) => own(seal) || before(seal) : (own ?? before)
    },
    hearThoughts(target, asking, areOpen) {
      const name = thinkingOf(target, asking)
      if (areOpen) remember(thoughts, name, clock.now() + dayMs)
      else thoughts.delete(name)
    },
    opensThoughts(target, asking) {
      const isSo = thoughts.size > 0 && (thoughts.get(thinkingOf(target, asking)) ?? 0) > clock.now()
      return isSo || known?.opensThoughts(target, asking) === true
    },
  }
  return learned
}

/** Clients choose the names of members, types and betas: what is remembered of one target has a bound, and the oldest goes. */
const mostRemembered = 100

/** The set or map, with room for one more. */
export function makeRoom<T extends Set<string> | Map<string, unknown>>(among: T): T {
  const oldest = among.size < mostRemembered ? undefined : among.keys().next().value
  if (oldest !== undefined) among.delete(oldest)
  return among
}

function remember<T>(map: Map<string, T>, name: string, value: T): void {
  if (map.size >= most && !map.has(name)) map.delete(map.keys().next().value ?? '')
  map.set(name, value)
}

function nameOf(target: Target): string {
  return `${target.provider}\0${target.account}\0${target.model}\0${target.protocol}`
}

function keyOf(target: Target, asking: Asking): string {
  const betas = target.protocol === 'messages' ? asking.circumstances.betas : ''
  return betas === '' ? nameOf(target) : `${nameOf(target)}\0${betas}`
}

function closingOf(target: Target, alike?: Asking): string {
  if (!alike) return nameOf(target)
  const { hasTools, reasoning } = alike.circumstances
  return `${nameOf(target)}\0${hasTools}\0${reasoning}`
}

/** Templates begin thoughts, or do not, by whether a request asks for reasoning (DeepSeek V3.1). */
function thinkingOf(target: Target, { circumstances }: Asking): string {
  return `${nameOf(target)}\0${circumstances.reasoning}`
}

function copyOf(refusals: Refusals | undefined): Refusals {
  const copyValues = <K extends string>(sets: ReadonlyMap<K, Set<string>> | undefined): Map<K, Set<string>> =>
    new Map([...(sets ?? [])].map(([name, values]) => [name, new Set(values)]))
  return {
    ...refusals,
    members: new Set(refusals?.members),
    sampling: copyValues(refusals?.sampling),
    values: copyValues(refusals?.values),
    renamed: new Map(refusals?.renamed),
    betas: new Set(refusals?.betas),
    efforts: new Map(refusals?.efforts),
    forcing: new Set(refusals?.forcing),
    tools: new Set(refusals?.tools),
    toolTypes: new Set(refusals?.toolTypes),
    schemas: new Set(refusals?.schemas),
    schemaWords: new Set(refusals?.schemaWords),
  }
}
