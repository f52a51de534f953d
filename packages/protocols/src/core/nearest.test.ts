import { expect, test } from 'vitest'
import { nearest, slips } from './nearest.ts'

test.each([
  ['prot', 'port', 1],
  ['opneai', 'openai', 1],
  ['temprature', 'temperature', 1],
  ['', 'abc', 3],
  ['same', 'same', 0],
])('from %s to %s: %i', (from, to, count) => {
  expect(slips(from, to)).toBe(count)
  expect(slips(to, from)).toBe(count)
})

test.each([
  ['PROT', 'port'],
  ['prov', 'providers'],
  ['modle', 'models'],
  ['zzz', undefined],
])('%s is meant for %s', (name, meant) => {
  expect(nearest(name, ['port', 'models', 'providers'])).toBe(meant)
})
