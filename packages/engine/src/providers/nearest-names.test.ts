import { expect, it } from 'vitest'
import { nearestNames, sortByNearness } from './nearest-names.ts'

const names = ['claude-opus-4.6', 'claude-sonnet-4.6', 'gpt-5.4', 'gpt-5.4-mini', 'gemini-3.1-pro', 'o3']

it.each([
  ['gpt-5.5', ['gpt-5.4', 'gpt-5.4-mini']],
  ['gtp-5.4', ['gpt-5.4']],
  ['GPT-5-4', ['gpt-5.4', 'gpt-5.4-mini']],
  ['opus', ['claude-opus-4.6']],
  ['sonnet-9', ['claude-sonnet-4.6']],
  ['o4', ['o3']],
  ['nothing-like', []],
  ['xyz', []],
  ['x'.repeat(1000), []],
])('near to %s are only %j', (wanted, near) => {
  expect(nearestNames(wanted, names, 3)).toEqual(near)
})

it('no more are named than are asked for, the nearest first', () => {
  expect(nearestNames('claude-sonnet-4.5', names, 1)).toEqual(['claude-sonnet-4.6'])
})

it('names that are near already are only put in their order', () => {
  expect(sortByNearness('a1', ['second/a22', 'first/a1'])).toEqual(['first/a1', 'second/a22'])
})
