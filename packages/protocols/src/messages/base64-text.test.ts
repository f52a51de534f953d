import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeBase64Text } from './base64-text.ts'

const encode = (text: string): string => Buffer.from(text).toString('base64')

test('gives back any text, in either alphabet, with or without padding and line breaks', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary' }).map((text) => Buffer.from(text).toString()),
      (text) => {
        expect(decodeBase64Text(encode(text))).toBe(text)
        expect(decodeBase64Text(Buffer.from(text).toString('base64url'))).toBe(text)
        expect(decodeBase64Text(encode(text).replace(/.{4}/gs, '$&\r\n'))).toBe(text)
      },
    ),
  )
})

test('takes for text what a strict decoder takes for text, and nothing else', () => {
  const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
  const expected = (bytes: Uint8Array): string | undefined => {
    try {
      return strict.decode(bytes)
    } catch {
      // Not UTF-8.
      return undefined
    }
  }
  const lead = fc.constantFrom(0xc0, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff)
  const byte = fc.oneof(lead, fc.integer({ min: 0x80, max: 0xbf }), fc.integer({ min: 0, max: 0xff }))
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 6 }), (list) => {
      const bytes = Uint8Array.from(list)
      expect(decodeBase64Text(Buffer.from(bytes).toString('base64'))).toBe(expected(bytes))
    }),
    { numRuns: 2000 },
  )
  expect(decodeBase64Text('aGk*')).toBeUndefined()
  expect(decodeBase64Text('aGké')).toBeUndefined()
})

test('a document of ten megabytes stays whole, also where its pieces meet in the middle of a character', () => {
  const text = `x${'näive 𝒞 – '.repeat(500_000)}`
  expect(decodeBase64Text(encode(text)) === text).toBe(true)
})
