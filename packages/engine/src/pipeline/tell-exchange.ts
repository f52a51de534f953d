import type { Loss } from '@crossfeed/protocols'
import { toHeaderValue } from './answer/answer-headers.ts'
import { describePlan, type Travelled } from './record.ts'

interface Told {
  readonly call: { readonly requestId: string }
  readonly prepared: Travelled | undefined
  readonly calls: number
  readonly initiator: string | undefined
  readonly changes: readonly string[]
  readonly losses: readonly Loss[]
}

/** Adds the headers that tell a client where its request went and what was done with it (docs/headers.md). */
export function tellExchange(
  { call, prepared, calls, initiator, changes, losses }: Told,
  headers: Record<string, string | string[]>,
): void {
  headers['x-crossfeed-request-id'] = call.requestId
  if (prepared) {
    headers['x-crossfeed-provider'] = prepared.target.provider
    headers['x-crossfeed-model'] = toHeaderValue(prepared.target.model)
    headers['x-crossfeed-plan'] = describePlan(prepared.plan)
  }
  if (calls > 1) headers['x-crossfeed-calls'] = String(calls)
  if (initiator !== undefined) headers['x-crossfeed-initiator'] = initiator
  if (changes.length > 0) headers['x-crossfeed-changes'] = toHeaderValue(changes.join(', '))
  if (losses.length > 0)
    headers['x-crossfeed-losses'] = toHeaderValue(losses.map((loss) => `${loss.path}: ${loss.why}`).join('; '))
}
