import { describe, expect, test } from 'vitest'
import { readStream } from '../read-stream.ts'
import { useReplayStage } from '../replay-stage.ts'
import { shortAnswer } from './answer.ts'
import { post, protocols, question } from './conversation.ts'
import { at } from './json.ts'
import { gather, type Name } from './said.ts'

const stage = useReplayStage()

type Meaning = 'stop' | 'length' | 'refusal' | 'pause' | 'sequence'

/** How each protocol writes an ending, and what it means. What nobody knows is an ordinary end. */
const endings: Record<Name, readonly (readonly [string, Meaning])[]> = {
  chat: [
    ['stop', 'stop'],
    ['length', 'length'],
    ['content_filter', 'refusal'],
    ['eos_token', 'stop'],
  ],
  responses: [
    ['completed', 'stop'],
    ['max_output_tokens', 'length'],
    ['content_filter', 'refusal'],
  ],
  messages: [
    ['end_turn', 'stop'],
    ['max_tokens', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['stop_sequence', 'sequence'],
    ['refusal', 'refusal'],
    ['pause_turn', 'pause'],
    ['something_new', 'stop'],
  ],
}

/** What a client of another protocol has to read. */
const written: Record<Name, Record<Meaning, unknown>> = {
  chat: { stop: 'stop', length: 'length', refusal: 'content_filter', pause: 'stop', sequence: 'stop' },
  responses: {
    stop: ['completed', undefined],
    length: ['incomplete', 'max_output_tokens'],
    refusal: ['incomplete', 'content_filter'],
    pause: ['completed', undefined],
    sequence: ['completed', undefined],
  },
  messages: {
    stop: 'end_turn',
    length: 'max_tokens',
    refusal: 'refusal',
    pause: 'pause_turn',
    sequence: 'stop_sequence',
  },
}

/** The short answer with another ending. */
function ended(server: Name, word: string, stream: boolean): { status: number; contentType: string; body: string } {
  const short = shortAnswer(server, stream)
  const quoted = JSON.stringify(word)
  if (server === 'chat')
    return { ...short, body: short.body.replace('"finish_reason":"stop"', `"finish_reason":${quoted}`) }
  if (server === 'messages') {
    const sequence = word === 'stop_sequence' ? '"END"' : 'null'
    const body = short.body
      .replace('"stop_reason":"end_turn"', `"stop_reason":${quoted}`)
      .replace(/("stop_reason":"[^"]+","stop_sequence":)null/, `$1${sequence}`)
    return { ...short, body }
  }
  if (word === 'completed') return short
  const from = short.body.lastIndexOf('"status":"completed"', short.body.lastIndexOf('"output":'))
  const details = `"status":"incomplete","incomplete_details":{"reason":${quoted}}`
  const body = short.body.slice(0, from) + details + short.body.slice(from + '"status":"completed"'.length)
  return { ...short, body: body.replaceAll('response.completed', 'response.incomplete') }
}

function ending(client: Name, answer: unknown): unknown {
  if (client === 'chat') return at(answer, 'choices', 0, 'finish_reason')
  if (client === 'messages') return at(answer, 'stop_reason')
  return [at(answer, 'status'), at(answer, 'incomplete_details', 'reason')]
}

describe.each(protocols)('%s upstream', (server) => {
  describe.each(protocols.filter((client) => client !== server))('for a %s client', (client) => {
    test.each(endings[server])('%s means %s', async (word, meaning) => {
      for (const stream of [false, true]) {
        stage.upstream.next(ended(server, word, stream))
        const answer = await post(stage.gateway.url, client, question(client, server, stream))
        const body = await answer.text()
        expect(answer.status, body).toBe(200)
        const whole = stream ? gather(client, readStream(body)) : JSON.parse(body)
        expect(ending(client, whole)).toEqual(written[client][meaning])
        if (client === 'messages' && meaning === 'sequence') expect(at(whole, 'stop_sequence')).toBe('END')
      }
    })
  })
})

const usages: Record<Name, object> = {
  chat: {
    prompt_tokens: 240_403,
    completion_tokens: 77,
    total_tokens: 240_480,
    prompt_tokens_details: { cached_tokens: 229_504 },
    completion_tokens_details: { reasoning_tokens: 33 },
  },
  responses: {
    input_tokens: 240_403,
    output_tokens: 77,
    total_tokens: 240_480,
    input_tokens_details: { cached_tokens: 229_504 },
    output_tokens_details: { reasoning_tokens: 33 },
  },
  messages: {
    input_tokens: 899,
    cache_creation_input_tokens: 10_000,
    cache_read_input_tokens: 229_504,
    output_tokens: 77,
    output_tokens_details: { thinking_tokens: 33 },
  },
}

describe.each(protocols)('tokens counted by a %s upstream', (server) => {
  test.each(protocols)('for a %s client', async (client) => {
    const plain = shortAnswer(server, false)
    const body = JSON.stringify({ ...JSON.parse(plain.body), usage: usages[server] })
    stage.upstream.next({ ...plain, body })
    const answer: unknown = await (await post(stage.gateway.url, client, question(client, server, false))).json()
    const wrote = server === 'messages' ? 10_000 : 0
    const expected = {
      chat: usages.chat,
      responses: usages.responses,
      messages: { ...usages.messages, input_tokens: 10_899 - wrote, cache_creation_input_tokens: wrote },
    }[client]
    expect(at(answer, 'usage')).toMatchObject(expected)
  })
})
