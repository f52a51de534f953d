import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseArguments, parseBody } from './exact-json.ts'

const long = '12345678901234567890'

describe('arguments', () => {
  it.each([
    `{"id":${long},"ids":[-9223372036854775807,9223372036854775808],"pi":3.14159265358979323846}`,
    `{"a":{"id":${long}}}`,
    `[${long}]`,
    `{ "id" :\n  ${long} , "f": [ -1.${long} ] }`.replace(/\s/g, ''),
    `{"a":"\\"id\\":${long},","id":${long}}`,
    long,
  ])('keep numbers that a double cannot hold: %s', (text) => {
    expect(JSON.stringify(parseArguments(text))).toBe(text)
  })

  it('are plain values but for such numbers', () => {
    expect(parseArguments(`{"s":"x ${long}","n":1234567890123456,"f":0.5,"big":1e300}`)).toEqual({
      s: `x ${long}`,
      n: 1_234_567_890_123_456,
      f: 0.5,
      big: 1e300,
    })
  })

  it('are undefined when they are not JSON', () => {
    expect(parseArguments(`{"id":${long}`)).toBeUndefined()
    expect(parseArguments('{"a')).toBeUndefined()
  })

  it('are what JSON.parse makes of any JSON, and keep any whole number', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseArguments(text)).toEqual(JSON.parse(text))
      }),
    )
    fc.assert(
      fc.property(fc.bigInt(), fc.string(), (number, words) => {
        const text = `{"words":${JSON.stringify(words)},"n":${number}}`
        expect(JSON.stringify(parseArguments(text))).toBe(text)
      }),
    )
  })
})

it('text of nothing but digits and signs is looked over once, not once for each of its numbers', () => {
  for (const sign of ['-', '.']) {
    const text = JSON.stringify({ rows: `1234567890123456${sign}`.repeat(60_000) })
    expect(parseBody(text)).toEqual(JSON.parse(text))
  }
})

it('white space around a number hides it from nobody', () => {
  expect(JSON.stringify(parseArguments(`{ "id" :\n\t ${long} , "ids" : [ 1 , ${long} ] }`))).toBe(
    `{"id":${long},"ids":[1,${long}]}`,
  )
})

describe('a body', () => {
  it('has such numbers only in the arguments of tools', () => {
    const body = `{"seed":${long},"messages":[{"content":[{"type":"tool_use","input":{"id":${long}}}]}],"input":[${long}]}`
    expect(parseBody(body)).toMatchObject({ seed: Number(long), input: [Number(long)] })
    expect(JSON.stringify(parseBody(body))).toContain(`{"id":${long}}`)
  })

  it('is read however deeply it is nested', () => {
    const depth = 100_000
    const text = `{"n":${long},"a":${'['.repeat(depth)}${']'.repeat(depth)}}`
    expect(parseBody(text)).toMatchObject({ n: Number(long) })
  })
})
