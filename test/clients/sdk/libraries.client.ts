import OpenAI from 'openai'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  anthropic,
  chatgpt,
  compatible,
  dashscope,
  forChat,
  forChatWithTools,
  openai,
  sealsSent,
  startFullStage,
  titleOf,
  upstreamCalls,
  type FullStage,
} from '../every-supply.ts'
import { pngText } from '../picture.ts'
import { expectCalls, modelCalls, startStage, type Stage } from '../stage.ts'
import { claude, gemini, gpt } from '../supplies.ts'
import type { Driver } from './driver.ts'
import { schema, speaksChat } from './drivers.ts'
import { langchain } from './langchain.ts'
import { openaiAgents } from './openai-agents.ts'
import { vercelWithStore } from './vercel.ts'

const tools = { look: 'a "quoted" line', list: 'two files' }
const question = 'call tools look with {"path":"ä/x.txt"} and list with {}'
const bothAnswered = 'The tool look answered: a "quoted" line\nThe tool list answered: two files'
const drivers: readonly Driver[] = [...langchain, ...openaiAgents, vercelWithStore]
/** LangChain asks for reasoning only from models whose names it knows for OpenAI's. */
const asksToReason = ({ name }: Driver, model: string): boolean =>
  !name.startsWith('@langchain/openai, ') || model.startsWith('gpt-')

let stage: Stage
let full: FullStage
beforeAll(async () => {
  ;[stage, full] = await Promise.all([startStage(), startFullStage()])
})
afterAll(() => Promise.all([stage.close(), full.close()]))
beforeEach(() => {
  for (const { emulator } of [stage, full]) {
    emulator.clear()
    emulator.play([])
  }
})

describe.each(drivers)('$name', (driver) => {
  describe.each([gpt, claude, gemini])('$name', (supply) => {
    const base = () => ({ url: stage.url, model: supply.model })

    test.each([false, true])('an answer with what it used, stream: %s', async (stream) => {
      stage.emulator.play([{ text: ['Good ', 'day, ', 'Ada.'], usage: { input: 321, output: 12 } }])
      const outcome = await driver.run({ ...base(), question: 'Greet me.', stream })
      expect(outcome.text).toBe('Good day, Ada.')
      // From a stream of Messages LangChain takes the input of its beginning, and adds up all outputs.
      if (!stream || driver.name !== '@langchain/anthropic') expect(outcome.usage).toEqual({ input: 321, output: 12 })
      if (stream) expect(outcome.pieces.join('')).toBe('Good day, Ada.')
      expectCalls(stage, supply, ['user'])
    })

    test.each([false, true])('two tools at once after reasoning, stream: %s', async (stream) => {
      const outcome = await driver.run({ ...base(), question, tools, thinks: true, stream })
      expect(outcome.calls).toEqual([
        { name: 'look', input: { path: 'ä/x.txt' } },
        { name: 'list', input: {} },
      ])
      expect(outcome.text).toBe(bothAnswered)
      expectCalls(stage, supply, ['user', 'agent'])
      const second = JSON.stringify(modelCalls(stage)[1]?.body)
      if (!speaksChat(driver) && asksToReason(driver, supply.model))
        expect(second).toMatch(/"(?:signature|encrypted_content|reasoning_opaque)":"[^"]{16,}/)
    })

    test('an answer in a given form', async () => {
      const document = { city: 'Oslo', warm: false }
      stage.emulator.play([{ text: JSON.stringify(document) }])
      const outcome = await driver.run({ ...base(), question: 'Where?', schema })
      expect(JSON.parse(outcome.text)).toEqual(document)
      expectCalls(stage, supply, ['user'])
    })

    test('an image', async () => {
      const outcome = await driver.run({ ...base(), question: 'What is this?', image: pngText })
      expect(outcome.text).toContain(`I see image/png of ${Buffer.from(pngText, 'base64').length} bytes.`)
      expectCalls(stage, supply, ['user'])
    })

    test('a bad request keeps the words of the service', async () => {
      const error = { message: 'The frobnicator is bent.', code: 'invalid_request_body' }
      stage.emulator.play([{ status: 400, error, times: 0 }])
      await expect(driver.run({ ...base(), question: 'Hi' })).rejects.toThrow('The frobnicator is bent.')
    })

    test('giving up ends the call', async () => {
      stage.emulator.play([{ text: 'word '.repeat(400), delay: { chunks: 50 } }])
      const giveUp = new AbortController()
      const ended = driver.run({ ...base(), question: 'Hi', stream: true, signal: giveUp.signal }).catch(() => 'over')
      await expect.poll(() => modelCalls(stage).length, { interval: 10 }).toBe(1)
      giveUp.abort()
      await ended
      await expect.poll(() => modelCalls(stage)[0]?.aborted, { interval: 10, timeout: 5000 }).toBe(true)
    })
  })

  const others = [openai, anthropic, compatible, dashscope, chatgpt].map((supply) => [titleOf(supply), supply] as const)
  test.each(others)('two tools at once after reasoning on %s', async (_, asked) => {
    const model = `${asked.supply}/${asked.model}`
    const chat = asksToReason(driver, model) ? forChatWithTools(asked) : forChat(asked)
    const supply = speaksChat(driver) ? chat : asked
    const outcome = await driver.run({ url: full.url, model, question, tools, thinks: supply.reasons, stream: true })
    expect(outcome.calls).toHaveLength(2)
    expect(outcome.text).toBe(bothAnswered)
    // What a service does not know is refused once, and then the gateway knows.
    const accepted = upstreamCalls(full).filter(({ status }) => status === 200)
    expect(accepted.map(({ path }) => path)).toEqual([supply.path, supply.path])
    if (supply.seal === undefined || !asksToReason(driver, model)) return
    // Who lets OpenAI store its answers refers to them.
    if (driver !== vercelWithStore || supply !== openai) expect(sealsSent(full, supply)).toBe(1)
  })
})

test.each([gpt, claude, gemini])('openai on $name: each answer names the one before it', async (supply) => {
  const client = new OpenAI({ apiKey: 'none', baseURL: `${stage.url}/v1`, maxRetries: 0 })
  const { model } = supply
  const first = await client.responses.create({ model, input: 'The kettle is blue.' })
  const stream = client.responses.stream({ model, input: 'And the cup is red.', previous_response_id: first.id })
  const second = await stream.finalResponse()
  const third = await client.responses.create({ model, input: 'What is blue?', previous_response_id: second.id })
  expect(third.output_text).toBe('You said: What is blue?')
  expectCalls(stage, supply, ['user', 'user', 'user'])
  const history = JSON.stringify(modelCalls(stage)[2]?.body)
  expect(history).toMatch(
    /The kettle is blue\..*You said: The kettle.*the cup is red\..*You said: And the cup.*What is/s,
  )
  const forgotten = client.responses.create({ model, input: 'Hi', previous_response_id: 'resp_never' })
  await expect(forgotten).rejects.toThrow(OpenAI.BadRequestError)
})
