import { expect, it } from 'vitest'
import type { Provider, Supply } from '../providers/provider.ts'
import { createCandidates } from './candidates.ts'

/** A provider that knows its models by names in small letters. */
const provider = {
  id: 'one',
  find: (name: string) => ({ info: { id: name.toLowerCase() } }) as Supply,
  // Candidates look at nothing else of a provider or its supplies.
} as unknown as Provider

it('know each other’s ids, but not of every name that was ever asked for', () => {
  const candidates = createCandidates()
  const early = candidates.create(provider, 'EARLY', 'first')
  expect(early.id).toBe('EARLY')
  void early.find()
  expect(candidates.create(provider, 'EARLY', 'first').id).toBe('early')
  for (let nth = 0; nth < 1000; nth++) void candidates.create(provider, `NAME-${nth}`, 'first').find()
  expect(early.id).toBe('EARLY')
  expect(candidates.create(provider, 'NAME-999', 'first').id).toBe('name-999')
})
