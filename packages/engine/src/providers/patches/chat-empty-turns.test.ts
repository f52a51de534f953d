import type { JsonObject } from '@crossfeed/protocols'
import { expect, it } from 'vitest'
import { patched, providerOf, targetOf } from '../keyed.test-support.ts'
import { chatEmptyTurns } from './chat-empty-turns.ts'

const target = targetOf(providerOf({ type: 'openai' }), 'm', 'chat')
const context = { from: 'chat' as const, headers: {}, note: () => {}, lose: () => {} }
const mended = (...messages: JsonObject[]): unknown => chatEmptyTurns.apply({ messages }, target, context)['messages']
const call = { id: 'c', type: 'function', function: { name: 'f', arguments: '{}' } }

it('an empty list of calls is nothing either', () => {
  const messages = [{ role: 'assistant', content: null, tool_calls: [] }]
  const { body } = patched(providerOf({ type: 'openai' }), 'm', 'chat', { model: 'm', messages })
  expect(body['messages']).toEqual([{ role: 'assistant', content: '' }])
})

it('a turn of nothing says nothing', () => {
  const image = { role: 'assistant', content: null, images: [] }
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
