import { asGatewayError, asNumber, asString, GatewayError, parseObject } from '@crossfeed/protocols'
import { stateUnsupported } from '../../providers/patches/state-unsupported.ts'
import type { Model } from '../../providers/model.ts'
import type { Supply } from '../../providers/provider.ts'
import { lookUp } from '../../routing/look-up.ts'
import type { Candidate, Route } from '../../routing/route.ts'
import { readRefusal } from '../answer/read-refusal.ts'
import { keeperOf, othersAnswer } from './answer-origins.ts'
import type { ClientCall } from '../client.ts'
import { openSummaries } from './compaction.ts'
import type { EngineParts } from '../parts.ts'

/** The supply's own count of a request; or, where it has none, the whole request and the model to estimate it for. */
export type InputCount = Counted | { readonly call: ClientCall; readonly model: Model }

interface Counted {
  readonly tokens: number
  readonly provider: string
}

/** Longest wait for a supply's count, in milliseconds; after it nobody else is asked, and an estimate answers. */
const longestMs = 10_000
const timeouts = { headers: longestMs, idle: longestMs }

/** Counts what a Responses request would put in, as far as its supply can. */
export async function countInput(parts: EngineParts, call: ClientCall): Promise<InputCount> {
  const asked = asString(call.body['model']) ?? ''
  if (asked === '')
    throw new GatewayError('invalid-request', 400, 'model: a model name is required.', { reason: 'model-missing' })
  const others = othersAnswer(parts, call)
  if (others) throw others
  const recalled = parts.keptAnswers?.recall(call) ?? call
  const body = openSummaries(recalled.body, true)
  const whole = body === call.body ? call : { ...recalled, body, raw: Buffer.from(JSON.stringify(body)) }
  const session = (): string | undefined => parts.conversations.find(call)
  const route = await parts.router.route({ model: asked, provider: call.provider, session })
  const counted = await countAlong(parts, whole, route)
  if (counted) return counted
  const { first } = route
  const missing = stateUnsupported(first.model, whole.body)
  if (missing) throw missing
  return { call: whole, model: first.info }
}

/** Asks the targets in the order in which an answer would be, for as long as there is any sense in it. */
async function countAlong(parts: EngineParts, call: ClientCall, route: Route): Promise<Counted | undefined> {
  const until = parts.clock.now() + longestMs
  const keeper = keeperOf(parts.answerOrigins, call.body)
  const tried: Supply[] = []
  let candidates: readonly Pick<Candidate, 'find'>[] = [{ find: () => route.first }]
  if (keeper !== undefined && keeper !== route.first.provider.id)
    candidates = route.candidates.filter(({ provider }) => provider === keeper)
  for (let [next] = candidates; next && parts.clock.now() < until; [next] = candidates) {
    candidates = candidates.slice(1)
    const supply = await lookUp(next)
    if (!supply || tried.includes(supply)) continue
    if (!supply.speaks.includes('responses')) return undefined
    const found = await countThere(parts, call, supply)
    if (!(found instanceof GatewayError)) return found
    tried.push(supply)
    candidates = parts.router
      .next(route, tried, found)
      .filter(({ provider }) => keeper === undefined || provider === keeper)
  }
  return undefined
}

/** Undefined where it cannot count; then there is the estimate, which says that it is one. An error where it fails to. */
async function countThere(
  parts: EngineParts,
  call: ClientCall,
  { provider, model }: Supply,
): Promise<Counted | GatewayError | undefined> {
  const body = { ...call.body, model }
  const { requestId, headers: client } = call
  const facts = { requestId, request: call.body, body, from: 'responses', client, note: () => {} } as const
  try {
    const address = await provider.besideResponses?.('/input_tokens', '', facts)
    if (!address) return undefined
    const answer = await parts.transport.request({ method: 'POST', ...address, body: JSON.stringify(body), timeouts })
    const text = answer.body.toString()
    if (answer.status >= 300) {
      const refused = { provider, protocol: 'responses', sent: address.headers, now: parts.clock.now() } as const
      return readRefusal({ ...answer, text }, refused)
    }
    const tokens = asNumber(parseObject(text)?.['input_tokens'])
    return tokens === undefined ? undefined : { tokens, provider: provider.id }
  } catch (error) {
    return asGatewayError(error)
  }
}
