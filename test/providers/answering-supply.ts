import type { ProviderSettings } from '@crossfeed/engine'
import { asObject, type JsonObject, type ProtocolId } from '@crossfeed/protocols'
import { json } from './scripted.ts'
import { startScriptedSupply, type ScriptedSupply } from './scripted-supply.ts'

/** A supply whose server answers every call with the same bytes. */
export interface AnsweringSupply {
  /** Asks a short question, for a stream unless `more` says otherwise. */
  ask(client: ProtocolId, more?: JsonObject): ReturnType<ScriptedSupply['ask']>
  close(): Promise<void>
}

/** Starts a server of one protocol that answers with `bytes`, by default under the label of an event stream. */
export async function startAnswering(
  endpoint: ProtocolId,
  bytes: string,
  settings: Partial<ProviderSettings> = {},
  contentType = 'text/event-stream',
): Promise<AnsweringSupply> {
  const supply = await startScriptedSupply(
    endpoint,
    (to, { method }) => {
      if (method === 'GET') json(to, 200, { data: [] })
      else to.writeHead(200, { 'content-type': contentType }).end(bytes)
    },
    settings,
  )
  return { ask: (client, more = {}) => supply.ask(client, true, more), close: () => supply.close() }
}

/** The frames of an event stream with these data. */
export function frames(events: readonly unknown[], done = false): string {
  const written = events.map((event) => {
    const type = asObject(event)?.['type']
    const name = typeof type === 'string' ? `event: ${type}\n` : ''
    return `${name}data: ${JSON.stringify(event)}\n\n`
  })
  return written.join('') + (done ? 'data: [DONE]\n\n' : '')
}

/** A chunk of a Chat Completions stream with one choice. */
export function chunk(delta: JsonObject, reason: string | null = null): JsonObject {
  return {
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta, finish_reason: reason }],
  }
}
