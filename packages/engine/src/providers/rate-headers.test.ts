import { GatewayError } from '@crossfeed/protocols'
import { expect, it } from 'vitest'
import { readRateLeft, readRateReset, withRateReset } from './rate-headers.ts'

const now = Date.parse('2026-11-21T12:00:00Z')

it('tells the percent that is left of each limit of OpenAI and of Anthropic', () => {
  expect(
    readRateLeft({
      'x-ratelimit-limit-requests': '200',
      'x-ratelimit-remaining-requests': '199',
      'anthropic-ratelimit-input-tokens-limit': '1000',
      'anthropic-ratelimit-input-tokens-remaining': '250',
      'x-ratelimit-remaining-tokens': '5',
    }),
  ).toEqual({ requests: 99.5, 'input-tokens': 25 })
})

it('tells nothing where no limit is named', () => {
  expect(readRateLeft({ 'content-type': 'application/json' })).toBeUndefined()
})

it.each([
  ['20ms', 20],
  ['1s', 1000],
  ['6m0s', 360_000],
  ['1h2m3.5s', 3_723_500],
  ['12', 12_000],
  ['2026-11-21T12:00:30Z', 30_000],
])('reads %s as the time of a reset', (text, ms) => {
  const headers = { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': text }
  expect(readRateReset(headers, now)).toBe(now + ms)
})

it('waits for the last of the limits that are used up, and for no other', () => {
  const headers = {
    'anthropic-ratelimit-requests-remaining': '0',
    'anthropic-ratelimit-requests-reset': '2026-11-21T12:00:10Z',
    'anthropic-ratelimit-tokens-remaining': '0',
    'anthropic-ratelimit-tokens-reset': '2026-11-21T12:00:40Z',
    'anthropic-ratelimit-output-tokens-remaining': '7',
    'anthropic-ratelimit-output-tokens-reset': '2026-11-21T13:00:00Z',
  }
  expect(readRateReset(headers, now)).toBe(now + 40_000)
})

it('leaves alone what was said already, and what is no limit', () => {
  const limited = new GatewayError('rate-limited', 429, 'slow down', { retryAfter: 5 })
  const headers = { 'x-ratelimit-remaining-tokens': '0', 'x-ratelimit-reset-tokens': '9s' }
  expect(withRateReset(limited, headers, now)).toBe(limited)
  const wrong = new GatewayError('invalid-request', 400, 'no')
  expect(withRateReset(wrong, headers, now)).toBe(wrong)
})
