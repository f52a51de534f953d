import { asObject, asObjects } from '@crossfeed/protocols'
import { afterEach, expect, it } from 'vitest'
import { json, startScripted } from './scripted.ts'
import { startEmulator, startSupplies } from './supply.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

/** A supply of Anthropic's, and one that speaks Responses and searches the web for everything. */
async function start() {
  const emulator = await startEmulator()
  closing.push(() => emulator.stop())
  const action = { type: 'search', query: 'cats', sources: [{ type: 'url', url: 'https://example.com/cats' }] }
  const text = { type: 'output_text', text: 'Cats purr.', annotations: [] }
  const output = [
    { type: 'web_search_call', id: 'ws_1', status: 'completed', action },
    { type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content: [text] },
  ]
  const searcher = await startScripted((response) =>
    json(response, 200, { id: 'resp_1', object: 'response', model: 'm', status: 'completed', output }),
  )
  closing.push(() => searcher.close())
  const supply = startSupplies([
    { name: 'claude', type: 'anthropic', baseUrl: `${emulator.urls.anthropic}/v1`, apiKey: 'sk-ant-api03-test' },
    { name: 'searcher', type: 'compatible', baseUrl: `${searcher.url}/v1`, endpoints: ['responses'] },
  ])
  closing.push(() => supply.close())
  return supply
}

it('a search that Anthropic ran is an item of Responses, which goes back into the next turn', async () => {
  const supply = await start()
  const asked = { role: 'user', content: 'Please search the web for cats' }
  const body = { model: 'claude/claude-sonnet-4-5', tools: [{ type: 'web_search' }] }
  const first = await supply.ask('responses', { ...body, input: [asked] })
  const output = asObjects(asObject(first.answer)?.['output'])
  expect(output[0]).toMatchObject({
    type: 'web_search_call',
    status: 'completed',
    action: { type: 'search', query: 'cats', sources: [{ type: 'url', url: 'https://example.com/cats' }] },
  })
  const input = [asked, ...output, { role: 'user', content: 'And dogs?' }]
  expect(await supply.ask('responses', { ...body, input })).toMatchObject({ status: 200 })
})

it('a search that a Responses server ran is one of Messages, with which the conversation can move to Anthropic', async () => {
  const supply = await start()
  const asked = { role: 'user', content: 'Cats?' }
  const body = { max_tokens: 100, tools: [{ type: 'web_search_20250305', name: 'web_search' }] }
  const first = await supply.ask('messages', { ...body, model: 'searcher/m', messages: [asked] })
  const content = asObjects(asObject(first.answer)?.['content'])
  expect(content.map((block) => block['type'])).toEqual(['server_tool_use', 'web_search_tool_result', 'text'])
  const messages = [asked, { role: 'assistant', content }, { role: 'user', content: 'And dogs?' }]
  const second = await supply.ask('messages', { ...body, model: 'claude/claude-sonnet-4-5', messages })
  expect(second, JSON.stringify(second.answer)).toMatchObject({ status: 200 })
})
