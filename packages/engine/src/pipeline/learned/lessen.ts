import type { JsonObject } from '@crossfeed/protocols'
import { withShortCallIds } from '../../providers/patches/chat-call-ids.ts'
import { limitOutput, limitThinking } from '../../providers/patches/limit-output.ts'
import type { Target } from '../../providers/provider.ts'
import type { Exchange } from '../exchange.ts'
import { withoutForcedThought, withStandInThoughts } from '../rewrite/beside-thinking.ts'
import { dropMembers } from '../rewrite/drop-members.ts'
import { alternateTurns, foldSystem } from '../rewrite/fold-system.ts'
import { freeSchemas, type Freed } from '../rewrite/held-schemas.ts'
import { withoutEffortBesideTools } from '../rewrite/effort-beside-tools.ts'
import { replaceEffort } from '../rewrite/replace-effort.ts'
import { withoutSchemaWords } from '../rewrite/without-schema-words.ts'
import { withoutSeals } from '../rewrite/without-seals.ts'
import { withoutToolTypes } from '../rewrite/without-tool-types.ts'
import type { Refusals } from './learned.ts'

/** The body without seals that this call, or an earlier one of the conversation, was refused for. */
export function dropSeals(exchange: Exchange, body: JsonObject, target: Target): JsonObject {
  if (exchange.sealsDropped) return withoutSeals(body, target.protocol)
  const isRefused = exchange.learned.refusedSeals(target)
  if (!isRefused) return body
  const kept = withoutSeals(body, target.protocol, isRefused)
  if (kept !== body) exchange.note('reasoning-stripped')
  return kept
}

/** The body as far as its target takes it, by what earlier calls were refused for. */
export function lessen(
  exchange: Exchange,
  body: JsonObject,
  target: Target,
  refusals: Refusals | undefined,
): JsonObject {
  const free = refusals?.schemas.size ? lessHeld(exchange, body, target, refusals) : body
  const plain = refusals?.schemaWords.size ? lessSchemas(exchange, free, target, refusals) : free
  const placed = refusals?.systemPlace ? foldSystem(plain, refusals.systemPlace) : plain
  if (placed !== plain) exchange.note(`system-folded:${refusals?.systemPlace}`)
  const turned = refusals?.alternates ? alternateTurns(placed) : placed
  if (turned !== placed) exchange.note('turns-joined')
  const named = refusals?.shortCallIds ? withShortCallIds(turned) : turned
  if (named !== turned) exchange.note('short-call-ids')
  const known =
    refusals && refusals.toolTypes.size > 0 ? withoutToolTypes(named, refusals.toolTypes, exchange.lose) : named
  const taken = refusals ? dropMembers(known, refusals, exchange.circumstances.reasoning, exchange.note) : named
  const fitted = refusals?.efforts.size ? replaceEffort(taken, refusals.efforts, exchange.note) : taken
  const spared = refusals?.effortBesideTools ? withoutEffortBesideTools(fitted, exchange.note) : fitted
  const eased = refusals ? besideThinking(exchange, spared, target, refusals) : spared
  const most = Math.min(exchange.mostOutput ?? Infinity, refusals?.mostOutput ?? Infinity)
  if (most === Infinity) return eased
  const limited = limitOutput(eased, most, exchange.note)
  return exchange.mostOutput === undefined ? limited : limitThinking(limited, most, exchange.note)
}

/** The body without what its target refuses because it thinks. */
function besideThinking(exchange: Exchange, body: JsonObject, target: Target, refusals: Refusals): JsonObject {
  const isForced = refusals.forcing.has(exchange.circumstances.reasoning)
  const free = isForced ? withoutForcedThought(body, target.protocol, exchange.lose) : body
  if (free !== body) exchange.note('forced-call-eased')
  const filled = refusals.standIns ? withStandInThoughts(free, target.protocol) : free
  if (filled !== free) exchange.note('reasoning-stand-in')
  return filled
}

/** The body whose output is held to no schemas that were too many. */
function lessHeld(exchange: Exchange, body: JsonObject, target: Target, refusals: Refusals): JsonObject {
  return freeSchemas(body, target.protocol, refusals.schemas, (freed) => {
    exchange.note(`schemas-freed:${freed}`)
    exchange.lose({ path: freed === 'tools' ? 'tools.*.strict' : 'format', why: whyFreed[freed] })
  })
}

/** The body whose schemas have no words that its target does not take. */
function lessSchemas(exchange: Exchange, body: JsonObject, target: Target, { schemaWords }: Refusals): JsonObject {
  const dropped = new Set<string>()
  const plain = withoutSchemaWords(body, target.protocol, schemaWords, (word) => dropped.add(word))
  for (const word of dropped) {
    exchange.note(`schema-word-dropped:${word}`)
    exchange.lose({ path: `schemas.*.${word}`, why: 'the target refuses schemas with this word' })
  }
  return plain
}

const whyFreed: Readonly<Record<Freed, string>> = {
  tools: 'the model cannot be held to so many or so large schemas at once; their arguments follow them unforced',
  format: 'the model cannot be held to so large a schema; an instruction asks for it',
}
