import type { Emulator } from '@crossfeed/emulator'
import { parseObject, type ProtocolId } from '@crossfeed/protocols'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { protocols, question } from '../fidelity/conversation.ts'
import { expected, got as told, tellingStreams } from '../fidelity/crossed.ts'
import { streamFaults } from '../fidelity/grammar.ts'
import { at, bags, text } from '../fidelity/json.ts'
import { gather, readAnswer } from '../fidelity/said.ts'
import { readStream } from '../read-stream.ts'
import { fixtures, recordedStatus } from '../recordings.ts'
import { errorSchema, eventSchema, replySchema, schemaErrors } from '../schemas.ts'
import { emulatorOptions, supplies } from './recorded-supplies.ts'
import { json, startScripted, type ScriptedUpstream } from './scripted.ts'
import { startEmulator, startSupply, type Got, type TestSupply } from './supply.ts'

interface Replay {
  readonly status: number
  readonly type: 'application/json' | 'text/event-stream'
  readonly body: string
  readonly headers?: Record<string, string>
}

/** Each kind of supply by each protocol that it is reached by. */
const ways = supplies.flatMap((kind) =>
  kind.speaks.map((server) => ({ ...kind, server, title: `${kind.title}: ${server}` })),
)

describe.each(ways)('$title', ({ server, settings, make, face }) => {
  let emulator: Emulator
  let upstream: ScriptedUpstream
  let supply: TestSupply
  let replay: Replay
  beforeAll(async () => {
    emulator = await startEmulator(emulatorOptions)
    upstream = await startScripted((response, { method }) => {
      if (method === 'GET') return json(response, 200, { data: [], models: [] })
      response.writeHead(replay.status, { 'content-type': replay.type, ...replay.headers }).end(replay.body)
    })
    const made = await make?.(upstream.url, emulator)
    supply = startSupply({ ...settings(upstream.url), endpoints: [server] }, made)
  })
  afterAll(async () => {
    await supply.close()
    await upstream.close()
    await emulator.stop()
  })
  const ask = (client: ProtocolId, stream: boolean, next: Replay): Promise<Got> => {
    replay = next
    return supply.ask(client, { ...question(client, server, stream), model: 's/any' })
  }

  describe.each(protocols)('for a %s client', (client) => {
    // ChatGPT answers in streams alone.
    const wholes = face === 'codex' ? [] : fixtures('responses', server)
    test.each(wholes)('answer $name says the same', async ({ body }) => {
      const got = await ask(client, false, { status: 200, type: 'application/json', body })
      expect(got.status, JSON.stringify(got.answer)).toBe(200)
      const recorded: unknown = JSON.parse(body)
      expect(told(readAnswer(client, got.answer), server, client)).toEqual(
        expected(readAnswer(server, recorded), server, client),
      )
      if (client !== server || schemaErrors(replySchema[server], recorded).length === 0)
        expect(schemaErrors(replySchema[client], got.answer)).toEqual([])
    })

    test.each(tellingStreams(server))('stream $name says the same', async ({ body }) => {
      const recorded = readStream(body)
      const isFailing = bags(recorded).some((event) => event['error'] || event['type'] === 'response.failed')
      const said = readAnswer(server, gather(server, recorded))
      const want = expected(said, server, client)
      const streamed = await ask(client, true, { status: 200, type: 'text/event-stream', body })
      const whole = await ask(client, false, { status: 200, type: 'text/event-stream', body })
      if (isFailing) {
        expect(JSON.stringify(streamed.answer ?? streamed.events)).toContain('error')
        expect(schemaErrors(errorSchema[client], whole.answer)).toEqual([])
        return
      }
      expect([streamed.status, whole.status], JSON.stringify(streamed.answer)).toEqual([200, 200])
      expect(told(readAnswer(client, gather(client, streamed.events)), server, client)).toEqual(want)
      expect(told(readAnswer(client, whole.answer), server, client)).toEqual(want)
      if (client === server) return
      const faults = streamFaults(client, streamed.events, true)
      expect(faults.filter((fault) => said.usage.output > 0 || !fault.includes('no output tokens'))).toEqual([])
      const events = bags(streamed.events).filter((event) => event['type'] !== 'ping')
      expect(events.flatMap((event) => schemaErrors(eventSchema[client], event))).toEqual([])
    })

    test.each(fixtures('errors', server))('error $name keeps its status, words and code', async ({ name, body }) => {
      const status = recordedStatus(`errors/${server}/${name}`)
      const headers = { 'retry-after': '77' }
      for (const stream of [false, true]) {
        const got = await ask(client, stream, { status, type: 'application/json', body, headers })
        if (got.events.length > 0) {
          // Clients of Responses look for an over-long prompt inside a stream, and nowhere else (copilot-protocol 10.2).
          expect([client, stream]).toEqual(['responses', true])
          const failed = bags(got.events).at(-1)
          expect(at(failed, 'response', 'error', 'code')).toBe('context_length_exceeded')
          continue
        }
        expect(got.status).toBe(status)
        expect(schemaErrors(errorSchema[client], got.answer)).toEqual([])
        const recorded = parseObject(body) ?? {}
        const message = text(at(recorded, 'error', 'message') ?? recorded['message'])
        // The name and the address of the supply may stand before the full stop.
        expect(text(at(got.answer, 'error', 'message'))).toContain(message.replace(/\.$/, ''))
        const code = text(at(recorded, 'error', 'code'))
        if (code !== '') expect(at(got.answer, 'error', 'code')).toBe(code)
        if (status === 429) expect(got.headers['retry-after']).toBe('77')
      }
    })
  })
})
