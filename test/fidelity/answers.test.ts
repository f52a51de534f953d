import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGateway, type TestGateway } from '../gateway.ts'
import { readStream } from '../read-stream.ts'
import { startReplayUpstream, type ReplayUpstream } from '../replay-upstream.ts'
import { fixtures, post, protocols, question } from './conversation.ts'
import { streamFaults } from './grammar.ts'
import { bags, canonical, isBag, parsed } from './json.ts'
import { readBySdk } from './sdk.ts'
import { gather, readAnswer, type Call, type Name, type Said } from './said.ts'

let upstream: ReplayUpstream
let gateway: TestGateway

beforeAll(async () => {
  upstream = await startReplayUpstream()
  gateway = await startGateway(upstream.url)
})
afterAll(async () => {
  await gateway.close()
  await upstream.close()
})

/** What the accumulating helper of the official library does not add up: members beyond its own schema. */
const forgottenBySdk: Readonly<Record<Name, object>> = {
  chat: { reasoning: expect.any(String), citations: expect.any(Array) },
  responses: {},
  messages: {},
}

/** Recordings that say one thing by deltas and another in the finished item: nothing to hold an answer to. */
const contradictory: ReadonlySet<string> = new Set(['vercel-openai-openai-shell-container-1.sse'])

/** How a saying of `from` reads in `to`, by what the two protocols can hold. */
function expected(said: Said, from: Name, to: Name): object {
  const crossing = from !== to
  return {
    // Messages has no slot for a refusal's words: they are its text.
    text: to === 'messages' ? said.text + said.refusal : said.text,
    refusal: to === 'messages' ? '' : said.refusal,
    reasoning: squeeze(said.reasoning),
    calls: said.calls.map((call) => ({ name: call.name, input: comparable(inputIn(call, from, to), from, to) })),
    finish: finishIn(said, to),
    usage: { ...said.usage },
    citations: crossing ? [...new Set(said.citations)] : said.citations,
  }
}

function got(said: Said, from: Name, to: Name): object {
  return {
    text: said.text,
    refusal: said.refusal,
    reasoning: squeeze(said.reasoning),
    calls: said.calls.map((call) => ({ name: call.name, input: comparable(inputIn(call, from, to), from, to) })),
    finish: said.finish,
    usage: { ...said.usage },
    citations: from === to ? said.citations : [...new Set(said.citations)],
  }
}

/** A free-text input that the client has no custom tool for comes as a function's one argument. */
function inputIn(call: Call, from: Name, to: Name): string {
  return call.form === 'text' && from !== to ? JSON.stringify({ input: call.input }) : call.input
}

/** The bytes, except that Messages holds an object where the others hold its text. No arguments are an empty object. */
function comparable(input: string, from: Name, to: Name): string {
  if (from === to && from !== 'messages') return input
  const whole = input === '' ? '{}' : input
  return from === 'messages' || to === 'messages' ? canonical(parsed(whole)) : whole
}

/** Where parts of reasoning were put together, the blank lines between them are the writer's. */
function squeeze(words: string): string {
  return words.replace(/\s+/g, '')
}

function finishIn(said: Said, to: Name): string {
  // Only Messages can say that a turn pauses.
  if (said.finish === 'pause' && to !== 'messages') return said.calls.length > 0 ? 'tool-calls' : 'stop'
  return said.finish
}

describe.each(protocols)('%s upstream', (server) => {
  describe.each(protocols)('for a %s client', (client) => {
    test.each(fixtures('responses', server))('answer $name says the same', async ({ body }) => {
      upstream.next({ status: 200, contentType: 'application/json', body })
      const answer = await post(gateway.url, client, question(client, server, false))
      const json: unknown = await answer.json()
      expect(answer.status, JSON.stringify(json)).toBe(200)
      expect(got(readAnswer(client, json), server, client)).toEqual(
        expected(readAnswer(server, JSON.parse(body)), server, client),
      )
    })

    test.each(fixtures('streams', server))(
      'stream $name says the same, whole and by events',
      async ({ name, body }) => {
        if (contradictory.has(name)) return
        const recorded = readStream(body)
        const failing = bags(recorded).some((event) => event['error'] || event['type'] === 'response.failed')
        const want = expected(readAnswer(server, gather(server, recorded)), server, client)
        upstream.next({ status: 200, contentType: 'text/event-stream', body, pieces: 977 })
        const answer = await post(gateway.url, client, question(client, server, true))
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
        upstream.next({ status: 200, contentType: 'text/event-stream', body })
        const whole = await post(gateway.url, client, question(client, server, false))
        expect(got(readAnswer(client, await whole.json()), server, client)).toEqual(want)
      },
    )
  })
})

describe.each(protocols)('a chat client that asks for no usage, %s upstream', (server) => {
  test.each(fixtures('streams', server))('stream $name', async ({ body }) => {
    upstream.next({ status: 200, contentType: 'text/event-stream', body })
    const asked = { ...question('chat', server, true), stream_options: undefined }
    const sent = await (await post(gateway.url, 'chat', asked)).text()
    expect(bags(readStream(sent)).filter((chunk) => isBag(chunk['usage']))).toEqual([])
  })
})
