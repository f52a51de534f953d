import { describe, expect, test } from 'vitest'
import { post, protocols, question } from './fidelity/conversation.ts'
import type { Name } from './fidelity/said.ts'
import { fixtures, recordedStatus } from './recordings.ts'
import { useReplayStage } from './replay-stage.ts'
import { errorSchema, eventSchema, replySchema, requestSchema, schemaErrors } from './schemas.ts'
import { readStream } from './read-stream.ts'

const stage = useReplayStage()

function send(client: Name, server: Name, stream: boolean): Promise<Response> {
  return post(stage.gateway.url, client, question(client, server, stream))
}

describe.each(protocols)('%s upstream', (server) => {
  describe.each(protocols)('for a %s client', (client) => {
    test.each(fixtures('streams', server))('stream $name', async ({ body }) => {
      for (const pieces of [undefined, 61]) {
        stage.upstream.next({ status: 200, contentType: 'text/event-stream', body, ...(pieces ? { pieces } : {}) })
        const answer = await send(client, server, true)
        const text = await answer.text()
        if (!answer.ok) {
          // The recording failed before its first word, so the client gets the status instead of a stream.
          expect(isFailing(body)).toBe(true)
          expect(schemaErrors(errorSchema[client], JSON.parse(text))).toEqual([])
          continue
        }
        const events = readStream(text)
        const problems = events.flatMap((event) =>
          event === '[DONE]'
            ? []
            : eventErrors(client, event).map((problem) => `${JSON.stringify(event).slice(0, 300)} ${problem}`),
        )
        expect(isErrorStream(events) || isOddRelay(client, server, readStream(body)) ? [] : problems).toEqual([])
        expect(endings(client, events)).toBe(1)
      }
    })

    test.each(fixtures('streams', server))('the same stream for a client that wants JSON: $name', async ({ body }) => {
      stage.upstream.next({ status: 200, contentType: 'text/event-stream', body })
      const answer = await send(client, server, false)
      const json: unknown = await answer.json()
      expect(answer.status, JSON.stringify(json)).toBe(isFailing(body) ? answer.status : 200)
      expect(schemaErrors(answer.ok ? replySchema[client] : errorSchema[client], json)).toEqual([])
    })

    test.each(fixtures('responses', server))('reply $name', async ({ body }) => {
      stage.upstream.next({ status: 200, contentType: 'application/json', body })
      const answer = await send(client, server, false)
      const json: unknown = await answer.json()
      expect(answer.status, JSON.stringify(json)).toBe(200)
      if (client === server && schemaErrors(replySchema[server], JSON.parse(body)).length > 0) return
      expect(schemaErrors(replySchema[client], json)).toEqual([])
    })

    test.each(fixtures('errors', server))('error $name', async ({ name, body }) => {
      const status = recordedStatus(`errors/${server}/${name}`)
      stage.upstream.next({ status, contentType: 'application/json', body })
      const answer = await send(client, server, false)
      const json: unknown = await answer.json()
      expect(answer.status).toBe(status)
      expect(schemaErrors(errorSchema[client], json)).toEqual([])
      const sent = stage.upstream.requests.at(-1)
      expect(schemaErrors(requestSchema[server], JSON.parse(sent?.body ?? '{}'))).toEqual([])
    })
  })
})

/** What the official schema finds wrong with an event; a `ping` has no schema, it has one form. */
function eventErrors(client: Name, event: unknown): readonly string[] {
  const isPing =
    client === 'messages' && typeof event === 'object' && event !== null && 'type' in event && event.type === 'ping'
  return isPing ? [] : schemaErrors(eventSchema[client], event)
}

/** A relay passes on what it gets: a recording of another vendor that is not by the official schema stays so. */
function isOddRelay(client: Name, server: Name, recorded: readonly unknown[]): boolean {
  return client === server && recorded.some((event) => event !== '[DONE]' && eventErrors(server, event).length > 0)
}

function isErrorStream(events: readonly unknown[]): boolean {
  return events.some((event) => typeof event === 'object' && event !== null && 'error' in event && event.error !== null)
}

function isFailing(body: string): boolean {
  return body.includes('"error"')
}

function endings(client: Name, events: readonly unknown[]): number {
  const types = events.map((event) =>
    typeof event === 'object' && event !== null && 'type' in event ? event.type : event,
  )
  const failed = isErrorStream(events) && !types.includes('response.failed') ? 1 : 0
  if (client === 'chat') return types.filter((type) => type === '[DONE]').length + failed
  if (client === 'messages') return types.filter((type) => type === 'message_stop').length + failed
  return (
    types.filter(
      (type) => type === 'response.completed' || type === 'response.incomplete' || type === 'response.failed',
    ).length + failed
  )
}
