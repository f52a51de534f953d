import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { expectCalls, modelCalls, startStage, type Stage } from '../stage.ts'
import { supplies } from '../supplies.ts'
import { pngText } from '../picture.ts'
import { drivers, schema, speaksChat } from './drivers.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.close())
beforeEach(() => {
  stage.emulator.clear()
  stage.emulator.play([])
})

describe.each(drivers)('$name', (driver) => {
  describe.each(supplies)('$name', (supply) => {
    const base = () => ({ url: stage.url, model: supply.model })

    test('a plain answer, with what it used', async () => {
      stage.emulator.play([{ text: 'Good day, Ada.', usage: { input: 321, output: 12 } }])
      const outcome = await driver.run({ ...base(), question: 'Greet me.' })
      expect(outcome).toMatchObject({ text: 'Good day, Ada.', usage: { input: 321, output: 12 } })
      expectCalls(stage, supply, ['user'])
    })

    test('a stream, with what it used', async () => {
      stage.emulator.play([{ text: ['Good ', 'day, ', 'Ada.'], usage: { input: 321, output: 12 } }])
      const outcome = await driver.run({ ...base(), question: 'Greet me.', stream: true })
      expect(outcome).toMatchObject({ text: 'Good day, Ada.', usage: { input: 321, output: 12 } })
      expect(outcome.pieces.length).toBeGreaterThan(1)
      expect(outcome.pieces.join('')).toBe('Good day, Ada.')
      expectCalls(stage, supply, ['user'])
    })

    test.each([false, true])('two tools at once and their results, stream: %s', async (stream) => {
      const outcome = await driver.run({
        ...base(),
        question: 'call tools look with {"path":"ä/x.txt"} and list with {}',
        tools: { look: 'a "quoted" line', list: 'two files' },
        stream,
      })
      expect(outcome.calls).toEqual([
        { name: 'look', input: { path: 'ä/x.txt' } },
        { name: 'list', input: {} },
      ])
      expect(outcome.text).toBe('The tool look answered: a "quoted" line\nThe tool list answered: two files')
      expectCalls(stage, supply, ['user', 'agent'])
    })

    test.each([false, true])('an answer in a given form, stream: %s', async (stream) => {
      const document = { city: 'Oslo', warm: false }
      stage.emulator.play([{ text: JSON.stringify(document) }])
      const outcome = await driver.run({ ...base(), question: 'Where?', schema, stream })
      expect(JSON.parse(outcome.text)).toEqual(document)
      expectCalls(stage, supply, ['user'])
      expect(JSON.stringify(modelCalls(stage)[0]?.body)).toContain('warm')
    })

    test('an image', async () => {
      const outcome = await driver.run({ ...base(), question: 'What is this?', image: pngText })
      expect(outcome.text).toContain(`I see image/png of ${Buffer.from(pngText, 'base64').length} bytes.`)
      expectCalls(stage, supply, ['user'])
    })

    if (supply.reasons)
      test.each([false, true])('reasoning goes back with the tool results, stream: %s', async (stream) => {
        const outcome = await driver.run({
          ...base(),
          question: 'call tool look with {"path":"x"}',
          tools: { look: 'found' },
          thinks: true,
          stream,
        })
        expect(outcome.text).toBe('The tool look answered: found')
        expectCalls(stage, supply, ['user', 'agent'])
        const [first, second] = modelCalls(stage).map(({ body }) => JSON.stringify(body))
        expect(first).toMatch(/"thinking":\{|"reasoning":\{|"reasoning_effort"|"thinking_budget"/)
        // Vercel's chat provider for OpenAI has no reasoning, as OpenAI's own chat has none; the compatible one has no place
        // for what is sealed. GPT shows a summary only to who asks for one, and chat has no words for that.
        if (driver.name !== '@ai-sdk/openai, chat' && !(speaksChat(driver) && supply.path === '/responses'))
          expect(outcome.reasoning).toContain('The request is:')
        if (driver.name.startsWith('@ai-sdk/openai, chat') || driver.name.includes('compatible')) return
        expect(second).toMatch(/"(?:signature|encrypted_content|reasoning_opaque)":"[^"]{16,}/)
      })
  })
})
