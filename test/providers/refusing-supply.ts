import type { ProviderSettings } from '@crossfeed/engine'
import type { JsonObject, ProtocolId } from '@crossfeed/protocols'
import { wholes } from '../../packages/engine/src/pipeline/streams.test-support.ts'
import { json, type ScriptedCall } from './scripted.ts'
import { startScriptedSupply, type ScriptedSupply } from './scripted-supply.ts'

/** A supply whose server refuses some calls, and what has reached that server. */
export interface RefusingSupply {
  readonly calls: readonly ScriptedCall[]
  /** The bodies of these calls. */
  sent(): readonly JsonObject[]
  /** Asks a short question, with further members and headers. */
  ask(client: ProtocolId, more: JsonObject, headers?: Record<string, string>): ReturnType<ScriptedSupply['ask']>
  close(): Promise<void>
}

/** Starts a server of one protocol that refuses with what `fault` says of a call, as a supply of type `compatible`. */
export async function startRefusing(
  endpoint: ProtocolId,
  fault: (call: ScriptedCall) => JsonObject | undefined,
  settings: Partial<ProviderSettings> = {},
): Promise<RefusingSupply> {
  const supply = await startScriptedSupply(
    endpoint,
    (to, call) => {
      const refusal = fault(call)
      if (refusal) json(to, 400, refusal)
      else json(to, 200, wholes[endpoint])
    },
    settings,
  )
  return {
    calls: supply.calls,
    sent: () => supply.calls.map(({ body }) => body),
    ask: (client, more, headers) => supply.ask(client, false, more, headers),
    close: () => supply.close(),
  }
}
