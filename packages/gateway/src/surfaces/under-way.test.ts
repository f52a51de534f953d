import { GatewayError } from '@crossfeed/protocols'
import { expect, test } from 'vitest'
import { createUnderWay } from './under-way.ts'

const error = new GatewayError('internal', 503, 'It is over.')

test('those that are under way are told of the end, once, and so are those that come after it', () => {
  const told: string[] = []
  const underWay = createUnderWay()
  const enter = (name: string) =>
    underWay.enter({
      cancel: () => {},
      abort: ({ message }) => void told.push(`${name}: ${message}`),
      drained: () => {},
    })
  const [first, , third] = ['first', 'second', 'third', 'fourth'].map(enter)
  for (const entry of [first, third, first]) if (entry) underWay.leave(entry)
  underWay.abort(error)
  expect(told.toSorted()).toEqual(['fourth: It is over.', 'second: It is over.'])
  enter('late')
  expect(told.at(-1)).toBe('late: It is over.')
})
