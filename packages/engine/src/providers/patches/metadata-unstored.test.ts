import type { JsonObject, Loss } from '@crossfeed/protocols'
import { expect, it } from 'vitest'
import { providerOf, targetOf } from '../keyed.test-support.ts'
import { metadataUnstored } from './metadata-unstored.ts'

const target = targetOf(providerOf({ type: 'openai' }), 'm', 'chat')

function sent(body: JsonObject): { readonly body: JsonObject; readonly lost: readonly string[] } {
  const losses: Loss[] = []
  const lose = (loss: Loss): void => void losses.push(loss)
  const mended = metadataUnstored.apply(body, target, { from: 'responses', headers: {}, note: () => {}, lose })
  return { body: mended, lost: losses.map(({ path }) => path) }
}

it('labels go with answers that are stored, and are reported otherwise', () => {
  const metadata = { a: 'b' }
  expect(sent({ metadata, store: true })).toEqual({ body: { metadata, store: true }, lost: [] })
  for (const more of [{}, { store: false }, { store: null }])
    expect(sent({ metadata, ...more })).toEqual({ body: more, lost: ['metadata'] })
})

it.each([{ store: false }, { store: false, metadata: null }])('a request without labels is left alone: %j', (body) => {
  const { body: mended, lost } = sent(body)
  expect(mended).toBe(body)
  expect(lost).toEqual([])
})
