import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findJsonSlip } from './json-slip.ts'

test('what is JSON by its parser is JSON, and nothing else is', () => {
  const texts = fc.oneof(
    fc.json(),
    fc.json({ maxDepth: 2 }).chain((text) => fc.nat(text.length).map((at) => text.slice(0, at) + text.slice(at + 1))),
    fc
      .array(fc.constantFrom(...'{}[]",:0123.eE+-\\un \n\t\u007f\u2028', 'true', 'null', '"a"'))
      .map((all) => all.join('')),
  )
  const isJson = (text: string): boolean => {
    try {
      JSON.parse(text)
      return true
    } catch {
      return false
    }
  }
  fc.assert(
    fc.property(texts, (text) => void expect(findJsonSlip(text) === undefined, text).toBe(isJson(text))),
    { numRuns: 2000 },
  )
})

test.each([
  ['a tab', '{"host": "a\tb"}', 'not JSON: a control character in a text', 'a tab is written \\t'],
  ['a line break', '{"host": "a\nb"}', 'not JSON: a text does not end on its line', 'Close it with a quote'],
])('%s in a text is called what it is', (_what, text, message, fix) => {
  expect(findJsonSlip(text)).toMatchObject({ line: 1, message, fix: expect.stringContaining(fix) })
})
