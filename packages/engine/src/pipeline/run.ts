import { asGatewayError, asString, GatewayError } from '@crossfeed/protocols'
import type { Address, Supply } from '../providers/provider.ts'
import { lookUp } from '../routing/look-up.ts'
import type { Candidate, Route } from '../routing/route.ts'
import { keeperOf, othersAnswer } from './responses/answer-origins.ts'
import { AnswerSink } from './answer/answer-sink.ts'
import type { ClientCall, ClientOut, Running } from './client.ts'
import { asksToCompact, compactAnswer } from './responses/compaction.ts'
import { Exchange } from './exchange.ts'
import { hearId } from './responses/hear-answer.ts'
import { tellPrevious } from './responses/tell-previous.ts'
import { doubtLessons, isSameCall, sentOf, wordsOf } from './learned/lessons.ts'
import { failedOf } from './learned/mending.ts'
import { mostCalls, type EngineParts } from './parts.ts'
import { callFacts, prepare } from './prepare.ts'
import { lastRecoveries, recoveries } from './recover/list.ts'
import type { Recovery } from './recover/recovery.ts'

/** Takes a request the one way: resolve, plan, prepare, send, answer; recover before the first byte. */
export function run(parts: EngineParts, call: ClientCall, out: ClientOut): Running {
  if (call.protocol.id === 'responses') return runResponses(parts, call, out)
  return go(new Exchange(parts, call, out, recover))
}

/** Responses alone has answers that are gone on from later, and histories that are compacted. */
function runResponses(parts: EngineParts, call: ClientCall, out: ClientOut): Running {
  const kept = parts.keptAnswers
  const whole = kept?.recall(call) ?? call
  const keeps = kept !== undefined && call.body['store'] !== false
  const previous = whole === call ? undefined : asString(call.body['previous_response_id'])
  const named = previous === undefined || whole.body['previous_response_id'] ? out : tellPrevious(out, previous)
  const heard = keeps ? kept.listen(call, named, () => isForgotten(exchange)) : named
  const told = call.body['store'] === false ? heard : hearId(heard, (id) => noteOrigin(exchange, id))
  const compacted = asksToCompact(call.body) ? compactAnswer(told, parts.newId, () => exchange.summarizes) : told
  const exchange: Exchange = new Exchange(parts, whole, compacted, recover)
  if (whole !== call) exchange.note('answers-recalled')
  const others = othersAnswer(parts, call)
  if (others === undefined) return go(exchange)
  exchange.fail(others)
  return steer(exchange)
}

function go(exchange: Exchange): Running {
  if (exchange.stream) exchange.parts.pulse.add(exchange)
  resolve(exchange)
  return steer(exchange)
}

function steer(exchange: Exchange): Running {
  return {
    cancel: () => exchange.cancel(),
    abort: (error) => exchange.abort(error),
    drained: () => exchange.drained(),
  }
}

/** Remembers which supply keeps an answer, where one does: requests about it go there. */
function noteOrigin(exchange: Exchange, id: string): void {
  const { parts, call, prepared } = exchange
  if (!prepared || isForgotten(exchange) || prepared.provider.besideResponses === undefined) return
  parts.answerOrigins.note(id, { provider: prepared.provider.id, owner: parts.ownerOf(call.headers) })
}

/** Whether the supply does not know this answer, as its client was told it, when a later request refers to it. */
function isForgotten({ prepared, summarizes }: Exchange): boolean {
  if (!prepared) return false
  return summarizes || prepared.plan.mode === 'translate' || prepared.provider.keepsNothing === true
}

function resolve(exchange: Exchange): void {
  if (exchange.asked === '') {
    return exchange.fail(
      new GatewayError('invalid-request', 400, 'model: a model name is required.', { reason: 'model-missing' }),
    )
  }
  const { call, parts, asked } = exchange
  attempt(
    exchange,
    () =>
      parts.router.route({
        model: asked,
        provider: call.provider,
        session: once(() => parts.conversations.enter(call)),
      }),
    (route) => {
      exchange.route = route
      const keeper = keeperIn(exchange, route)
      if (!keeper) return start(exchange, route.first)
      attempt(
        exchange,
        () => lookUp(keeper),
        (supply) => start(exchange, supply ?? route.first),
      )
    },
  )
}

/** The place of a route that keeps the answer which the request goes on from, where it would begin at another one. */
function keeperIn({ parts, call }: Exchange, { first, candidates }: Route): Candidate | undefined {
  const keeper = keeperOf(parts.answerOrigins, call.body)
  if (keeper === undefined || keeper === first.provider.id) return undefined
  return candidates.find(({ provider }) => provider === keeper)
}

/** Asks at the first need, and never again. */
function once<T>(ask: () => T): () => T {
  let said: { readonly value: T } | undefined
  return () => (said ??= { value: ask() }).value
}

function start(exchange: Exchange, supply: Supply): void {
  exchange.supply = supply
  // What was prepared for another place says nothing of this one.
  exchange.prepared = undefined
  exchange.enter(supply.provider, () => send(exchange, supply))
}

function send(exchange: Exchange, supply: Supply): void {
  attempt(
    exchange,
    () => {
      exchange.address = undefined
      const prepared = prepare(exchange, supply)
      exchange.prepared = prepared
      const { provider } = supply
      const facts = callFacts(exchange, prepared)
      const beside = prepared.rest === undefined ? undefined : provider.besideResponses?.(prepared.rest, '', facts)
      return beside ?? provider.address(prepared.target, facts)
    },
    (address) => dispatch(exchange, address),
  )
}

function dispatch(exchange: Exchange, address: Address): void {
  const { prepared, parts } = exchange
  if (!prepared) return
  const { extraHeaders } = exchange.call
  exchange.address = address
  const { mended } = exchange
  exchange.mended = undefined
  if (mended && isSameCall(mended.call, sentOf(prepared, address))) {
    // Nothing that was refused is left to be changed in this way.
    exchange.learn(mended.lessons)
    return recover(exchange, mended.error)
  }
  mended?.notes.forEach(exchange.note)
  exchange.startOver()
  exchange.initiator = address.headers['x-initiator']
  exchange.calls++
  exchange.sent = extraHeaders ? { ...address.headers, ...extraHeaders } : address.headers
  const sink = new AnswerSink(exchange, prepared)
  // Silence before the first word is thought: the limit on stalls begins with that word.
  exchange.flight = parts.transport.send(
    {
      method: 'POST',
      origin: address.origin,
      path: address.path,
      headers: exchange.sent,
      body: prepared.bytes,
      timeouts: { idle: parts.thoughtMs },
    },
    address.read ? sink.through(address.read) : sink,
  )
}

/** Mends what failed, goes elsewhere, or waits and tries again; the client is told when nothing of that can be done. */
function recover(exchange: Exchange, failure: GatewayError): void {
  if (exchange.over) return
  // Whatever it is made of, it may repeat what the upstream was let in by, and goes to the log and the client.
  const error = exchange.hideSecrets(failure)
  if (exchange.aborted) return exchange.fail(error)
  const canTry = !exchange.delivered && exchange.calls < mostCalls
  if (
    !canTry ||
    !(mend(exchange, error, recoveries) || goElsewhere(exchange, error) || mend(exchange, error, lastRecoveries))
  )
    giveUp(exchange, error)
}

/** Tries the first recovery that fits, once each. */
function mend(exchange: Exchange, error: GatewayError, among: readonly Recovery[]): boolean {
  const { prepared, address, supply, parts } = exchange
  if (!prepared || !address || !supply) return false
  const mending = failedOf(exchange, { prepared, address, supply })
  const { failed } = mending
  for (const recovery of among) {
    const mark = `${recovery.name} ${recovery.thing?.(error, failed) ?? ''}`
    if (exchange.tried.has(mark) || !recovery.matches(error, failed)) continue
    exchange.tried.add(mark)
    const wait = recovery.repair(error, failed)
    if (wait === undefined) continue
    if (recovery.repeats) mending.notes.forEach(exchange.note)
    else exchange.mended = { error, call: sentOf(prepared, address), notes: mending.notes, lessons: exchange.lessons }
    const taught = { recovery: recovery.name, refusal: wordsOf(error) }
    const lessons = mending.lessons.map((lesson) => ({ ...lesson, ...taught }))
    if (exchange.lessons.length + lessons.length > 0)
      exchange.learn([...doubtLessons(exchange.lessons, recovery.name, error), ...lessons])
    parts.log.info(() => `${exchange.call.requestId} ${recovery.name} after ${error.status}: ${error.message}`)
    const again = (): void => {
      if (!exchange.over) send(exchange, supply)
    }
    if (wait === 0) again()
    else exchange.retry = parts.clock.setTimer(again, wait, 'background')
    return true
  }
  return false
}

/** Goes on at the next target of the route, if there is one where this failure may not happen. */
function goElsewhere(exchange: Exchange, error: GatewayError): boolean {
  const { route, supply, parts } = exchange
  if (!route || !supply) return false
  parts.router.failed(supply, error, exchange.quotaReset())
  exchange.failedSupplies = [...exchange.failedSupplies, supply]
  // No other supply knows an answer that one keeps.
  const keeper = keeperOf(parts.answerOrigins, exchange.call.body)
  const candidates = parts.router
    .next(route, exchange.failedSupplies, error)
    .filter(({ provider }) => keeper === undefined || provider === keeper)
  const tryNext = (index: number): void => {
    const candidate = candidates[index]
    if (!candidate) return mend(exchange, error, lastRecoveries) ? undefined : giveUp(exchange, error)
    attempt(
      exchange,
      // A supply that cannot even be looked up is passed over; the client is told of the first failure.
      () => lookUp(candidate),
      (next) => {
        // One model may have several names.
        if (!next || exchange.failedSupplies.includes(next)) return tryNext(index + 1)
        exchange.note(`failed-over:${supply.provider.id}/${supply.info.id}>${next.provider.id}/${next.info.id}`)
        parts.log.info(() => `${exchange.call.requestId} failed over after ${error.status}: ${error.message}`)
        exchange.forgetSupply()
        start(exchange, next)
      },
    )
  }
  if (candidates.length === 0) return false
  tryNext(0)
  return true
}

/** Tells the client, with what the provider knows about the failure. */
function giveUp(exchange: Exchange, error: GatewayError): void {
  const { address, supply } = exchange
  exchange.fail(address && supply ? supply.provider.explain(error, address) : error)
}

/** Runs `first`, then `next` with what it gives, at once where it is there at once. What `first` fails with may be mended. */
function attempt<T>(exchange: Exchange, first: () => T | Promise<T>, next: (value: T) => void): void {
  const guarded = (value: T): void => {
    if (exchange.over) return
    try {
      next(value)
    } catch (error) {
      exchange.fail(asGatewayError(error))
    }
  }
  try {
    const value = first()
    if (value instanceof Promise) value.then(guarded, (error: unknown) => exchange.whenFailed(asGatewayError(error)))
    else guarded(value)
  } catch (error) {
    exchange.whenFailed(asGatewayError(error))
  }
}
