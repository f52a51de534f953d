import type { JsonObject, Loss, ProtocolId } from '@crossfeed/protocols'
import { silentLog, systemClock } from '../ports.ts'
import { createTransport } from '../transport/http.ts'
import { createProvider } from './create.ts'
import type { Address, CallFacts, ClientHeaders, Provider, Supply, Target } from './provider.ts'
import type { ProviderSettings } from './settings.ts'

/** A provider that calls nobody. */
export function providerOf(settings: Partial<ProviderSettings> & Pick<ProviderSettings, 'type'>): Provider {
  const parts = { transport: createTransport(), clock: systemClock, log: silentLog, version: '0' }
  return createProvider({ name: 'mine', baseUrl: 'http://127.0.0.1:9/v1', ...settings }, parts)
}

/** The target of a model that is asked for expressly. */
export function targetOf(provider: Provider, model: string, protocol: ProtocolId): Target {
  // Asked for expressly, keyed providers find a model at once.
  return (provider.find(model, true) as Supply).target(protocol)
}

/** What the provider's patches make of a body. */
export function patched(
  provider: Provider,
  model: string,
  protocol: ProtocolId,
  body: JsonObject,
  from: ProtocolId = protocol,
): { readonly body: JsonObject; readonly changes: readonly string[]; readonly losses: readonly Loss[] } {
  const target = targetOf(provider, model, protocol)
  const changes: string[] = []
  const losses: Loss[] = []
  let current = body
  for (const patch of provider.requestPatches) {
    if (patch.protocol !== protocol) continue
    const note = (change: string): void => void changes.push(change)
    const lose = (loss: Loss): void => void losses.push(loss)
    const next = patch.apply(current, target, { from, headers: {}, note, lose })
    if (next !== current) changes.push(patch.name)
    current = next
  }
  return { body: current, changes, losses }
}

/** The address of a call to a model. */
export function addressOf(
  provider: Provider,
  model: string,
  protocol: ProtocolId,
  more: { readonly body?: JsonObject; readonly client?: ClientHeaders; readonly from?: ProtocolId } = {},
): Address | Promise<Address> {
  const target = targetOf(provider, model, protocol)
  const { body = { model: target.model }, client = {}, from = protocol } = more
  const facts: CallFacts = { requestId: 'r1', request: body, body, from, client, note: () => {} }
  return provider.address(target, facts)
}
