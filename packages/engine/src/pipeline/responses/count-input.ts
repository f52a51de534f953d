import { asNumber, asString, GatewayError, parseObject } from '@crossfeed/protocols'
import { stateUnsupported } from '../../providers/patches/state-unsupported.ts'
import type { Model } from '../../providers/model.ts'
import type { Supply } from '../../providers/provider.ts'
import { othersAnswer } from './answer-origins.ts'
import type { ClientCall } from '../client.ts'
import { openSummaries } from './compaction.ts'
import type { EngineParts } from '../parts.ts'

/** The supply's own count of a request; or, where it has none, the whole request and the model to estimate it for. */
export type InputCount =
  | { readonly tokens: number; readonly provider: string }
  | { readonly call: ClientCall; readonly model: Model }

/** Longest wait for a supply's count; an estimate answers after it. */
const timeouts = { headers: 10_000, idle: 10_000 }

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
  const { first } = await parts.router.route({ model: asked, provider: call.provider, session: () => undefined })
  const tokens = first.speaks.includes('responses') ? await countThere(parts, whole, first) : undefined
  if (tokens !== undefined) return { tokens, provider: first.provider.id }
  const missing = stateUnsupported(first.model, whole.body)
  if (missing) throw missing
  return { call: whole, model: first.info }
}

/** Undefined on any failure: then there is the estimate, which says that it is one. */
async function countThere(
  parts: EngineParts,
  call: ClientCall,
  { provider, model }: Supply,
): Promise<number | undefined> {
  const body = { ...call.body, model }
  const { requestId, headers: client } = call
  const facts = { requestId, request: call.body, body, from: 'responses', client, note: () => {} } as const
  try {
    const address = await provider.besideResponses?.('/input_tokens', '', facts)
    if (!address) return undefined
    const answer = await parts.transport.request({ method: 'POST', ...address, body: JSON.stringify(body), timeouts })
    return answer.status === 200 ? asNumber(parseObject(answer.body.toString())?.['input_tokens']) : undefined
  } catch {
    return undefined
  }
}
