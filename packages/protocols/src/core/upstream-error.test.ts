import { expect, test } from 'vitest'
import { readUpstreamError } from './upstream-error.ts'

// Servers repeat what they were sent, so a client may choose these words. Each would take minutes if it were read to its end.
const million = 1_000_000
test.each([
  ['limits', 'input tokens 1 '.repeat(million / 30) + 'exceed '.repeat(million / 14)],
  ['a page', `<html>${'<title'.repeat(million / 6)}`],
  ['one word', 'a'.repeat(million)],
])('a hostile error of %s is read by its beginning', (_name, text) => {
  for (const body of [text, { error: { message: text } }]) {
    const error = readUpstreamError(400, body)
    expect(error.code).toBe('invalid-request')
    expect(error.message.length).toBeLessThanOrEqual(4000)
    expect(error.upstream?.body).toBe(body)
  }
})
