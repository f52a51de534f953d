import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { modelCalls, startStage, type Stage } from '../stage.ts'
import { supplies } from '../supplies.ts'
import { anthropic } from './anthropic.ts'
import type { Driver, Task } from './driver.ts'
import { openaiChat } from './openai-chat.ts'
import { FailedResponse, openaiResponses } from './openai-responses.ts'
import { vercel } from './vercel.ts'

let stage: Stage
let guarded: Stage
beforeAll(async () => {
  stage = await startStage()
  guarded = await startStage({ apiKeys: ['the-right-key'], bodyLimit: 20_000 })
})
afterAll(() => Promise.all([stage.close(), guarded.close()]))
beforeEach(() => {
  for (const { emulator } of [stage, guarded]) {
    emulator.clear()
    emulator.play([])
  }
})

/** The error that a task ends with: of the SDK's own class for the status, and with that status. */
async function failure(driver: Driver, task: Task, status: keyof Driver['errors']): Promise<Error> {
  const error = await driver.run(task).then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(error).toBeInstanceOf(driver.errors[status])
  if (!(error instanceof Error)) throw new Error(`no error but ${String(error)}`)
  const found = 'status' in error ? error.status : 'statusCode' in error && error.statusCode
  expect(found).toBe(status)
  return error
}

describe.each([openaiChat, openaiResponses, anthropic, ...vercel])('$name', (driver) => {
  describe.each([false, true])('stream: %s', (stream) => {
    test('a wrong key is refused, the right one is let in', async () => {
      const task = { url: guarded.url, model: 'gpt-5.4', question: 'Hi', stream }
      await failure(driver, { ...task, key: 'a-wrong-key' }, 401)
      expect(modelCalls(guarded)).toEqual([])
      expect((await driver.run({ ...task, key: 'the-right-key' })).text).toBe('You said: Hi')
    })

    test('a body that is too large', async () => {
      const task = { url: guarded.url, key: 'the-right-key', model: 'gpt-5.4', question: 'x'.repeat(30_000), stream }
      expect((await failure(driver, task, 413)).message).toMatch(/large|limit/i)
      expect(modelCalls(guarded)).toEqual([])
    })

    test('a model that is not there', async () => {
      const error = await failure(driver, { url: stage.url, model: 'no-such-model', question: 'Hi', stream }, 404)
      expect(error.message).toContain('no-such-model')
    })

    describe.each(supplies)('$name', ({ model }) => {
      test('a bad request keeps the words of the service', async () => {
        const step = {
          status: 400,
          error: { message: 'The frobnicator is bent.', code: 'invalid_request_body' },
          times: 0,
        }
        stage.emulator.play([step])
        const error = await failure(driver, { url: stage.url, model, question: 'Hi', stream }, 400)
        expect(error.message).toContain('The frobnicator is bent.')
      })

      test('a rate limit keeps the words and the time to wait', async () => {
        const error = { message: 'Slow down, please.', code: 'rate_limited' }
        stage.emulator.play([{ status: 429, headers: { 'retry-after': '600' }, error, times: 0 }])
        const thrown = await failure(driver, { url: stage.url, model, question: 'Hi', stream }, 429)
        expect(thrown.message).toContain('Slow down, please.')
        expect(retryAfter(thrown)).toBe('600')
      })
    })

    test.each(supplies.filter((supply) => supply.model !== 'gpt-5.4'))(
      'a context overflow of $name',
      async ({ model }) => {
        const question = 'word '.repeat(190_000)
        const task = { url: stage.url, model, question, stream }
        if (driver === openaiResponses && stream) {
          // Codex reads an overflow only from a stream, so a streamed one is a response that failed.
          const error = await driver.run(task).catch((reason: unknown) => reason)
          expect(error).toBeInstanceOf(FailedResponse)
          expect(error).toMatchObject({ code: 'context_length_exceeded', message: expect.stringMatching(/prompt/) })
          return
        }
        const error = await failure(driver, task, 400)
        expect(error.message).toMatch(/prompt|context|token/i)
      },
    )
  })

  test.each(supplies)('giving up ends the call of $name', async ({ model }) => {
    stage.emulator.play([{ text: 'word '.repeat(400), delay: { chunks: 50 } }])
    const giveUp = new AbortController()
    const task = { url: stage.url, model, question: 'Hi', stream: true, signal: giveUp.signal }
    const ended = driver.run(task).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    await expect.poll(() => modelCalls(stage).length, { interval: 10 }).toBe(1)
    giveUp.abort()
    expect(driver.isAbort(await ended)).toBe(true)
    await expect.poll(() => modelCalls(stage)[0]?.aborted, { interval: 10, timeout: 5000 }).toBe(true)
    expect(modelCalls(stage)).toHaveLength(1)
  })
})

function retryAfter(error: Error): string | null | undefined {
  if ('headers' in error && error.headers instanceof Headers) return error.headers.get('retry-after')
  if (!('responseHeaders' in error) || typeof error.responseHeaders !== 'object') return undefined
  return new Headers({ ...error.responseHeaders }).get('retry-after')
}
