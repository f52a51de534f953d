import { expect, test } from 'vitest'
import { createFakeClock } from '../fake-clock.test-support.ts'
import { silentLog } from '../ports.ts'
import { createListing } from './listing.ts'
import { plainModel } from './model-settings/models.ts'
import type { Model } from './model.ts'

const model = plainModel('phi', { name: 'mine', type: 'compatible' })

test('a slow first list is waited for five seconds in all, and taken when it comes', async () => {
  const clock = createFakeClock()
  let asked = 0
  let arrive = (_models: readonly Model[]): void => {}
  const fetchModels = (): Promise<readonly Model[]> => {
    asked++
    return new Promise((resolve) => (arrive = resolve))
  }
  const listing = createListing('mine', fetchModels, { clock, log: silentLog })
  const said: string[] = []
  const load = (): Promise<void> =>
    listing.load().then(
      () => void said.push('there'),
      (error: Error) => void said.push(error.message),
    )
  void load()
  await clock.advance(3_000)
  void load()
  await clock.advance(2_000)
  const late = 'mine did not send its list of models within 5 s.'
  expect(said).toEqual([late, late])
  void load()
  await clock.advance(0)
  expect(said).toEqual([late, late, late])
  arrive([model])
  await clock.advance(0)
  await load()
  expect(said.at(-1)).toBe('there')
  expect(listing.get('phi')).toBe(model)
  expect({ asked, pending: clock.pending() }).toEqual({ asked: 1, pending: 0 })
})
