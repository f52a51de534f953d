import type { JsonObject, ProtocolId } from '@crossfeed/protocols'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { protocols, question } from '../fidelity/conversation.ts'
import { streamFaults } from '../fidelity/grammar.ts'
import { bags } from '../fidelity/json.ts'
import { gather, readAnswer } from '../fidelity/said.ts'
import { readBySdk } from '../fidelity/sdk.ts'
import { eventSchema, schemaErrors } from '../schemas.ts'
import { json, sse, startScripted, type ScriptedUpstream } from './scripted.ts'
import { startSupply, type Got, type TestSupply } from './supply.ts'

type Kind = 'azure' | 'compatible' | 'ollama'

interface Dialect {
  readonly title: string
  readonly type: Kind
  readonly chunks: readonly JsonObject[]
  readonly said: object
}

const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm' }
const nameless = { id: '', object: '', created: 0, model: '' }
const chunk = (delta: JsonObject, more: JsonObject = {}): JsonObject => ({
  ...head,
  choices: [{ index: 0, delta, finish_reason: null, ...more }],
})
const end = (reason: string): JsonObject => chunk({}, { finish_reason: reason })
const usage = { ...head, choices: [], usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 } }
const safe = { hate: { filtered: false, severity: 'safe' } }
const report = { ...nameless, choices: [], prompt_filter_results: [{ prompt_index: 0, content_filter_results: safe }] }
/** The asynchronous filter's word on what was said so far (learn.microsoft.com, "Content streaming"). */
const note = (end_offset: number): JsonObject => ({
  ...nameless,
  choices: [
    {
      index: 0,
      finish_reason: null,
      content_filter_results: safe,
      content_filter_offsets: { check_offset: 0, start_offset: 0, end_offset },
    },
  ],
})
const call = (id: string, city: string): JsonObject =>
  chunk({
    role: 'assistant',
    content: '',
    tool_calls: [{ id, index: 0, type: 'function', function: { name: 'weather', arguments: `{"city":"${city}"}` } }],
  })

const dialects: readonly Dialect[] = [
  {
    title: 'Azure with the filter in the stream',
    type: 'azure',
    chunks: [
      report,
      chunk({ role: 'assistant', content: '', refusal: null }, { content_filter_results: {} }),
      chunk({ content: 'Hello' }, { content_filter_results: safe }),
      end('stop'),
      usage,
    ],
    said: { text: 'Hello', finish: 'stop' },
  },
  {
    title: 'Azure with the asynchronous filter',
    type: 'azure',
    chunks: [
      report,
      chunk({ role: 'assistant', content: 'Hello' }),
      note(5),
      chunk({ content: ' world' }),
      note(11),
      end('stop'),
      usage,
    ],
    said: { text: 'Hello world', finish: 'stop' },
  },
  {
    title: 'Azure that stops an answer',
    type: 'azure',
    chunks: [report, chunk({ role: 'assistant', content: 'Hel' }), end('content_filter'), usage],
    said: { text: 'Hel', finish: 'refusal' },
  },
  {
    title: 'vLLM and DashScope that show reasoning_content',
    type: 'compatible',
    chunks: [
      chunk({ role: 'assistant', content: '' }, { logprobs: null }),
      chunk({ reasoning_content: 'Hm.' }),
      chunk({ content: 'Yes' }),
      chunk({ content: '' }, { finish_reason: 'stop', stop_reason: null }),
      usage,
    ],
    said: { text: 'Yes', reasoning: 'Hm.', finish: 'stop' },
  },
  {
    title: 'Ollama that gives each call the index 0 (ollama/ollama#15457)',
    type: 'ollama',
    chunks: [
      chunk({ role: 'assistant', content: '', reasoning: 'Hm.' }),
      call('call_1', 'Paris'),
      call('call_2', 'Rome'),
      end('tool_calls'),
      usage,
    ],
    said: {
      text: '',
      reasoning: 'Hm.',
      finish: 'tool-calls',
      calls: [
        { name: 'weather', input: '{"city":"Paris"}' },
        { name: 'weather', input: '{"city":"Rome"}' },
      ],
    },
  },
  {
    title: 'Gemini that signs its call and says stop',
    type: 'compatible',
    chunks: [
      chunk({
        role: 'assistant',
        tool_calls: [
          {
            index: 0,
            id: 'function-call-1',
            type: 'function',
            function: { name: 'weather', arguments: '{"city":"Paris"}' },
            extra_content: { google: { thought_signature: 'c2ln' } },
          },
        ],
      }),
      end('stop'),
      usage,
    ],
    said: { text: '', finish: 'tool-calls', calls: [{ name: 'weather', input: '{"city":"Paris"}' }] },
  },
  {
    title: 'OpenRouter that details its reasoning',
    type: 'compatible',
    chunks: [
      chunk({
        role: 'assistant',
        content: '',
        reasoning: 'Hm.',
        reasoning_details: [{ type: 'reasoning.text', text: 'Hm.', format: 'anthropic-claude-v1', index: 0 }],
      }),
      chunk({
        content: '',
        reasoning_details: [{ type: 'reasoning.text', signature: 'c2ln', format: 'anthropic-claude-v1', index: 0 }],
      }),
      chunk({ content: 'Yes' }, { native_finish_reason: null }),
      chunk({ content: '' }, { finish_reason: 'stop', native_finish_reason: 'end_turn' }),
      usage,
    ],
    said: { text: 'Yes', reasoning: 'Hm.', finish: 'stop' },
  },
  {
    title: 'LiteLLM that shows the blocks of a thought',
    type: 'compatible',
    chunks: [
      chunk({ role: 'assistant', reasoning_content: 'Hm.', thinking_blocks: [{ type: 'thinking', thinking: 'Hm.' }] }),
      chunk({ reasoning_content: '', thinking_blocks: [{ type: 'thinking', thinking: '', signature: 'c2ln' }] }),
      call('toolu_1', 'Paris'),
      end('tool_calls'),
      usage,
    ],
    said: {
      text: '',
      reasoning: 'Hm.',
      finish: 'tool-calls',
      calls: [{ name: 'weather', input: '{"city":"Paris"}' }],
    },
  },
  {
    title: 'a server that leaves out ids and types of calls',
    type: 'compatible',
    chunks: [
      chunk({ role: 'assistant', tool_calls: [{ function: { name: 'weather', arguments: '{"city":"Paris"}' } }] }),
      end('stop'),
      usage,
    ],
    said: { text: '', finish: 'tool-calls', calls: [{ name: 'weather', input: '{"city":"Paris"}' }] },
  },
]

let upstream: ScriptedUpstream
let chunks: readonly JsonObject[]
let supply: TestSupply
beforeEach(async () => {
  upstream = await startScripted((response, { method }) =>
    method === 'GET' ? json(response, 200, { data: [] }) : void sse(response, chunks, true),
  )
})
afterEach(async () => {
  await supply.close()
  await upstream.close()
})

function ask(type: Kind, client: ProtocolId, stream: boolean): Promise<Got> {
  const baseUrl = type === 'azure' ? upstream.url : `${upstream.url}/v1`
  supply = startSupply({ name: 's', type, baseUrl, apiKey: 'k', endpoints: ['chat'] })
  // The question is an object of JSON; its type says less than that.
  return supply.ask(client, { ...(question(client, 'chat', stream) as JsonObject), model: 's/m' })
}

describe.each(dialects)('$title', (dialect) => {
  test.each(protocols)('is understood by a %s client', async (client) => {
    chunks = dialect.chunks
    const got = await ask(dialect.type, client, true)
    expect(got.status, JSON.stringify(got.answer)).toBe(200)
    const told = { usage: { input: 5, output: 2 }, ...dialect.said }
    expect(readAnswer(client, gather(client, got.events))).toMatchObject(told)
    const text = got.events.map((event) => frame(event)).join('')
    expect(await readBySdk(client, text)).toMatchObject({ ...told, ...(client === 'chat' ? forgotten : {}) })
    const events = bags(got.events).filter((event) => event['type'] !== 'ping')
    expect(events.flatMap((event) => schemaErrors(eventSchema[client], event))).toEqual([])
    if (client !== 'chat') expect(streamFaults(client, got.events, true)).toEqual([])
  })

  test.each(protocols)('is one answer for a %s client that wants JSON', async (client) => {
    chunks = dialect.chunks
    const got = await ask(dialect.type, client, false)
    expect(readAnswer(client, got.answer)).toMatchObject(dialect.said)
  })
})

/** The library of OpenAI does not add up members beyond its schema. */
const forgotten = { reasoning: expect.any(String) }

function frame(event: unknown): string {
  if (event === '[DONE]') return 'data: [DONE]\n\n'
  const type = bags([event])[0]?.['type']
  return `${typeof type === 'string' ? `event: ${type}\n` : ''}data: ${JSON.stringify(event)}\n\n`
}
