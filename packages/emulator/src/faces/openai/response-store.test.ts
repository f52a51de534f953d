import { expect, test } from 'vitest'
import { createResponseStore } from './response-store.ts'

const response = (id: string) => {
  const items = [{ id: `msg_${id}` }]
  return { exchange: items, items, whole: { id } }
}

test('the oldest responses are forgotten with their items', () => {
  const store = createResponseStore(2)
  for (const id of ['a', 'b', 'c']) store.keep(id, response(id))
  expect(['a', 'b', 'c'].map((id) => store.response(id)?.whole)).toEqual([undefined, { id: 'b' }, { id: 'c' }])
  expect(['a', 'b', 'c'].map((id) => store.item(`msg_${id}`)?.['id'])).toEqual([undefined, 'msg_b', 'msg_c'])
})

test('a response that is removed takes its items with it, and makes room', () => {
  const store = createResponseStore(2)
  for (const id of ['a', 'b']) store.keep(id, response(id))
  store.remove('b')
  expect(store.item('msg_b')).toBeUndefined()
  store.keep('c', response('c'))
  expect(store.response('a')?.whole).toEqual({ id: 'a' })
})
