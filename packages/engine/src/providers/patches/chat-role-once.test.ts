import type { JsonObject } from '@crossfeed/protocols'
import { expect, it } from 'vitest'
import { providerOf, targetOf } from '../keyed.test-support.ts'
import { chatRoleOnce } from './chat-role-once.ts'

const target = targetOf(providerOf({ type: 'compatible' }), 'm', 'chat')
const chunk = (...choices: readonly JsonObject[]): JsonObject => ({ id: 'c', object: 'chat.completion.chunk', choices })
const choice = (delta: JsonObject, index = 0): JsonObject => ({ index, delta, finish_reason: null })

function run(chunks: readonly JsonObject[]): readonly unknown[] {
  const mender = chatRoleOnce.start(target, {}, {})
  return chunks.flatMap((data) => {
    if (!mender?.wants(`data: ${JSON.stringify(data)}\n\n`)) return [data]
    return mender.mend({ data }).map((event) => event.data)
  })
}

it('a role that every chunk repeats is said once for each choice', () => {
  const told = run([
    chunk(choice({ role: 'assistant', content: 'Good ' })),
    chunk(choice({ role: 'assistant', content: 'day' }), choice({ role: 'assistant', content: 'Hello' }, 1)),
    chunk(choice({ role: 'assistant', content: '' }, 1), choice({ role: 'assistant' })),
  ])
  expect(told).toEqual([
    chunk(choice({ role: 'assistant', content: 'Good ' })),
    chunk(choice({ content: 'day' }), choice({ role: 'assistant', content: 'Hello' }, 1)),
    chunk(choice({ content: '' }, 1), choice({})),
  ])
})

it.each([
  ['empty (MiniMax-AI/MiniMax-M2.5#2)', { role: '' }],
  ['null', { role: null }],
  ['missing (Portkey-AI/gateway#1399)', {}],
])('a role that is %s is said at the beginning, and not again', (_how, role) => {
  const chunks = [chunk(), chunk(choice({ ...role, content: 'Good ' })), chunk(choice({ ...role, content: 'day' }))]
  expect(run(chunks)).toEqual([
    chunk(),
    chunk(choice({ role: 'assistant', content: 'Good ' })),
    chunk(choice({ content: 'day' })),
  ])
})

it('a stream as OpenAI sends it stays as it is', () => {
  const chunks = [
    chunk(choice({ role: 'assistant', content: '' })),
    chunk(choice({ content: 'the "role":"assistant"' })),
    chunk(),
  ]
  expect(run(chunks)).toEqual(chunks)
  const mender = chatRoleOnce.start(target, {}, {})
  const first = { data: chunks[0] ?? {} }
  expect(mender?.mend(first)[0]).toBe(first)
  expect(mender?.wants(`data: ${JSON.stringify(chunks[1])}\n\n`)).toBe(false)
})
