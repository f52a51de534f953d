import { asGatewayError, type GatewayError, type JsonObject, type Loss, type Plan } from '@crossfeed/protocols'
import type { Supply } from '../providers/provider.ts'
import type { Candidate, Turn } from '../routing/route.ts'
import type { ClientCall, ClientOut } from './client.ts'
import { Exchange } from './exchange.ts'
import type { EngineParts } from './parts.ts'
import { callFacts, prepare } from './prepare.ts'

/** How a request would travel. */
export interface Explanation {
  readonly asked: string
  /** The alias that the name is, if it is one. */
  readonly alias: string | undefined
  /** Every place that may be tried, the first one first. */
  readonly stops: readonly Stop[]
}

/** One place where a request may go, and what would become of it there. */
export interface Stop {
  readonly provider: string
  readonly model: string
  readonly turn: Turn
  /** The model's name at the upstream. */
  readonly upstreamModel?: string
  readonly plan?: Plan
  /** The address of the call, without its headers. */
  readonly address?: string
  /** The body as it would be sent. */
  readonly body?: JsonObject
  /** What would be changed on the user's behalf, and what the target cannot say. */
  readonly changes: readonly string[]
  readonly losses: readonly Loss[]
  /** Why it cannot go there. */
  readonly refusal?: GatewayError
}

const nowhere: ClientOut = { begin() {}, write: () => true, end() {} }

/** Prepares a request for every place that it may go to, and sends it nowhere. Rejects where its model leads nowhere. */
export async function explain(parts: EngineParts, call: ClientCall): Promise<Explanation> {
  const model = call.body['model']
  const asked = typeof model === 'string' ? model : ''
  const route = await parts.router.route({
    model: asked,
    provider: call.provider,
    session: () => parts.conversations.find(call),
  })
  const isFirst = (one: Candidate): boolean =>
    one.provider === route.first.provider.id && one.id === route.first.info.id
  const inOrder = [...route.candidates.filter(isFirst), ...route.candidates.filter((one) => !isFirst(one))]
  const stops: Stop[] = []
  for (const candidate of inOrder) stops.push(await explainStop(parts, call, candidate))
  return { asked, alias: route.alias, stops }
}

async function explainStop(parts: EngineParts, call: ClientCall, candidate: Candidate): Promise<Stop> {
  const { provider, model, turn } = candidate
  // Only a request that runs is recorded and told to anybody.
  const exchange = new Exchange(parts, call, nowhere, () => {})
  const said = (): Pick<Stop, 'provider' | 'model' | 'turn' | 'changes' | 'losses'> => ({
    provider,
    model,
    turn,
    changes: exchange.changes,
    losses: exchange.losses,
  })
  try {
    const supply = await candidate.find()
    if (!supply) return { ...said(), refusal: asGatewayError(await missing(parts, candidate)) }
    return { ...(await prepareStop(exchange, supply)), ...said() }
  } catch (error) {
    return { ...said(), refusal: asGatewayError(error) }
  }
}

async function prepareStop(
  exchange: Exchange,
  supply: Supply,
): Promise<Omit<Stop, 'provider' | 'model' | 'turn' | 'changes' | 'losses'>> {
  const { target, plan, body } = prepare(exchange, supply)
  const known = { upstreamModel: target.model, plan, body }
  try {
    const { origin, path } = await supply.provider.address(target, callFacts(exchange, { target, body }))
    return { ...known, address: origin + path }
  } catch (error) {
    return { ...known, refusal: asGatewayError(error) }
  }
}

/** The refusal that a request for this very model would get. */
async function missing(parts: EngineParts, { provider, model }: Candidate): Promise<unknown> {
  try {
    await parts.router.route({ model, provider, session: () => undefined })
    return undefined
  } catch (error) {
    return error
  }
}
