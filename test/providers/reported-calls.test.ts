import type { JsonObject } from '@crossfeed/protocols'
import { afterEach, describe, expect, test } from 'vitest'
import { gather, readAnswer } from '../fidelity/said.ts'
import { readBySdk } from '../fidelity/sdk.ts'
import { chunk, frames, startAnswering, type AnsweringSupply } from './answering-supply.ts'

/** Calls as servers of Chat Completions send them, for clients of the same protocol that put them together by the letter. */

let supply: AnsweringSupply
afterEach(() => supply.close())

const piece = (more: JsonObject): JsonObject => chunk({ tool_calls: [{ index: 0, ...more }] })
const begin = chunk({ role: 'assistant', content: null })

describe.each([
  ['tool_calls', 'tool-calls'],
  ['stop', 'tool-calls'],
])('calls of a stream that ends with %s', (reason, finish) => {
  test.each<[string, readonly JsonObject[], string]>([
    [
      'have their name where it comes later than their id',
      [
        piece({ id: 'c1', type: 'function', function: { arguments: '' } }),
        piece({ function: { name: 'look', arguments: '{"a":' } }),
        piece({ function: { name: 'look', arguments: '1}' } }),
      ],
      '{"a":1}',
    ],
    ['keep theirs', [piece({ id: 'c1', type: 'function', function: { name: 'look', arguments: '{}' } })], '{}'],
  ])('%s', async (_what, pieces, input) => {
    supply = await startAnswering('chat', frames([begin, ...pieces, chunk({}, reason)], true))
    for (const client of ['chat', 'responses', 'messages'] as const) {
      const { events } = await supply.ask(client)
      const told = { calls: [{ name: 'look', input, form: 'json' }], finish }
      expect(readAnswer(client, gather(client, events))).toMatchObject(told)
      if (client === 'chat') expect(await readBySdk('chat', frames(events.slice(0, -1), true))).toMatchObject(told)
    }
  })
})
