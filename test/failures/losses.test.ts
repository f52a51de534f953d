import { afterEach, expect, test } from 'vitest'
import { startReplayUpstream, type ReplayUpstream } from '../replay-upstream.ts'
import { startWatchedGateway, type WatchedGateway } from './watched-gateway.ts'

let upstream: ReplayUpstream
let gateway: WatchedGateway
afterEach(async () => {
  await gateway.close()
  await upstream.close()
})

const message = { role: 'assistant', content: 'Hello' }
const answer = {
  id: 'c1',
  object: 'chat.completion',
  created: 1,
  model: 'm',
  choices: [{ index: 0, finish_reason: 'stop', message }],
}
/** `top_k` has no word in Chat Completions. */
const request = { max_tokens: 9, top_k: 5, messages: [{ role: 'user', content: 'hi' }] }

async function ask(policy: 'warn' | 'ignore' | 'reject', body: object): Promise<Response> {
  upstream = await startReplayUpstream()
  upstream.next({ status: 200, contentType: 'application/json', body: JSON.stringify(answer) })
  gateway = await startWatchedGateway(upstream.url, { lossPolicy: policy })
  return fetch(`${gateway.url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'only-chat', ...body }),
  })
}

test('warn serves the request, and names what was lost in the header and in the log', async () => {
  const reply = await ask('warn', request)
  expect(reply.status).toBe(200)
  expect(reply.headers.get('x-crossfeed-losses')).toMatch(/top_k/)
  expect(gateway.lines[0]?.losses).toEqual([expect.stringMatching(/top_k/)])
  expect(JSON.parse(upstream.requests[0]?.body ?? '{}')).not.toHaveProperty('top_k')
})

test('ignore serves the request and says nothing', async () => {
  const reply = await ask('ignore', request)
  expect(reply.status).toBe(200)
  expect(reply.headers.get('x-crossfeed-losses')).toBeNull()
  expect(gateway.lines[0]?.losses).toEqual([])
})

test('reject refuses the request, names the member, and asks no upstream', async () => {
  const reply = await ask('reject', request)
  expect(reply.status).toBe(400)
  expect(await reply.json()).toMatchObject({
    type: 'error',
    error: { type: 'invalid_request_error', message: expect.stringMatching(/^only-chat cannot take .*top_k/) },
  })
  expect(upstream.requests).toEqual([])
})

test.each(['warn', 'reject'] as const)('%s has nothing to say where nothing is lost', async (policy) => {
  const { top_k: _lost, ...whole } = request
  const reply = await ask(policy, whole)
  expect(reply.status).toBe(200)
  expect(reply.headers.get('x-crossfeed-losses')).toBeNull()
})
