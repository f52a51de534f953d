import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  azure,
  expectAccepted,
  forChat,
  forChatWithTools,
  openai,
  otherSupplies,
  sealsSent,
  startFullStage,
  titleOf,
  upstreamCalls,
  type FullStage,
} from '../every-supply.ts'
import { pngText } from '../picture.ts'
import { drivers, schema, speaksChat } from './drivers.ts'

let stage: FullStage
beforeAll(async () => {
  stage = await startFullStage()
  // What a model refuses beside tools is learned once.
  const parameters = { type: 'object', properties: {} }
  const answer = await fetch(`${stage.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: `${openai.supply}/${openai.model}`,
      messages: [{ role: 'user', content: 'Hi' }],
      tools: [{ type: 'function', function: { name: 'look', parameters } }],
      reasoning_effort: 'low',
    }),
  })
  expect(upstreamCalls(stage).map(({ status }) => status)).toEqual([400, 200])
  expect(answer.status).toBe(200)
})
afterAll(() => stage.close())
beforeEach(() => {
  stage.emulator.clear()
  stage.emulator.play([])
  stage.lines.splice(0)
})

const named = otherSupplies.map((supply) => [titleOf(supply), supply] as const)

describe.each(drivers)('$name', (driver) => {
  describe.each(named)('on %s', (_, asked) => {
    const supply = speaksChat(driver) ? forChat(asked) : asked
    const prefixed = () => ({ url: stage.url, model: `${supply.supply}/${supply.model}` })
    const routed = () => ({ url: `${stage.url}/${supply.supply}`, model: supply.model })

    test.each([false, true])('two tools at once and their results, stream: %s', async (stream) => {
      const outcome = await driver.run({
        ...prefixed(),
        question: 'call tools look with {"path":"ä/x.txt"} and list with {}',
        tools: { look: 'a "quoted" line', list: 'two files' },
        thinks: supply.reasons,
        stream,
      })
      expect(outcome.calls).toEqual([
        { name: 'look', input: { path: 'ä/x.txt' } },
        { name: 'list', input: {} },
      ])
      expect(outcome.text).toBe('The tool look answered: a "quoted" line\nThe tool list answered: two files')
      expect(outcome.usage.input).toBeGreaterThan(0)
      expect(outcome.usage.output).toBeGreaterThan(0)
      expectAccepted(stage, speaksChat(driver) ? forChatWithTools(asked) : asked, 2)
      if (supply.seal !== undefined) expect(sealsSent(stage, supply)).toBe(1)
    })

    test.each([false, true])('an answer in a given form, stream: %s', async (stream) => {
      const document = { city: 'Oslo', warm: false }
      stage.emulator.play([{ text: JSON.stringify(document) }])
      const outcome = await driver.run({ ...prefixed(), question: 'Where?', schema, stream })
      expect(JSON.parse(outcome.text)).toEqual(document)
      expectAccepted(stage, supply, 1)
      expect(JSON.stringify(upstreamCalls(stage)[0]?.body)).toContain('"warm"')
    })

    test.each([false, true])('an image at the supply’s own route, stream: %s', async (stream) => {
      const outcome = await driver.run({ ...routed(), question: 'What is this?', image: pngText, stream })
      expect(outcome.text).toContain(`I see image/png of ${Buffer.from(pngText, 'base64').length} bytes.`)
      if (stream) expect(outcome.pieces.join('')).toBe(outcome.text)
      expectAccepted(stage, supply, 1)
      expect(stage.lines).toMatchObject([{ status: 200 }])
    })
  })
})

describe.each(drivers)('$name gives up', (driver) => {
  test.each(named)('which ends the call at %s', async (_, supply) => {
    stage.emulator.play([{ text: 'word '.repeat(400), delay: { chunks: 50 } }])
    const giveUp = new AbortController()
    const model = `${supply.supply}/${supply.model}`
    const task = { url: stage.url, model, question: 'Hi', stream: true, signal: giveUp.signal }
    const ended = driver.run(task).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    await expect.poll(() => upstreamCalls(stage).length, { interval: 10 }).toBe(1)
    giveUp.abort()
    expect(driver.isAbort(await ended)).toBe(true)
    await expect.poll(() => upstreamCalls(stage)[0]?.aborted, { interval: 10, timeout: 5000 }).toBe(true)
    expect(upstreamCalls(stage)).toHaveLength(1)
  })
})

test('openai, with an address that ends in a slash as Azure documents its own', async () => {
  const client = new OpenAI({ apiKey: 'any', baseURL: `${stage.url}/azure/v1/`, maxRetries: 0 })
  const reply = await client.responses.create({ model: azure.model, input: 'Hi', store: false })
  expect(reply.output_text).toBe('You said: Hi')
  const messages = [{ role: 'user' as const, content: 'Hi' }]
  const answer = await client.chat.completions.create({ model: azure.model, messages })
  expect(answer.choices[0]?.message.content).toBe('You said: Hi')
  expect(upstreamCalls(stage).map(({ path }) => path)).toEqual([azure.path, azure.chatPath])
  expect((await client.models.list()).data.map(({ id }) => id)).toContain(azure.model)
})
