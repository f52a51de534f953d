import type { JsonObject } from '@crossfeed/protocols'
import { expect, it } from 'vitest'
import { patched, providerOf } from '../keyed.test-support.ts'

const anthropic = providerOf({ type: 'anthropic' })
const ask: JsonObject = { role: 'user', content: 'hello' }
const send = (content: JsonObject['content']) =>
  patched(anthropic, 'claude-sonnet-5', 'messages', {
    max_tokens: 100,
    messages: [ask, { role: 'assistant', content }, ask],
  })

const use = { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'cats' } }
const hit = { type: 'web_search_result', url: 'https://a', title: 'A', page_age: null }
const result = (sealed: string) => ({
  type: 'web_search_tool_result',
  tool_use_id: 'srvtoolu_1',
  content: [{ ...hit, encrypted_content: sealed }],
})
const cited = (sealed: string) => ({
  type: 'text',
  text: 'Cats.',
  citations: [
    { type: 'web_search_result_location', url: 'https://a', title: 'A', cited_text: '', encrypted_index: sealed },
  ],
})

it('a search that another service ran is told in words, and its sources carry no seal that is none', () => {
  const { body, losses } = send([use, result(''), cited('')])
  expect(body['messages']).toEqual([
    ask,
    {
      role: 'assistant',
      content: [
        { type: 'text', text: '[web_search: query: cats\nhttps://a]' },
        { type: 'text', text: 'Cats.' },
      ],
    },
    ask,
  ])
  expect(losses.map((loss) => loss.path)).toEqual(['messages[1]'])
})

it('a search of its own goes back as it came', () => {
  const content = [use, result('c2VhbA=='), cited('c2VhbA==')]
  const { body, losses } = send(content)
  expect(body['messages']).toEqual([ask, { role: 'assistant', content }, ask])
  expect(losses).toEqual([])
})
