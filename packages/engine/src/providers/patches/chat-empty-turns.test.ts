import type { JsonObject } from '@crossfeed/protocols'
import { expect, it } from 'vitest'
import { providerOf, targetOf } from '../keyed.test-support.ts'
import { chatEmptyTurns } from './chat-empty-turns.ts'

const target = targetOf(providerOf({ type: 'openai' }), 'm', 'chat')
const context = { from: 'chat' as const, headers: {}, note: () => {}, lose: () => {} }
const mended = (...messages: JsonObject[]): unknown => chatEmptyTurns.apply({ messages }, target, context)['messages']
const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }

it('no calls in a list are left out', () => {
  expect(mended({ role: 'assistant', content: 'a', tool_calls: [] })).toEqual([{ role: 'assistant', content: 'a' }])
})

it('a turn of nothing says nothing', () => {
  const image = { role: 'assistant', content: null, images: [], tool_calls: [] }
  expect(mended({ role: 'assistant', content: null }, image, { role: 'assistant' })).toEqual([
    { role: 'assistant', content: '' },
    { role: 'assistant', content: '', images: [] },
    { role: 'assistant', content: '' },
  ])
})

it('turns that say something by other means are left alone', () => {
  const body: JsonObject = {
    messages: [
      { role: 'user', content: 'a' },
      { role: 'assistant', content: null, tool_calls: [call] },
      { role: 'assistant', content: null, refusal: 'no' },
      { role: 'assistant', content: null, audio: { id: 'audio_1' } },
      { role: 'assistant', content: [] },
    ],
  }
  expect(chatEmptyTurns.apply(body, target, context)).toBe(body)
})
