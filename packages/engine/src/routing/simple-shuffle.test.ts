import { expect, test } from 'vitest'
import { shareBySimpleShuffle } from './simple-shuffle.ts'

const a = { provider: 'p', model: 'a' }
const b = { provider: 'p', model: 'b' }

test.each([
  [
    'weight before requests and tokens',
    [
      { ...a, weight: 3, rpm: 1, tpm: 1 },
      { ...b, rpm: 9 },
    ],
    [3, 0],
  ],
  [
    'requests before tokens',
    [
      { ...a, rpm: 2, tpm: 1 },
      { ...b, rpm: 4 },
    ],
    [2, 4],
  ],
  ['tokens where nothing else is said', [{ ...a, tpm: 5 }, b], [5, 0]],
  [
    'a weight of nothing is none',
    [
      { ...a, weight: 0, rpm: 1 },
      { ...b, rpm: 2 },
    ],
    [1, 2],
  ],
  ['no share where none says anything', [a, b], [undefined, undefined]],
])('%s', (_what, group, weights) => {
  expect(shareBySimpleShuffle(group).map(({ weight }) => weight)).toEqual(weights)
})

test('who has no order comes after all that have one', () => {
  expect(shareBySimpleShuffle([a, { ...b, order: 2 }])).toEqual([
    { ...a, order: 3 },
    { ...b, order: 2 },
  ])
})

test('one alone has neither share nor order', () => {
  expect(shareBySimpleShuffle([{ ...a, order: 2, weight: 0 }])).toEqual([a])
})
