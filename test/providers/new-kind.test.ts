import { plainTraits } from '@crossfeed/protocols'
import { expect, it } from 'vitest'
import { createKeyedProvider, type KeyedKind } from '../../packages/engine/src/providers/keyed.ts'
import { openAiPaths, readOpenAiModels } from '../../packages/engine/src/providers/openai-dialect.ts'
import { readAnswer, readEvents, request, said } from './clients.ts'
import { json, startScripted } from './scripted.ts'
import { startSupply } from './supply.ts'

/** A service that was not known before: chat under a path of its own, a key in a header of its own, one habit to mend. */
const example: KeyedKind = {
  endpoints: () => ['chat'],
  path: (endpoint) => `/open${openAiPaths[endpoint]}`,
  authorize: ({ apiKey }) => (apiKey ? { 'x-example-key': apiKey } : {}),
  readModels: readOpenAiModels,
  traits: () => ({ ...plainTraits, customTools: false, cacheMarks: 'none', documents: false }),
  hint: (error) => (error.status === 418 ? 'Wait until the kettle is empty' : undefined),
  requestPatches: () => [
    {
      name: 'example-tone',
      reason: 'the service wants a tone in every request',
      protocol: 'chat',
      apply: (body) => (body['tone'] === undefined ? { ...body, tone: 'plain' } : body),
    },
  ],
}

it('a new kind of provider serves all three clients', async () => {
  const upstream = await startScripted((response, { body }) => {
    if (body['tone'] !== 'plain') return json(response, 418, { error: { message: 'No tone' } })
    const message = { role: 'assistant', content: 'Good day', refusal: null }
    const choices = [{ index: 0, message, finish_reason: 'stop', logprobs: null }]
    json(response, 200, { id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: 'm', choices })
  })
  const settings = { name: 'example', type: 'compatible', baseUrl: upstream.url, apiKey: 'k1' } as const
  const supply = startSupply(settings, (own, parts) => createKeyedProvider(example, own, parts))
  for (const client of ['chat', 'responses', 'messages'] as const) {
    for (const stream of [false, true]) {
      const got = await supply.ask(client, request(client, 'example/m', stream, [said(client, 'Hello')]))
      const answered = stream ? readEvents(client, got.events) : readAnswer(client, got.answer)
      expect(answered.text).toBe('Good day')
    }
  }
  expect(upstream.calls.map((call) => [call.path, call.headers['x-example-key']])).toEqual(
    Array.from({ length: 6 }, () => ['/open/chat/completions', 'k1']),
  )
  await supply.close()
  await upstream.close()
})
