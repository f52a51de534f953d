import type { ProviderSettings } from '@crossfeed/engine'
import type { JsonObject, ProtocolId } from '@crossfeed/protocols'
import { request } from './clients.ts'
import { json, startScripted } from './scripted.ts'
import { startSupply, type TestSupply } from './supply.ts'

/** A supply whose server answers every call with the same bytes. */
export interface AnsweringSupply {
  /** Asks a short question, for a stream unless `more` says otherwise. */
  ask(client: ProtocolId, more?: JsonObject): ReturnType<TestSupply['ask']>
  close(): Promise<void>
}

/** Starts a server of one protocol that answers with `bytes`, by default under the label of an event stream. */
export async function startAnswering(
  endpoint: ProtocolId,
  bytes: string,
  settings: Partial<ProviderSettings> = {},
  contentType = 'text/event-stream',
): Promise<AnsweringSupply> {
  const upstream = await startScripted((to, { method }) => {
    if (method === 'GET') json(to, 200, { data: [] })
    else to.writeHead(200, { 'content-type': contentType }).end(bytes)
  })
  const supply = startSupply({
    name: 'up',
    type: 'compatible',
    endpoints: [endpoint],
    baseUrl: `${upstream.url}/v1`,
    ...settings,
  })
  return {
    ask: (client, more = {}) =>
      supply.ask(client, { ...request(client, 'up/m', true, [{ role: 'user', content: 'x' }]), ...more }),
    async close() {
      await supply.close()
      await upstream.close()
    },
  }
}

/** The frames of an event stream with these data. */
export function frames(events: readonly JsonObject[], done = false): string {
  const written = events.map((event) => {
    const name = typeof event['type'] === 'string' ? `event: ${event['type']}\n` : ''
    return `${name}data: ${JSON.stringify(event)}\n\n`
  })
  return written.join('') + (done ? 'data: [DONE]\n\n' : '')
}
