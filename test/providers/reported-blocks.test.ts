import { asObject, type JsonObject } from '@crossfeed/protocols'
import { afterEach, describe, expect, test } from 'vitest'
import { streamFaults } from '../fidelity/grammar.ts'
import { gather, readAnswer } from '../fidelity/said.ts'
import { readBySdk } from '../fidelity/sdk.ts'
import { bags } from '../fidelity/json.ts'
import { frames, startAnswering, type AnsweringSupply } from './answering-supply.ts'

/** Streams of Messages as servers beside Anthropic's send them to Claude Code, each with the thread that reports it. */

let supply: AnsweringSupply
afterEach(() => supply.close())

const usage = { input_tokens: 5, output_tokens: 1 }
const begin = (more: JsonObject = {}): JsonObject => ({
  type: 'message_start',
  message: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage,
    ...more,
  },
})
const open = (index: number, block: JsonObject): JsonObject => ({
  type: 'content_block_start',
  index,
  content_block: block,
})
const delta = (index: number, said: JsonObject): JsonObject => ({ type: 'content_block_delta', index, delta: said })
const stop = (index: number): JsonObject => ({ type: 'content_block_stop', index })
const end = (more: JsonObject = { usage: { output_tokens: 2 } }, reason: string | null = 'end_turn'): JsonObject => ({
  type: 'message_delta',
  delta: { stop_reason: reason, stop_sequence: null },
  ...more,
})
const over = { type: 'message_stop' }
const text = { type: 'text', text: '' }
const thinking = { type: 'thinking', thinking: '', signature: '' }
const say = (index: number, word: string): JsonObject => delta(index, { type: 'text_delta', text: word })
const think = (index: number, word: string): JsonObject => delta(index, { type: 'thinking_delta', thinking: word })
const use = (id: string): JsonObject => ({ type: 'tool_use', id, name: 'look', input: {} })
const fill = (index: number, json: string): JsonObject => delta(index, { type: 'input_json_delta', partial_json: json })
const hi = [open(0, text), say(0, 'hi'), say(0, ' there'), stop(0)]
const thought = [open(0, thinking), think(0, 'Hm'), think(0, 'm'), stop(0)]

describe('a stream that the library of Anthropic cannot read', () => {
  test.each<[string, readonly JsonObject[], JsonObject]>([
    [
      'repeats its start (MoonshotAI/Kimi-K2.5#33)',
      [begin(), begin(), ...hi.slice(0, 2), begin(), ...hi.slice(2), end(), over],
      { text: 'hi there' },
    ],
    ['counts no tokens at its end (earendil-works/pi#6567)', [begin(), ...hi, end({}), over], { text: 'hi there' }],
    [
      'counts none at its start (anthropics/claude-code#45623)',
      [begin({ usage: null }), ...hi, end(), over],
      { text: 'hi there' },
    ],
    ['has no list of blocks', [begin({ content: null }), ...hi, end(), over], { text: 'hi there' }],
    [
      'has all blocks at one index (anthropics/claude-code#85836)',
      [begin(), ...thought, ...hi, open(0, use('t1')), fill(0, '{"a":1}'), stop(0), end(), over],
      { reasoning: 'Hmm', text: 'hi there', calls: [{ name: 'look', input: '{"a":1}', form: 'json' }] },
    ],
    [
      'thinks in a block of text (BerriAI/litellm#32357)',
      [begin(), open(0, text), think(0, 'H'), think(0, 'm'), say(0, 'hi'), say(0, '!'), stop(0), end(), over],
      { reasoning: 'Hm', text: 'hi!' },
    ],
    [
      'speaks in a block of thoughts (anthropics/claude-code#63487)',
      [begin(), open(0, thinking), think(0, 'Hm'), say(0, 'hi'), say(0, '!'), stop(0), end(), over],
      { reasoning: 'Hm', text: 'hi!' },
    ],
    [
      'opens no block (QuantumNous/new-api#4389)',
      [begin(), think(0, 'Hm'), say(1, 'hi'), say(1, '!'), stop(1), end(), over],
      { reasoning: 'Hm', text: 'hi!' },
    ],
    ['closes no block', [begin(), ...hi.slice(0, 3), end(), over], { text: 'hi there' }],
    ['closes blocks twice', [begin(), ...hi, stop(0), stop(4), end(), over], { text: 'hi there' }],
    [
      'leaves a gap',
      [begin(), ...hi.map((event) => ({ ...event, ...at(event, 3) })), end(), over],
      { text: 'hi there' },
    ],
  ])('%s', async (_what, events, said) => {
    supply = await startAnswering('messages', frames(events))
    const got = await supply.ask('messages')
    expect(streamFaults('messages', got.events, true).filter((fault) => !fault.includes('no output tokens'))).toEqual(
      [],
    )
    const told = readAnswer('messages', gather('messages', got.events))
    expect(told).toMatchObject({ ...said, usage: { output: said['text'] === undefined ? 0 : expect.any(Number) } })
    expect(await readBySdk('messages', frames(got.events))).toMatchObject(said)
  })
})

test('an empty text is left out: no server takes it back (anthropics/claude-code#88536)', async () => {
  const call = [open(1, use('t1')), fill(1, '{}'), stop(1)]
  supply = await startAnswering('messages', frames([begin(), open(0, text), stop(0), ...call, end(), over]))
  const { events } = await supply.ask('messages')
  expect(events).toEqual([begin(), ...call.map((event) => ({ ...event, index: 0 })), end(), over])
})

test('what the server has counted is told at the end where it says nothing there', async () => {
  supply = await startAnswering(
    'messages',
    frames([begin({ usage: { ...usage, output_tokens: 7 } }), ...hi, end({}), over]),
  )
  const { events } = await supply.ask('messages')
  expect(bags(events).find(({ type }) => type === 'message_delta')).toMatchObject({ usage: { output_tokens: 7 } })
})

test('blocks of calls that come mixed stay as they are', async () => {
  const mixed = [open(0, use('t1')), open(1, use('t2')), fill(1, '{"b":'), fill(0, '{"a":1}'), fill(1, '2}')]
  const events = [begin(), ...mixed, end({ usage: { input_tokens: 9 } }, null), stop(0), stop(1), end(), over]
  supply = await startAnswering('messages', frames(events))
  expect((await supply.ask('messages')).events).toEqual(events)
})

test('a whole answer without a count of tokens gets one (anthropics/claude-code#40260)', async () => {
  const { usage: _usage, ...head } = asObject(begin()['message']) ?? {}
  const bare = { ...head, content: [{ type: 'text', text: 'hi' }], stop_reason: 'end_turn' }
  supply = await startAnswering('messages', JSON.stringify(bare), {}, 'application/json')
  const { answer } = await supply.ask('messages', { stream: false })
  expect(answer).toEqual({ ...bare, usage: { input_tokens: 0, output_tokens: 0 } })
})

/** Another index for an event that has one. */
function at(event: JsonObject, index: number): JsonObject {
  return event['index'] === undefined ? {} : { index }
}
