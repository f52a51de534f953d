import type { ServerResponse } from 'node:http'
import type { ProviderSettings } from '@crossfeed/engine'
import type { JsonObject, ProtocolId } from '@crossfeed/protocols'
import { request } from './clients.ts'
import { startScripted, type ScriptedCall } from './scripted.ts'
import { startSupply, type TestSupply } from './supply.ts'

/** A supply of type `compatible` with a server of one protocol that a test has written, and what has reached that server. */
export interface ScriptedSupply {
  readonly calls: readonly ScriptedCall[]
  /** Asks a short question, whole or for a stream, with further members and headers. */
  ask(
    client: ProtocolId,
    isStream: boolean,
    more: JsonObject,
    headers?: Record<string, string>,
  ): ReturnType<TestSupply['ask']>
  close(): Promise<void>
}

/** Starts a server that answers by `answer`, and the supply in front of it. */
export async function startScriptedSupply(
  endpoint: ProtocolId,
  answer: (to: ServerResponse, call: ScriptedCall) => void,
  settings: Partial<ProviderSettings>,
): Promise<ScriptedSupply> {
  const upstream = await startScripted(answer)
  const supply = startSupply({
    name: 'up',
    type: 'compatible',
    endpoints: [endpoint],
    baseUrl: `${upstream.url}/v1`,
    ...settings,
  })
  return {
    calls: upstream.calls,
    ask: (client, isStream, more, headers = {}) =>
      supply.ask(client, { ...request(client, 'up/m', isStream, [{ role: 'user', content: 'x' }]), ...more }, headers),
    async close() {
      await supply.close()
      await upstream.close()
    },
  }
}
