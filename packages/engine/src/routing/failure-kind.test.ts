import { expect, test } from 'vitest'
import { isContentRefusal } from './failure-kind.ts'

test.each([
  ['the code of any status', { code: 'upstream', status: 500, message: 'No.', upstreamCode: 'content_filter' }, true],
  ['the words of a 400', { code: 'upstream', status: 400, message: 'Stopped by our content policy.' }, true],
  ['the words of a 422', { code: 'invalid-request', status: 422, message: 'Refused by the safety system.' }, true],
  ['such words in a fault', { code: 'upstream', status: 500, message: 'The content filter is down.' }, false],
  ['other words', { code: 'invalid-request', status: 400, message: 'The content is no text.' }, false],
] as const)('a refusal of the content is known by what it says: %s', (_what, failure, expected) => {
  expect(isContentRefusal(failure)).toBe(expected)
})
