import { GatewayError } from '@crossfeed/protocols'
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

test('after silence nobody waits again: the next try is made in the background', async () => {
  const clock = createFakeClock()
  const tries: PromiseWithResolvers<readonly Model[]>[] = []
  const fetchModels = (): Promise<readonly Model[]> => {
    const next = Promise.withResolvers<readonly Model[]>()
    tries.push(next)
    return next.promise
  }
  const listing = createListing('mine', fetchModels, { clock, log: silentLog })
  const load = (): Promise<string> =>
    listing.load().then(
      () => 'there',
      (error: Error) => error.message,
    )
  const first = load()
  await clock.advance(5_000)
  expect(await first).toContain('within 5 s')
  tries[0]?.reject(new GatewayError('timeout', 504, 'silent', { reason: 'timeout-headers' }))
  await clock.advance(0)
  await clock.advance(30_000)
  expect([await load(), await load(), tries.length]).toEqual(['silent', 'silent', 2])
  tries[1]?.resolve([model])
  await clock.advance(0)
  expect([await load(), listing.get('phi'), tries.length]).toEqual(['there', model, 2])
})

test('a failure that comes at once is no silence: the next try is waited for', async () => {
  const clock = createFakeClock()
  let asked = 0
  const fetchModels = async (): Promise<readonly Model[]> => {
    if (asked++ === 0) throw new GatewayError('upstream', 502, 'refused', { reason: 'network-refused' })
    return [model]
  }
  const listing = createListing('mine', fetchModels, { clock, log: silentLog })
  await expect(listing.load()).rejects.toThrow('refused')
  await clock.advance(30_000)
  await listing.load()
  expect(listing.get('phi')).toBe(model)
})
