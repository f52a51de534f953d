import type { Anthropic } from '@anthropic-ai/sdk'
import type OpenAI from 'openai'
import { afterAll, beforeAll, expectTypeOf, it } from 'vitest'
import { acompletion, completion, createLite, type ReplyStream } from '../index.ts'
import { startLite, type LiteTrial } from './trial.test-support.ts'

let trial: LiteTrial
beforeAll(async () => {
  trial = await startLite()
})
afterAll(() => trial.close())

it('takes and gives the types of the official SDKs', async () => {
  const { lite } = trial
  const conversation: OpenAI.ChatCompletionMessageParam[] = [{ role: 'user', content: 'Hello' }]
  const model = 'openai/gpt-4.1'
  const whole = await lite.completion({ model, messages: conversation })
  expectTypeOf(whole).toExtend<OpenAI.ChatCompletion>()
  const stream = await lite.completion({ model, messages: conversation, stream: true })
  expectTypeOf(stream).toEqualTypeOf<ReplyStream<OpenAI.ChatCompletionChunk>>()
  await stream.return?.()
  expectTypeOf(await lite.responses({ model, input: 'Hello' })).toExtend<OpenAI.Responses.Response>()
  const turns: Anthropic.MessageParam[] = [{ role: 'user', content: 'Hello' }]
  expectTypeOf(await lite.messages({ model, max_tokens: 9, messages: turns })).toExtend<Anthropic.Message>()
  const vectors = await lite.embedding({ model: 'openai/text-embedding-3-small', input: 'Hello' })
  expectTypeOf(vectors).toExtend<OpenAI.CreateEmbeddingResponse>()
})

it('refuses what the protocols have not, and calls one function by two names', () => {
  expectTypeOf(acompletion).toEqualTypeOf(completion)
  const lite = createLite({ env: {} })
  // @ts-expect-error a request without messages
  void (() => lite.completion({ model: 'openai/gpt-4.1' }))
  // @ts-expect-error Python's spelling
  void (() => lite.completion({ model: 'openai/gpt-4.1', messages: [], extra_headers: {} }))
})
