import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { createEmulator, type Emulator, type ScenarioStep } from '@crossfeed/emulator'
import type { ProtocolId } from '@crossfeed/protocols'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { readStream } from '../read-stream.ts'
import { post, startWatchedGateway, type WatchedGateway } from './watched-gateway.ts'

let emulator: Emulator
let gateway: WatchedGateway
beforeEach(async () => {
  emulator = createEmulator()
  gateway = await startWatchedGateway((await emulator.start()).url)
})
afterEach(() => emulator.stop())

const long = 600_000
const protocols = ['chat', 'responses', 'messages'] as const
const models: Readonly<Record<ProtocolId, string>> = {
  chat: 'gpt-4.1',
  responses: 'gpt-5.3-codex',
  messages: 'claude-opus-4.6',
}
const paths: Readonly<Record<ProtocolId, string>> = {
  chat: '/chat/completions',
  responses: '/responses',
  messages: '/messages',
}
const pairs = protocols.flatMap((client) => protocols.map((served) => [client, served] as const))

const said = /^Crossfeed was stopped before this answer had ended\./

/** What a stream's last event has to be. */
const endings: Readonly<Record<ProtocolId, unknown>> = {
  chat: { error: expect.objectContaining({ message: expect.stringMatching(said), type: 'server_error' }) },
  responses: expect.objectContaining({
    type: 'response.failed',
    response: expect.objectContaining({
      status: 'failed',
      error: { code: 'server_error', message: expect.stringMatching(said) },
    }),
  }),
  messages: expect.objectContaining({
    type: 'error',
    error: expect.objectContaining({ type: 'api_error', message: expect.stringMatching(said) }),
  }),
}

function ask(client: ProtocolId, served: ProtocolId, stream: boolean): ReturnType<typeof post> {
  const shared = { model: models[served], stream }
  const asked =
    client === 'responses' ? { input: 'hi' } : { max_tokens: 99, messages: [{ role: 'user', content: 'hi' }] }
  return post(`${gateway.url}/v1${paths[client]}`, { ...shared, ...asked })
}

function play(step: ScenarioStep): void {
  emulator.play([{ ...step, times: 0 }])
}

/** What comes until the answer has ended in good order; rejects where it is torn. */
async function rest(answer: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of answer) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe.each(pairs)('a gateway that is stopped under a %s client, of a model that speaks %s', (client, served) => {
  beforeEach(() => fetch(`${gateway.url}/v1/models`).then((answer) => answer.text()))

  test('ends a stream that does not end in time with an error', async () => {
    play({ text: Array.from({ length: 40 }, () => 'word '), delay: { silence: { afterEvents: 12, ms: long } } })
    const answer = await ask(client, served, true).answer
    const [first] = await once(answer, 'data')
    const [text] = await Promise.all([rest(answer), gateway.close()])
    const events = readStream(`${first}${text}`).filter((event) => event !== '[DONE]')
    expect(events.at(-1)).toEqual(endings[client])
    if (client === 'responses') {
      const told = events as { sequence_number: number; response?: { id: string } }[] // of Responses all have these
      expect(told.map((event) => event.sequence_number)).toEqual(told.map((_, index) => index))
      expect(told.at(-1)?.response?.id).toBe(told[0]?.response?.id)
    }
    expect(gateway.lines.at(-1)?.error).toMatch(said)
  })

  test('refuses what has not begun to be answered, and asks nobody again', async () => {
    play({ text: 'Hi', delay: { headers: long } })
    const whole = ask(client, served, false).answer
    const stream = ask(client, served, true).answer
    await expect.poll(calls, { timeout: 10_000 }).toBe(2)
    const [answers] = await Promise.all([Promise.all([whole, stream].map(read)), gateway.close()])
    for (const { status, text } of answers) {
      expect(status).toBe(503)
      expect(JSON.parse(text)).toMatchObject({ error: { message: expect.stringMatching(said) } })
    }
    expect(calls()).toBe(2)
  })
})

async function read(asked: Promise<IncomingMessage>): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await asked
  return { status: answer.statusCode ?? 0, text: await rest(answer) }
}

/** How often a model was asked. */
function calls(): number {
  return emulator.requests().filter(({ method, path }) => method === 'POST' && !path.startsWith('/copilot_internal'))
    .length
}
