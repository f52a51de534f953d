import { afterEach, expect, it } from 'vitest'
import { ContextWindowExceededError, NotFoundError, Router, type RouterOptions } from '../index.ts'
import { collect, startLite, type LiteTrial } from './trial.test-support.ts'

let trial: LiteTrial
const routers: Router[] = []
afterEach(async () => {
  for (const router of routers.splice(0)) await router.close()
  await trial.close()
})

const messages = [{ role: 'user' as const, content: 'Hello there' }]
const modelList: RouterOptions['modelList'] = [
  { modelName: 'main', litellmParams: { model: 'azure/gpt-4.1' } },
  { modelName: 'spare', litellmParams: { model: 'anthropic/claude-sonnet-4-6' } },
  { modelName: 'copilot', litellmParams: { model: 'github_copilot/gpt-4.1' } },
  { modelName: 'vectors', litellmParams: { model: 'openai/text-embedding-3-small' } },
]

function newRouter(options: Partial<RouterOptions> = {}): Router {
  const router = new Router({ env: trial.env, modelList, numRetries: 0, ...options })
  routers.push(router)
  return router
}
const faces = (): unknown[] => trial.calls().map(({ face }) => face)

it('asks the model behind a name, in every protocol', async () => {
  trial = await startLite()
  const router = newRouter()
  const reply = await router.completion({ model: 'main', messages })
  expect(reply.choices[0]?.message.content).toContain('Hello there')
  expect(reply._hiddenParams).toMatchObject({ customLlmProvider: 'azure', model: 'gpt-4.1' })
  await router.responses({ model: 'copilot', input: 'Hi' })
  await router.messages({ model: 'spare', messages, max_tokens: 9 })
  await router.embedding({ model: 'vectors', input: 'Hi' })
  expect(faces()).toEqual(['azure', undefined, 'anthropic', 'openai'])
})

it('goes on at the fallbacks of a name, also for streams, and says so', async () => {
  trial = await startLite()
  const router = newRouter({ fallbacks: [{ main: ['spare'] }] })
  const error = { message: 'Slow down.', code: 'rate_limit_exceeded' }
  trial.emulator.play([{ when: { face: 'azure' }, times: 0, status: 429, error }])
  const reply = await router.completion({ model: 'main', messages })
  expect(faces()).toEqual(['azure', 'anthropic'])
  expect(reply._hiddenParams.changes).toContainEqual(expect.stringContaining('failed-over:'))
  const chunks = await collect(await router.completion({ model: 'main', messages, stream: true }))
  expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toContain('Hello there')
})

it('keeps the fallbacks for long prompts to those', async () => {
  trial = await startLite()
  const router = newRouter({ contextWindowFallbacks: [{ main: ['spare'] }] })
  const tooLong = { message: 'This is longer than the maximum context length.', code: 'context_length_exceeded' }
  trial.emulator.play([{ when: { face: 'azure' }, times: 0, status: 400, error: tooLong }])
  await router.completion({ model: 'main', messages })
  expect(faces().at(-1)).toBe('anthropic')
  await expect(newRouter().completion({ model: 'main', messages })).rejects.toBeInstanceOf(ContextWindowExceededError)
  const error = { message: 'Nothing here.', code: 'DeploymentNotFound' }
  trial.emulator.play([{ when: { face: 'azure' }, times: 0, status: 404, error }])
  await expect(router.completion({ model: 'main', messages })).rejects.toBeInstanceOf(NotFoundError)
})

it('tries again before it gives up', async () => {
  trial = await startLite()
  const error = { message: 'Slow down.', code: 'rate_limit_exceeded' }
  trial.emulator.play([{ when: { face: 'azure' }, times: 1, status: 429, error }])
  await newRouter({ numRetries: 1 }).completion({ model: 'main', messages })
  expect(faces()).toEqual(['azure', 'azure'])
})

it('shares the load of a name, first by order and then by weight', async () => {
  trial = await startLite()
  const entry = (model: string, more: object) => ({ modelName: 'pool', litellmParams: { model, ...more } })
  const router = newRouter({
    modelList: [
      entry('anthropic/claude-sonnet-4-6', { order: 2 }),
      entry('azure/gpt-4.1', { order: 1, weight: 0 }),
      entry('openai/gpt-4.1', { order: 1, weight: 1 }),
    ],
  })
  for (let index = 0; index < 3; index++) await router.completion({ model: 'pool', messages })
  expect(faces()).toEqual(['openai', 'openai', 'openai'])
})

it('keeps the keys, headers and values of its entries apart', async () => {
  trial = await startLite({ faces: { compatible: { extraModels: [{ id: 'm' }] } } })
  const apiBase = `${trial.emulator.urls.compatible}/v1`
  const entry = (modelName: string, apiKey: string, temperature: number) => ({
    modelName,
    litellmParams: { model: 'hosted_vllm/m', apiBase, apiKey, temperature, extraHeaders: { 'X-Team': modelName } },
  })
  const router = newRouter({ modelList: [entry('a', 'key-aaaa', 0.1), entry('b', 'key-bbbb', 0.9)] })
  for (const model of ['a', 'b']) {
    await router.completion({ model, messages })
    const { headers, body } = trial.lastCall()
    expect(headers['authorization']).toContain(model.repeat(4))
    expect(headers['x-team']).toBe(model)
    expect(body).toMatchObject({ temperature: model === 'a' ? 0.1 : 0.9 })
  }
})

it.each<[string, object, string]>([
  ['a mistyped option', { fallback: [] }, 'fallback is no option'],
  ['a fallback to nobody', { fallbacks: [{ main: ['nobody'] }] }, 'nobody, which is not in modelList'],
  ['an entry without a name', { modelList: [{ litellmParams: { model: 'openai/x' } }] }, 'has no modelName'],
  ['an entry without a model', { modelList: [{ modelName: 'x', litellmParams: {} }] }, 'has no litellmParams.model'],
  [
    'a Python spelling',
    { modelList: [{ modelName: 'x', litellmParams: { model: 'openai/x', api_key: 'sk-secret' } }] },
    'litellmParams.api_key',
  ],
  [
    'what an account does not take',
    { modelList: [{ modelName: 'x', litellmParams: { model: 'github_copilot/gpt-4.1', apiKey: 'sk-secret' } }] },
    'which github_copilot does not take',
  ],
])('%s is refused when it is made', async (_name, options, says) => {
  trial = await startLite()
  expect(() => newRouter(options)).toThrow(says)
  expect(() => newRouter(options)).not.toThrow('sk-secret')
})

it('refuses names that are not its own', async () => {
  trial = await startLite()
  await expect(newRouter().completion({ model: 'nobody', messages })).rejects.toThrow('no nobody in modelList')
})
