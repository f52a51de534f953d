import { describe, expect, test } from 'vitest'
import { readStream } from '../read-stream.ts'
import { fixtures } from '../recordings.ts'
import { useReplayStage } from '../replay-stage.ts'
import { post, protocols, question } from './conversation.ts'
import { streamFaults } from './grammar.ts'
import { expected, forgottenBySdk, got, tellingStreams } from './crossed.ts'
import { bags, isBag } from './json.ts'
import { readBySdk } from './sdk.ts'
import { gather, readAnswer } from './said.ts'

const stage = useReplayStage()

describe.each(protocols)('%s upstream', (server) => {
  describe.each(protocols)('for a %s client', (client) => {
    test.each(fixtures('responses', server))('answer $name says the same', async ({ body }) => {
      stage.upstream.next({ status: 200, contentType: 'application/json', body })
      const answer = await post(stage.gateway.url, client, question(client, server, false))
      const json: unknown = await answer.json()
      expect(answer.status, JSON.stringify(json)).toBe(200)
      expect(got(readAnswer(client, json), server, client)).toEqual(
        expected(readAnswer(server, JSON.parse(body)), server, client),
      )
    })

    test.each(tellingStreams(server))('stream $name says the same, whole and by events', async ({ body }) => {
      const recorded = readStream(body)
      const failing = bags(recorded).some((event) => event['error'] || event['type'] === 'response.failed')
      const want = expected(readAnswer(server, gather(server, recorded)), server, client)
      stage.upstream.next({ status: 200, contentType: 'text/event-stream', body, pieces: 977 })
      const answer = await post(stage.gateway.url, client, question(client, server, true))
      const sent = await answer.text()
      if (failing) return expect(sent).toContain('error')
      expect(answer.status, sent).toBe(200)
      const events = readStream(sent)
      const counted = readAnswer(server, gather(server, recorded)).usage.output > 0
      const faults = streamFaults(client, events, true).filter(
        (fault) => counted || !fault.includes('no output tokens'),
      )
      if (client !== server) {
        expect(faults).toEqual([])
        expect(got(await readBySdk(client, sent), server, client)).toEqual({ ...want, ...forgottenBySdk[client] })
      }
      expect(got(readAnswer(client, gather(client, events)), server, client)).toEqual(want)
      stage.upstream.next({ status: 200, contentType: 'text/event-stream', body })
      const whole = await post(stage.gateway.url, client, question(client, server, false))
      expect(got(readAnswer(client, await whole.json()), server, client)).toEqual(want)
    })
  })
})

describe.each(protocols)('a chat client that asks for no usage, %s upstream', (server) => {
  test.each(fixtures('streams', server))('stream $name', async ({ body }) => {
    stage.upstream.next({ status: 200, contentType: 'text/event-stream', body })
    const asked = { ...question('chat', server, true), stream_options: undefined }
    const sent = await (await post(stage.gateway.url, 'chat', asked)).text()
    expect(bags(readStream(sent)).filter((chunk) => isBag(chunk['usage']))).toEqual([])
  })
})
