import type { JsonObject } from '@crossfeed/protocols'
import { afterEach, describe, expect, it } from 'vitest'
import { createFakeClock } from '../../fake-clock.test-support.ts'
import { wholes } from '../streams.test-support.ts'
import { json, request, startTrial, until, type Trial, type UpstreamCall } from '../trial.test-support.ts'

let trial: Trial
afterEach(() => trial.close())

const spoken = { '/chat/completions': 'chat', '/responses': 'responses', '/v1/messages': 'messages' } as const

/** A trial whose upstream refuses with what `fault` says of a call, and answers all others. */
async function start(fault: (call: UpstreamCall, nth: number) => string | undefined, clock = createFakeClock()) {
  trial = await startTrial({ clock })
  trial.script((response, call, nth) => {
    const message = fault(call, nth)
    if (message !== undefined) return json(response, 400, { error: { message, type: 'invalid_request_error' } })
    // Only these paths are called.
    json(response, 200, wholes[spoken[call.path as keyof typeof spoken]])
  })
  return clock
}
const ask = (to: 'chat' | 'messages' | 'responses', more: JsonObject, headers: Record<string, string> = {}) =>
  trial.ask(to, request(to, `only-${to}`, false, more), headers)
const paths = () => trial.calls.splice(0).map(({ path }) => path)
const hourMs = 60 * 60 * 1000

const tools: JsonObject = { tools: [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }] }

describe('an endpoint that takes no tools with reasoning', () => {
  const words = [
    'Function tools with reasoning_effort are not supported for gpt-5.4 in /v1/chat/completions. Please use /v1/responses instead.',
    "Function tools with reasoning_effort are not supported for gpt-5.6-luna in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.",
  ]
  const reasoning = { ...tools, reasoning_effort: 'high' }
  const asks = (more: JsonObject) => trial.ask('chat', request('chat', 'chat-and-responses', false, more))

  it.each(words)('is left for such requests, and only for these: %s', async (message) => {
    await start(({ path, body }) =>
      path === '/chat/completions' && body['tools'] !== undefined && body['reasoning_effort'] === 'high'
        ? message
        : undefined,
    )
    expect((await asks(reasoning)).headers['x-crossfeed-changes']).toContain('endpoint-closed:chat')
    expect(paths()).toEqual(['/chat/completions', '/responses'])
    await asks(reasoning)
    expect(paths()).toEqual(['/responses'])
    await asks({})
    await asks({ reasoning_effort: 'high' })
    await asks(tools)
    expect(new Set(paths())).toEqual(new Set(['/chat/completions']))
  })
})

describe('the only endpoint, which takes no tools with reasoning', () => {
  const refusal = (name: string): string =>
    `Function tools with reasoning_effort are not supported for ${name} in /v1/chat/completions. To use function tools, use /v1/responses or set reasoning_effort to 'none'.`

  it.each([{ reasoning_effort: 'high' }, {}])(
    'is asked for no reasoning with tools, and at once from then on: %o',
    async (more) => {
      await start(({ body }) => (body['tools'] && body['reasoning_effort'] !== 'none' ? refusal('gpt-5.6') : undefined))
      const answer = await ask('chat', { ...tools, ...more })
      const asked = 'reasoning_effort' in more ? 'high' : 'unsaid'
      expect([answer.status, answer.headers['x-crossfeed-changes']]).toEqual([
        200,
        expect.stringContaining(`reasoning_effort:${asked}>none`),
      ])
      expect(trial.calls.splice(0).map(({ body }) => body['reasoning_effort'])).toEqual([more.reasoning_effort, 'none'])
      await ask('chat', { ...tools, ...more })
      await ask('chat', { reasoning_effort: 'high' })
      expect(trial.calls.map(({ body }) => body['reasoning_effort'])).toEqual(['none', 'high'])
    },
  )
})

describe('an endpoint that does not serve its model', () => {
  const refusal = 'model m is not accessible via the /chat/completions endpoint'
  const asks = () => trial.ask('chat', request('chat', 'chat-and-responses', false))

  it('is asked again after an hour', async () => {
    let isClosed = true
    const clock = await start(({ path }) => (isClosed && path === '/chat/completions' ? refusal : undefined))
    await asks()
    isClosed = false
    await asks()
    clock.sleep(hourMs + 1)
    paths()
    await asks()
    expect(paths()).toEqual(['/chat/completions'])
  })

  it('is not left when the other one sends the request away too', async () => {
    let isClosed = true
    await start(() => (isClosed ? refusal : undefined))
    expect((await asks()).status).toBe(400)
    expect(paths()).toEqual(['/chat/completions', '/responses'])
    isClosed = false
    await asks()
    expect(paths()).toEqual(['/chat/completions'])
  })

  it('is asked again when the other one, which has served so far, sends a request away', async () => {
    let closed = '/chat/completions'
    await start(({ path }) => (path === closed ? refusal : undefined))
    await asks()
    closed = '/responses'
    paths()
    expect((await asks()).status).toBe(200)
    expect(paths()).toEqual(['/responses', '/chat/completions'])
    await asks()
    expect(paths()).toEqual(['/chat/completions'])
  })

  it('is the code that OpenAI has for models without chat', async () => {
    const message =
      'This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions?'
    await start(({ path }) => (path === '/chat/completions' ? message : undefined))
    expect((await asks()).status).toBe(200)
  })
})

describe('what mends nothing', () => {
  it('is not sent again, and not learned', async () => {
    await start((_call, nth) => (nth === 1 ? "Unknown parameter: 'top_k'." : undefined))
    const answer = await ask('chat', {})
    expect(answer.status).toBe(400)
    expect(answer.headers['x-crossfeed-changes']).toBeUndefined()
    expect(trial.calls).toHaveLength(1)
    await ask('chat', { top_k: 5 })
    expect(trial.calls[1]?.body).toMatchObject({ top_k: 5 })
  })

  it('is not learned when the request is refused without it too', async () => {
    await start(({ body }) => (body['odd'] === true ? "Unknown parameter: 'top_k'." : undefined))
    expect((await ask('chat', { odd: true, top_k: 5 })).status).toBe(400)
    await ask('chat', { top_k: 5 })
    expect(trial.calls.at(-1)?.body).toMatchObject({ top_k: 5 })
  })
})

describe('what did not mend a request that something else then mended', () => {
  const message = "Unsupported parameter: 'include' cannot be used with the tool web_search."
  const more = { tools: [{ type: 'web_search' }], include: ['web_search_call.results'] }

  it('is not learned', async () => {
    await start(({ body }) => (body['include'] === undefined ? undefined : message))
    expect((await ask('responses', more)).status).toBe(200)
    trial.calls.length = 0
    await ask('responses', more)
    expect(trial.calls.splice(0).map(({ body }) => [body['include'], body['tools']])).toEqual([[undefined, more.tools]])
  })

  it('is learned as soon as it turns out that both were needed', async () => {
    await start(({ body }) => ((body['include'] ?? body['tools']) ? message : undefined))
    for (const calls of [4, 2, 1]) {
      expect((await ask('responses', more)).status).toBe(200)
      expect(trial.calls.splice(0)).toHaveLength(calls)
    }
  })
})

it('requests that are refused while one of them is mended are mended too', async () => {
  trial = await startTrial()
  const waiting: (() => void)[] = []
  trial.script((response, { body }) => {
    const sent = JSON.stringify(body['tools'] ?? [])
    if (!sent.includes('web_search')) return json(response, 200, wholes.responses)
    const refusal = { error: { message: 'The requested tool web_search is not supported.', param: 'tools' } }
    waiting.push(() => json(response, 400, refusal))
  })
  const more = { tools: [{ type: 'web_search' }] }
  const answers = [1, 2].map(() => ask('responses', more))
  await until(() => waiting.length === 2)
  waiting[0]?.()
  await answers[0]
  waiting[1]?.()
  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200])
})

describe('what betas open', () => {
  const beta = 'context-management-2025-06-27'
  const isLong = (call: UpstreamCall): boolean => String(call.headers['anthropic-beta']).includes(beta)
  const limited = ({ body }: UpstreamCall, most: number): string | undefined =>
    Number(body['max_tokens']) > most
      ? `max_tokens: ${String(body['max_tokens'])} > ${most}, which is the maximum allowed number of output tokens for m`
      : undefined
  const sent = () => trial.calls.splice(0).map(({ body }) => body['max_tokens'])

  it('a shorter answer without a beta is no limit with it, nor the other way round', async () => {
    await start((call) => limited(call, isLong(call) ? 50_000 : 8000))
    await ask('messages', { max_tokens: 60_000 })
    expect(sent()).toEqual([60_000, 8000])
    await ask('messages', { max_tokens: 40_000 }, { 'anthropic-beta': beta })
    expect(sent()).toEqual([40_000])
    await ask('messages', { max_tokens: 60_000 }, { 'anthropic-beta': beta })
    expect(sent()).toEqual([60_000, 50_000])
    await ask('messages', { max_tokens: 60_000 }, { 'anthropic-beta': ` ${beta}` })
    await ask('messages', { max_tokens: 60_000 })
    expect(sent()).toEqual([50_000, 8000])
  })

  it('a member that is refused without its beta is sent with it', async () => {
    await start(({ body, headers }) =>
      body['fine_grained'] !== undefined && !String(headers['anthropic-beta']).includes(beta)
        ? 'fine_grained: Extra inputs are not permitted'
        : undefined,
    )
    await ask('messages', { fine_grained: true })
    await ask('messages', { fine_grained: true }, { 'anthropic-beta': beta })
    await ask('messages', { fine_grained: true })
    expect(trial.calls.map(({ body }) => 'fine_grained' in body)).toEqual([true, false, true, false])
  })
})

it('sampling that is refused to a request that reasons is taken from one that does not', async () => {
  const message = "Unsupported parameter: 'temperature' is not supported with this model."
  await start(({ body }) =>
    body['temperature'] !== undefined && body['reasoning_effort'] !== undefined ? message : undefined,
  )
  await ask('chat', { temperature: 0.2, reasoning_effort: 'high' })
  await ask('chat', { temperature: 0.2 })
  await ask('chat', { temperature: 0.2, reasoning_effort: 'low' })
  expect(trial.calls.map(({ body }) => body['temperature'])).toEqual([0.2, undefined, 0.2, undefined])
})

describe('chat templates', () => {
  const user = { role: 'user', content: 'Hi' }
  const answered = { role: 'assistant', content: 'Well.' }
  const late = { role: 'system', content: 'Now.' }

  it("a client's own two turns say nothing of where words of the system may be", async () => {
    await start(({ body }) => {
      const roles = JSON.stringify(body['messages']).match(/"role":"\w+"/g) ?? []
      return roles.some((role, at) => role === '"role":"assistant"' && roles[at - 1] === role)
        ? 'Conversation roles must alternate user/assistant/user/assistant/...'
        : undefined
    })
    const answer = await ask('chat', { messages: [user, answered, { ...answered, content: 'So.' }, user] })
    expect(answer.status).toBe(200)
    expect(answer.headers['x-crossfeed-changes']).toContain('turns-joined')
    expect(trial.calls[1]?.body['messages']).toEqual([user, { ...answered, content: 'Well.\n\nSo.' }, user])
    const messages = [user, answered, late, user]
    await ask('chat', { messages })
    expect(trial.calls[2]?.body['messages']).toEqual(messages)
  })

  it('what has no room for the system at all is not given it at the beginning again', async () => {
    await start(({ body }) => {
      const text = JSON.stringify(body['messages'])
      if (text.includes('"role":"system"')) return 'System role not supported'
      return /odd/.test(text) ? 'Conversation roles must alternate user/assistant/user/assistant/...' : undefined
    })
    const messages = [{ role: 'system', content: 'Be kind.' }, user]
    await ask('chat', { messages })
    expect(
      (await ask('chat', { messages: [...messages, answered, late, { role: 'tool', content: 'odd' }] })).status,
    ).toBe(400)
    trial.calls.length = 0
    await ask('chat', { messages })
    expect(trial.calls).toHaveLength(1)
  })
})

it.each([
  ['a hosted tool in words', 'The use of the web search tool is not supported.', 'tools-lowered:hosted'],
  ['a name that holds the word', 'Function mcp__files__read: tool is not allowed here.', undefined],
])('%s', async (_name, message, change) => {
  await start(({ body }) => (JSON.stringify(body).includes('web_search') ? message : undefined))
  const answer = await ask('messages', { tools: [{ type: 'web_search_20250305', name: 'web_search' }] })
  if (change === undefined) expect(answer.status).toBe(400)
  else expect(answer.headers['x-crossfeed-changes']).toContain(change)
})
