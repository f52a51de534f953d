import { afterEach, expect, it } from 'vitest'
import {
  APIConnectionError,
  APIError,
  AuthenticationError,
  BadRequestError,
  ContentPolicyViolationError,
  ContextWindowExceededError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  ServiceUnavailableError,
  Timeout,
} from '../index.ts'
import { startLite, type LiteTrial } from './trial.test-support.ts'

let trial: LiteTrial
afterEach(() => trial.close())

const messages = [{ role: 'user' as const, content: 'Hello there' }]
const request = { model: 'openai/gpt-4.1', messages }

async function failureOf(promise: Promise<unknown>): Promise<APIError> {
  const error: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(APIError)
  return error as APIError
}

const refused = (message: string, code: string) => ({ message, code, type: 'invalid_request_error' })

it.each([
  [400, refused('Unknown value.', 'invalid_value'), BadRequestError],
  [401, refused('Incorrect API key provided.', 'invalid_api_key'), AuthenticationError],
  [403, refused('Not in your region.', 'unsupported_country'), PermissionDeniedError],
  [404, refused('The model does not exist.', 'model_not_found'), NotFoundError],
  [400, refused('Your input exceeds the context window.', 'context_length_exceeded'), ContextWindowExceededError],
  [400, refused('The response was filtered.', 'content_filter'), ContentPolicyViolationError],
  [422, refused('Cannot be processed.', 'unprocessable'), BadRequestError],
  [429, refused('Rate limit reached.', 'rate_limit_exceeded'), RateLimitError],
  [500, refused('The server had an error.', 'server_error'), InternalServerError],
  [503, refused('The engine is overloaded.', 'overloaded'), ServiceUnavailableError],
])('%i %o is told by a class of its own, with the words and the facts', async (status, error, kind) => {
  trial = await startLite()
  trial.emulator.play([{ times: 0, status, error, headers: { 'x-request-id': 'req_7' } }])
  for (const stream of [false, true]) {
    const failure = await failureOf(trial.lite.completion({ ...request, stream }))
    expect(failure).toBeInstanceOf(kind)
    expect(failure.name).toBe(kind.name)
    expect(failure.message).toContain(error.message.replace(/\.$/, ''))
    expect(failure).toMatchObject({ status, code: error.code, llmProvider: 'openai', model: 'openai/gpt-4.1' })
    expect(failure.requestId).toBeTruthy()
  }
})

it('tells how long to wait', async () => {
  trial = await startLite()
  const error = { message: 'Slow down.', code: 'rate_limit_exceeded' }
  trial.emulator.play([{ times: 0, status: 429, error, headers: { 'retry-after': '120' } }])
  expect((await failureOf(trial.lite.completion(request))).retryAfter).toBe(120)
  expect((await failureOf(trial.lite.embedding({ model: 'openai/text-embedding-3-small', input: 'x' }))).status).toBe(
    429,
  )
})

it.each(['responses', 'messages'] as const)('tells the same of %s', async (name) => {
  trial = await startLite()
  trial.emulator.play([{ times: 0, status: 401, error: { message: 'No.', code: 'invalid_api_key' } }])
  const call =
    name === 'responses'
      ? trial.lite.responses({ model: 'openai/gpt-4.1', input: 'x' })
      : trial.lite.messages({ model: 'openai/gpt-4.1', messages, max_tokens: 9 })
  expect(await failureOf(call)).toBeInstanceOf(AuthenticationError)
})

it('says which key is missing and where it is looked for, and asks nobody', async () => {
  trial = await startLite()
  const { OPENAI_API_KEY: _key, OPENAI_API_BASE: _base, ...env } = trial.env
  const failure = await failureOf(trial.newLite({ env }).completion(request))
  expect(failure).toBeInstanceOf(AuthenticationError)
  expect(failure.message).toContain('OPENAI_API_KEY')
  expect(failure).toMatchObject({ reason: 'key-missing', llmProvider: 'openai' })
  expect(trial.emulator.requests()).toHaveLength(0)
})

it('says where nothing listens, and no secret', async () => {
  trial = await startLite()
  const failure = await failureOf(
    trial.lite.completion({ ...request, apiBase: 'http://127.0.0.1:9/v1', apiKey: 'sk-secret-word' }),
  )
  expect(failure).toBeInstanceOf(APIConnectionError)
  expect(failure.message).toContain('127.0.0.1:9')
  expect(JSON.stringify(failure) + String(failure)).not.toContain('secret-word')
})

it('ends a call at its time limit, and the upstream with it', async () => {
  trial = await startLite()
  trial.emulator.play([{ text: 'late', delay: { headers: 10_000 }, times: 0 }])
  expect(await failureOf(trial.lite.completion({ ...request, timeout: 0.2 }))).toBeInstanceOf(Timeout)
  expect(await failureOf(trial.lite.completion({ ...request, timeout: 0.2, stream: true }))).toBeInstanceOf(Timeout)
  await expect.poll(() => trial.calls().every(({ aborted }) => aborted)).toBe(true)
})

it.each([
  ['completion', 'openai/gpt-4.1'],
  ['completion', 'anthropic/claude-sonnet-4-6'],
  ['responses', 'openai/gpt-4.1'],
  ['messages', 'anthropic/claude-sonnet-4-6'],
] as const)('rejects the iteration where %s of %s breaks in the middle', async (name, model) => {
  trial = await startLite()
  trial.emulator.play([{ text: Array.from({ length: 20 }, (_, index) => `word${index} `), cut: { afterEvents: 8 } }])
  const { lite } = trial
  const streams = {
    completion: () => lite.completion({ model, messages, max_tokens: 99, stream: true }),
    responses: () => lite.responses({ model, input: 'x', stream: true }),
    messages: () => lite.messages({ model, messages, max_tokens: 99, stream: true }),
  }
  const stream = await streams[name]()
  const pieces: unknown[] = []
  const reading = (async () => {
    for await (const piece of stream) pieces.push(piece)
  })()
  expect(await failureOf(reading)).toBeInstanceOf(APIConnectionError)
  expect(JSON.stringify(pieces)).toContain('word1')
  expect(pieces).not.toContainEqual(expect.objectContaining({ type: 'error' }))
})

it('tries again as often as it is told, where that may help', async () => {
  trial = await startLite()
  const error = { message: 'Slow down.', code: 'rate_limit_exceeded' }
  trial.emulator.play([{ times: 2, status: 429, error }, { text: 'here' }])
  const reply = await trial.lite.completion({ ...request, numRetries: 2 })
  expect(reply.choices[0]?.message.content).toBe('here')
  expect(trial.calls()).toHaveLength(3)
  trial.emulator.play([{ times: 0, status: 401, error }])
  await failureOf(trial.lite.completion({ ...request, numRetries: 2 }))
  expect(trial.calls()).toHaveLength(4)
})

it.each([
  [0, 1],
  [1, 2],
  [2, 3],
  [undefined, 2],
])('makes with numRetries %s %s calls of a server that stays down', async (numRetries, calls) => {
  trial = await startLite()
  trial.emulator.play([{ times: 0, status: 503, error: { message: 'Down.' } }])
  expect(await failureOf(trial.lite.completion({ ...request, numRetries }))).toMatchObject({ status: 503 })
  expect(trial.calls()).toHaveLength(calls)
})

it('does not try again before the time that the upstream names, where that is far off', async () => {
  trial = await startLite()
  const headers = { 'retry-after': '3600' }
  trial.emulator.play([{ status: 429, error: { message: 'Slow down.', code: 'rate_limit_exceeded' }, headers }])
  const failure = await failureOf(trial.lite.completion({ ...request, numRetries: 2 }))
  expect(failure).toMatchObject({ status: 429, retryAfter: 3600 })
  expect(trial.calls()).toHaveLength(1)
})
