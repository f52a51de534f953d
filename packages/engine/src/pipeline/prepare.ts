import {
  asObject,
  choosePlan,
  GatewayError,
  isObject,
  translate,
  type Json,
  type JsonObject,
  type Loss,
  type Plan,
  type ProtocolId,
  type Traits,
} from '@crossfeed/protocols'
import type { CallFacts, Provider, RequestPatch, Supply, Target } from '../providers/provider.ts'
import { stateUnsupported } from '../providers/patches/state-unsupported.ts'
import { threadsUnsupported } from '../providers/patches/threads-unsupported.ts'
import { askForUsage } from './rewrite/ask-for-usage.ts'
import { asksToCompact, asSummaryRequest, openSummaries, withoutTrigger } from './responses/compaction.ts'
import type { Exchange, Prepared } from './exchange.ts'
import type { Refusals } from './learned/learned.ts'
import { dropSeals, lessen } from './learned/lessen.ts'
import { protocols } from './protocols.ts'
import { sessionOf } from './session.ts'
import { withoutToolTypes } from './rewrite/without-tool-types.ts'

/** The request as it goes upstream: which plan, which body. Throws GatewayError where no plan fits. */
export function prepare(exchange: Exchange, supply: Supply): Prepared {
  const { provider } = supply
  const nearest = choosePlan(exchange.from, openOf(exchange, supply))
  if (!nearest) throw unserved(supply)
  const target = supply.target(nearest.to)
  const refusals = exchange.learned.of(target, exchange)
  const compacts = nearest.mode === 'relay' && provider.compacts === true
  const atEndpoint = compacts && exchange.call.compacts === true && !exchange.leftCompact && !refusals?.compactEndpoint
  const rewrite =
    nearest.mode === 'relay' &&
    !atEndpoint &&
    (exchange.rewritten ||
      needsRewrite(refusals, exchange.call.body) ||
      refusesStops(refusals, exchange.call.body) ||
      hasOddToolName(exchange.call.body, target))
  const plan: Plan = rewrite ? { ...nearest, mode: 'translate' } : nearest
  // What an earlier try could not say, this one may.
  exchange.losses.length = 0
  exchange.summarizes =
    exchange.from === 'responses' &&
    asksToCompact(exchange.call.body) &&
    !atEndpoint &&
    !(compacts && plan.mode === 'relay' && !refusals?.compaction)
  if (exchange.summarizes) exchange.note('compacted-here')
  // Who speaks last is told by what the client sent, in which a compaction is nobody's word.
  const said =
    exchange.from === 'responses' ? openSummaries(exchange.call.body, plan.mode === 'relay') : exchange.call.body
  const asked = exchange.summarizes ? asSummaryRequest(said) : said
  for (const loss of exchange.call.losses ?? []) exchange.lose(loss)
  const prepared = writerFor(plan, atEndpoint)(exchange, asked, provider, target, plan, refusals)
  const lost = exchange.losses[0]
  if (lost && exchange.parts.lossPolicy === 'reject') throw lossRefused(target, lost)
  return prepared
}

function writerFor(plan: Plan, atEndpoint: boolean): typeof relay {
  if (atEndpoint) return compactThere
  return plan.mode === 'relay' ? relay : cross
}

/** The protocols that the request may go by: none that it was refused at, and one that others were if no other is left. */
function openOf(exchange: Exchange, supply: Supply): readonly ProtocolId[] {
  const { learned, closed } = exchange
  const left = closed.size === 0 ? supply.speaks : supply.speaks.filter((protocol) => !closed.has(protocol))
  const open = left.filter((protocol) => !learned.isClosed(supply.target(protocol), exchange))
  return open.length > 0 ? open : left
}

/** What the headers of a prepared call depend on. */
export function callFacts(exchange: Exchange, { target, body }: Pick<Prepared, 'target' | 'body'>): CallFacts {
  return {
    requestId: exchange.call.requestId,
    request: exchange.call.body,
    body,
    from: exchange.from,
    client: exchange.call.headers,
    refusedBetas: exchange.learned.refusedBetas(target, exchange),
    note: exchange.note,
  }
}

function relay(
  exchange: Exchange,
  client: JsonObject,
  provider: Provider,
  target: Target,
  plan: Plan,
  refusals: Refusals | undefined,
): Prepared {
  let body = client
  if (body['model'] !== target.model) body = { ...body, model: target.model }
  body = askForUsage(body, target.protocol)
  body = patch(exchange, provider, target, body)
  body = dropSeals(exchange, body, target)
  body = lessen(exchange, body, target, refusals)
  const bytes = body === exchange.call.body ? exchange.call.raw : JSON.stringify(body)
  return { provider, plan, target, body, bytes, crossing: undefined }
}

/** The request for the supply's own endpoint, whose members are its own: of all that is mended, only seals are. */
function compactThere(
  exchange: Exchange,
  client: JsonObject,
  provider: Provider,
  target: Target,
  plan: Plan,
): Prepared {
  const { model } = target
  let body: JsonObject = { ...withoutTrigger(client), model }
  body = patch(exchange, provider, target, body, ({ name }) => name === 'own-seals')
  body = dropSeals(exchange, body, target)
  return { provider, plan, target, body, bytes: JSON.stringify(body), rest: '/compact', crossing: undefined }
}

function cross(
  exchange: Exchange,
  client: JsonObject,
  provider: Provider,
  target: Target,
  plan: Plan,
  refusals: Refusals | undefined,
): Prepared {
  const { thread } = client
  if (plan.from === 'messages' && thread !== undefined && thread !== null) throw threadsUnsupported(target.model)
  const isMoved = plan.from === 'responses' && plan.to !== 'responses'
  const stateless = isMoved ? stateUnsupported(target.model, client) : undefined
  if (stateless) throw stateless
  const crossing = translate({
    from: protocols[plan.from],
    to: protocols[plan.to],
    body: client,
    model: target.model,
    issuer: target.issuer,
    traits: traitsFor(exchange, target, refusals),
    lose: exchange.lose,
    ...(target.traits.thinkTags ? { hearThoughts: hearing(exchange, target) } : {}),
  })
  const { user } = crossing.prompt
  const sent = plan.to === 'messages' ? asObject(crossing.body['metadata'])?.['user_id'] : crossing.body['user']
  // Only a hash of it is short enough.
  if (user !== undefined && sent !== undefined && sent !== user) exchange.note('user-hashed')
  let body: JsonObject = patch(exchange, provider, target, keepSession(exchange, target, crossing.body))
  body = dropSeals(exchange, body, target)
  body = lessen(exchange, body, target, refusals)
  if (refusals?.tools.has('tool_search')) body = withoutToolTypes(body, toolSearch, exchange.lose)
  return { provider, plan, target, body, bytes: JSON.stringify(body), crossing }
}

const toolSearch: ReadonlySet<Json | undefined> = new Set(['tool_search'])

/** Requests of one conversation go to one prompt cache: its name is the key where the protocol has one (user-pain 2.2). */
function keepSession(exchange: Exchange, target: Target, body: JsonObject): JsonObject {
  if (target.protocol !== 'responses' || body['prompt_cache_key'] !== undefined) return body
  const session = sessionOf(exchange.call)
  return session === undefined ? body : { ...body, prompt_cache_key: session }
}

function patch(
  exchange: Exchange,
  provider: Provider,
  target: Target,
  body: JsonObject,
  isMeant?: (one: RequestPatch) => boolean,
): JsonObject {
  const context = { from: exchange.from, headers: exchange.call.headers, note: exchange.note, lose: exchange.lose }
  let current = body
  for (const one of patchesOf(provider, target.protocol)) {
    if (isMeant && !isMeant(one)) continue
    const next = one.apply(current, target, context)
    if (next !== current) exchange.note(one.name)
    current = next
  }
  return current
}

const sorted = new WeakMap<Provider, Map<ProtocolId, readonly RequestPatch[]>>()

/** A provider's request patches of one protocol, sorted out once. */
function patchesOf(provider: Provider, protocol: ProtocolId): readonly RequestPatch[] {
  let lists = sorted.get(provider)
  if (!lists) sorted.set(provider, (lists = new Map()))
  let list = lists.get(protocol)
  if (!list) lists.set(protocol, (list = provider.requestPatches.filter((patch) => patch.protocol === protocol)))
  return list
}

/** Tools that the target refuses can only be carried by going through the core, even within one protocol. */
function needsRewrite(refusals: Refusals | undefined, body: JsonObject): boolean {
  if (refusals === undefined || refusals.tools.size === 0) return false
  const { tools, input } = body
  const isOdd = (item: Json): boolean => isObject(item) && !plainItems.has(item['type'])
  const isOddTool = (tool: Json): boolean => isObject(tool) && tool['type'] !== undefined && tool['type'] !== 'function'
  return (Array.isArray(tools) && tools.some(isOddTool)) || (Array.isArray(input) && input.some(isOdd))
}

/** Stop sequences that the target refuses: only on the way through the core can the answer be cut at them. */
function refusesStops(refusals: Refusals | undefined, body: JsonObject): boolean {
  const asks = (stops: Json | undefined): boolean =>
    Array.isArray(stops) ? stops.length > 0 : (stops ?? null) !== null
  return refusals !== undefined && stopMembers.some((member) => refusals.members.has(member) && asks(body[member]))
}

/** The names of stop sequences in Chat Completions and in Messages. */
const stopMembers = ['stop', 'stop_sequences'] as const

/** Items of Responses that have nothing to do with other tools than functions. */
const plainItems: ReadonlySet<Json | undefined> = new Set([
  undefined,
  'message',
  'reasoning',
  'function_call',
  'function_call_output',
])

/** Whether a tool has a name that the target refuses: it can only be replaced, and put back, on the way through the core. */
function hasOddToolName(body: JsonObject, target: Target): boolean {
  const { tools } = body
  if (!Array.isArray(tools)) return false
  return tools.some((tool: Json) => {
    if (!isObject(tool)) return false
    const name = tool['name'] ?? (isObject(tool['function']) ? tool['function']['name'] : undefined)
    return typeof name === 'string' && (name.length > target.traits.toolNameLength || /[^A-Za-z0-9_-]/.test(name))
  })
}

/** What the target takes, and how its answers are to be read, by what was learned of it. */
function traitsFor(exchange: Exchange, target: Target, refusals: Refusals | undefined): Traits {
  const traits = refusals ? lessened(target.traits, refusals) : target.traits
  return traits.thinkTags && exchange.learned.opensThoughts(target, exchange)
    ? { ...traits, thinkTags: 'opened' }
    : traits
}

/** Remembers how an answer thinks. By then the exchange may have let go of the request that was asked. */
function hearing(exchange: Exchange, target: Target): (areOpen: boolean) => void {
  const asking = { circumstances: exchange.circumstances }
  return (areOpen) => exchange.parts.learned.hearThoughts(target, asking, areOpen)
}

function lessened(traits: Traits, refusals: Refusals): Traits {
  return {
    ...traits,
    customTools: traits.customTools && !refusals.tools.has('custom'),
    namespaces: traits.namespaces && !refusals.tools.has('namespace'),
    toolSearch: traits.toolSearch && !refusals.tools.has('tool_search'),
    hostedTools: traits.hostedTools && !refusals.tools.has('hosted'),
    ...(stopMembers.some((member) => refusals.members.has(member)) ? { stops: false } : {}),
  }
}

function lossRefused(target: Target, lost: Loss): GatewayError {
  return new GatewayError('invalid-request', 400, `${target.model} cannot take ${lost.path}: ${lost.why}.`, {
    reason: 'loss-refused',
    fix: 'Leave it out, choose another model, or set lossPolicy to warn.',
  })
}

function unserved(supply: Supply): GatewayError {
  return new GatewayError(
    'invalid-request',
    400,
    `${supply.model} is not served at any endpoint that answers conversations.`,
    {
      reason: 'model-not-conversational',
    },
  )
}
