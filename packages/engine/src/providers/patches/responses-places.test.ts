import type { JsonObject } from '@crossfeed/protocols'
import { expect, it } from 'vitest'
import { providerOf, targetOf } from '../keyed.test-support.ts'
import { responsesPlaces } from './responses-places.ts'
import { wholeOutput } from './responses-whole-output.ts'
import type { EventPatch } from '../provider.ts'

const target = targetOf(providerOf({ type: 'compatible', endpoints: ['responses'] }), 'm', 'responses')
const message = (id: string): JsonObject => ({
  type: 'message',
  id,
  role: 'assistant',
  status: 'completed',
  content: [],
})
const item = (event: string, id: string, more: JsonObject = {}): JsonObject => ({
  type: `response.output_item.${event}`,
  item: message(id),
  ...more,
})
const delta = (more: JsonObject): JsonObject => ({ type: 'response.output_text.delta', delta: 'Hi', ...more })

/** What a patch makes of frames: a text is one that holds no event. */
function run(patch: EventPatch, given: readonly (JsonObject | string)[]): readonly JsonObject[] {
  const mender = patch.start(target, {}, {})
  return given.flatMap((data): readonly JsonObject[] => {
    const isWanted = mender?.wants(typeof data === 'string' ? data : `data: ${JSON.stringify(data)}\n\n`)
    if (typeof data === 'string') return []
    // Nothing here ends with a mark.
    return isWanted ? (mender?.mend({ data }) ?? []).map((event) => event.data as JsonObject) : [data]
  })
}

it('a comment before the first event does not keep a stream without numbers from getting them', () => {
  const told = run(responsesPlaces, [': ping\n\n', item('added', 'msg_1'), delta({ item_id: 'msg_1' })])
  expect(told.map((event) => event['sequence_number'])).toEqual([0, 1, 2])
})

it.each([
  ['with numbers', { sequence_number: 4 }],
  ['without', {}],
])('an event finds the item that the server has placed itself, %s', (_how, more) => {
  const told = run(responsesPlaces, [
    item('added', 'rs_1', { output_index: 0, ...more }),
    item('added', 'msg_2', { output_index: 1, ...more }),
    delta({ item_id: 'msg_2', ...more }),
    item('done', 'msg_2', more),
    item('added', 'msg_3', more),
  ])
  const placed = told.filter(({ type }) => type !== 'response.content_part.added')
  expect(placed.map((event) => event['output_index'])).toEqual([0, 1, 1, 1, 2])
  expect(placed[2]).toMatchObject({ item_id: 'msg_2' })
})

it('an item of which nothing was said keeps the id that its deltas have', () => {
  const told = run(responsesPlaces, [delta({ item_id: 'msg_9', sequence_number: 1 })])
  expect(told).toMatchObject([{ item_id: 'msg_9', output_index: 0 }])
})

it('the whole output has all items in their order, whichever was done first', () => {
  const done = (id: string, at: number): JsonObject => item('done', id, { output_index: at })
  const completed = { type: 'response.completed', response: { output: [] } }
  const outputOf = (...events: readonly JsonObject[]): unknown =>
    run(wholeOutput, [...events, completed]).at(-1)?.['response']
  expect(outputOf(done('b', 1), done('a', 0), done('c', 2))).toEqual({
    output: ['a', 'b', 'c'].map(message),
  })
  // Some servers place nothing, others all at the beginning.
  expect(outputOf(item('done', 'a'), item('done', 'b'))).toEqual({ output: ['a', 'b'].map(message) })
  expect(outputOf(done('a', 0), done('b', 0))).toEqual({ output: ['a', 'b'].map(message) })
  expect(outputOf(done('a', 0), done('a', 0))).toEqual({ output: ['a'].map(message) })
})
