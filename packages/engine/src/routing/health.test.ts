import { GatewayError, type ErrorCode } from '@crossfeed/protocols'
import { expect, it } from 'vitest'
import { createFakeClock } from '../fake-clock.test-support.ts'
import type { Supply } from '../providers/provider.ts'
import { createHealth } from './health.ts'

/** As much of a supply as its health is known by. */
const supplyOf = (provider: string, model: string): Supply =>
  ({ provider: { id: provider }, info: { id: model } }) as Supply
const error = (code: ErrorCode, retryAfter?: number): GatewayError =>
  new GatewayError(code, 429, 'no', retryAfter === undefined ? {} : { retryAfter })

it('keeps a supply resting however many of its models are asked for that do not exist', () => {
  const health = createHealth(createFakeClock(), { allowedFails: 3, coolDownMs: 30_000 })
  health.failed(supplyOf('one', 'm'), error('quota', 600), undefined)
  for (let nth = 0; nth < 5000; nth++) health.failed(supplyOf('two', `made-up-${nth}`), error('not-found'), undefined)
  expect(health.isWell({ provider: 'one', model: 'm' })).toBe(false)
  expect(health.isWell({ provider: 'one', model: 'other' })).toBe(false)
  expect(health.isWell({ provider: 'two', model: 'real' })).toBe(true)
})

it('remembers a bounded number of models', () => {
  const health = createHealth(createFakeClock(), { allowedFails: 3, coolDownMs: 30_000 })
  for (let nth = 0; nth < 5000; nth++) health.failed(supplyOf('two', `made-up-${nth}`), error('not-found'), undefined)
  const resting = Array.from({ length: 5000 }, (_, nth) => health.isWell({ provider: 'two', model: `made-up-${nth}` }))
  expect(resting.filter((isWell) => !isWell)).toHaveLength(1000)
})

it('lets a target rest after its failures in a row, and again after the first one when it has come back', async () => {
  const clock = createFakeClock()
  const health = createHealth(clock, { allowedFails: 2, coolDownMs: 30_000 })
  const supply = supplyOf('one', 'm')
  const isWell = (): boolean => health.isWell({ provider: 'one', model: 'm' })
  const fail = (): void => health.failed(supply, error('upstream'), undefined)
  fail()
  fail()
  expect(isWell()).toBe(true)
  fail()
  expect(isWell()).toBe(false)
  await clock.advance(30_001)
  expect(isWell()).toBe(true)
  fail()
  expect(isWell()).toBe(false)
  await clock.advance(30_001)
  health.served(supply)
  fail()
  expect(isWell()).toBe(true)
})

it('ends every rest where the clock is put back: nobody knows how long it has lasted', () => {
  const clock = createFakeClock()
  const health = createHealth(clock, { allowedFails: 3, coolDownMs: 30_000 })
  const isWell = (): boolean => health.isWell({ provider: 'one', model: 'm' })
  const limit = (): void => health.failed(supplyOf('one', 'm'), error('rate-limited'), undefined)
  limit()
  expect(isWell()).toBe(false)
  clock.sleep(-60 * 60 * 1000)
  expect(isWell()).toBe(true)
  limit()
  expect(isWell()).toBe(false)
  clock.sleep(31_000)
  expect(isWell()).toBe(true)
})
