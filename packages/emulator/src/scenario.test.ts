import { describe, expect, test } from 'vitest'
import { createPlaybook, readScenario } from './scenario.ts'
import type { Scenario } from './scenario.ts'
import { withTrial } from './trial.test-support.ts'
import type { Trial } from './trial.test-support.ts'

const chat = (trial: Trial, content = 'hi', stream = false) =>
  trial.post('/chat/completions', { model: 'gpt-5.2', messages: [{ role: 'user', content }], stream })
const text = async (trial: Trial, content?: string): Promise<unknown> => {
  const { json } = await chat(trial, content)
  return JSON.stringify(json).match(/"content":"([^"]*)"/)?.[1]
}
const playing = (scenario: Scenario, use: (trial: Trial) => Promise<void>): Promise<void> =>
  withTrial({ scenario }, use)

describe('a scenario', () => {
  test('serves its steps in order, then the stand-in answers', () =>
    playing([{ text: 'one' }, { text: 'two', times: 2 }], async (trial) => {
      expect([await text(trial), await text(trial), await text(trial), await text(trial)]).toEqual([
        'one',
        'two',
        'two',
        'You said: hi',
      ])
      expect(trial.emulator.stepsLeft()).toBe(0)
    }))

  test('chooses steps by body, model, path and count', () => {
    const book = createPlaybook([
      { name: 'second', when: { nth: 2 } },
      { name: 'body', when: { body: 'needle' } },
      { name: 'model', when: { model: 'm' }, times: 0 },
      { name: 'list', when: { path: '/models' } },
    ])
    const take = (model: string, body: string, path = '/responses') =>
      book.take({ path, model, body, isModelCall: path !== '/models' })?.name
    expect([
      take('x', ''),
      take('x', 'needle'),
      take('x', 'a needle'),
      take('m', ''),
      take('m', ''),
      take('x', ''),
    ]).toEqual([undefined, 'second', 'body', 'model', 'model', undefined])
    expect([take('', '', '/models'), take('', '', '/models')]).toEqual(['list', undefined])
  })

  test('gives usage, finish and logprobs as told', () =>
    playing(
      [{ text: 'a b', finish: 'length', logprobs: true, usage: { input: 1000, output: 7, cached: 900, reasoning: 3 } }],
      async (trial) => {
        const { json } = await chat(trial)
        expect(json).toMatchObject({
          choices: [{ finish_reason: 'length', logprobs: { content: [{ token: 'a ' }, { token: 'b' }] } }],
          usage: {
            prompt_tokens: 1000,
            completion_tokens: 7,
            prompt_tokens_details: { cached_tokens: 900 },
            completion_tokens_details: { reasoning_tokens: 3 },
          },
        })
      },
    ))

  test('interleaves the deltas of parallel calls, and sends broken arguments as they are', () =>
    playing(
      [
        {
          toolCalls: [
            { name: 'a', arguments: '{"broken' },
            { name: 'b', arguments: {} },
          ],
          interleave: true,
        },
      ],
      async (trial) => {
        const { events } = await trial.post('/responses', { model: 'gpt-5.2', input: 'hi', stream: true })
        const indexes = events.flatMap(({ output_index: index }) => (typeof index === 'number' ? [index] : []))
        expect(indexes.slice(0, 4)).toEqual([0, 1, 0, 1])
        expect(JSON.stringify(events.at(-1))).toContain('"arguments":"{\\"broken"')
      },
    ))

  test('accepts scripted reasoning when it comes back', () =>
    playing([{ reasoning: { text: 'hm', opaque: 'c2NyaXB0ZWQ=' }, text: 'a' }], async (trial) => {
      const question = { role: 'user', content: 'hi' }
      const body = { model: 'claude-sonnet-4.5', max_tokens: 2000, messages: [question] }
      const { json } = await trial.post('/v1/messages', body)
      expect(json).toMatchObject({ content: [{ type: 'thinking', signature: 'c2NyaXB0ZWQ=' }, { text: 'a' }] })
      const messages = [question, { role: 'assistant', content: json['content'] }, question]
      expect((await trial.post('/v1/messages', { ...body, messages })).status).toBe(200)
    }))

  test('answers with errors, raw bodies and recorded streams', () =>
    playing(
      [
        { status: 503, body: '<html>', contentType: 'text/html', headers: { 'retry-after': '7' } },
        { error: { message: 'no', code: 'x' } },
        { status: 500, body: '' },
        { sse: 'data: {"a":1}\n\ndata: [DONE]\n\n' },
        { sse: [{ type: 'ping' }, { type: 'end' }] },
        { body: { any: 'json' } },
      ],
      async (trial) => {
        const html = await chat(trial)
        expect([html.status, html.text, html.headers.get('content-type'), html.headers.get('retry-after')]).toEqual([
          503,
          '<html>',
          'text/html',
          '7',
        ])
        const error = await chat(trial)
        expect([error.status, error.json]).toEqual([400, { error: { message: 'no', code: 'x' } }])
        expect(await chat(trial)).toMatchObject({ status: 500, text: '' })
        expect((await chat(trial)).text).toBe('data: {"a":1}\n\ndata: [DONE]\n\n')
        expect((await chat(trial)).text).toBe(
          'event: ping\ndata: {"type":"ping"}\n\nevent: end\ndata: {"type":"end"}\n\n',
        )
        expect((await chat(trial)).json).toEqual({ any: 'json' })
      },
    ))

  test('cuts after events, inside an event, and after bytes', () =>
    playing(
      [
        { text: 'a b c d', cut: { afterEvents: 2, how: 'end' } },
        { text: 'a b c d', cut: { afterEvents: 2, inside: true, how: 'end' } },
        { text: 'a b c d', cut: { afterBytes: 10 } },
      ],
      async (trial) => {
        const clean = await chat(trial, 'hi', true)
        expect([clean.events.length, clean.text.endsWith('\n\n'), clean.broken]).toEqual([2, true, false])
        expect((await chat(trial, 'hi', true)).text).not.toMatch(/\n\n$/)
        expect(await chat(trial, 'hi', true)).toMatchObject({ broken: true })
      },
    ))

  test('delays are kept in order: silence, then the rest', () =>
    playing([{ text: 'a b', delay: { headers: 5, chunks: 1, silence: { afterEvents: 1, ms: 5 } } }], async (trial) => {
      expect((await chat(trial, 'hi', true)).text).toContain('[DONE]')
    }))

  test('answers other paths too, and a refused call uses nothing up', () =>
    playing(
      [{ when: { path: '/copilot_internal/v2/token' }, status: 500, body: 'down' }, { text: 'kept' }],
      async (trial) => {
        expect((await trial.get('/copilot_internal/v2/token')).status).toBe(500)
        expect((await trial.get('/copilot_internal/v2/token')).status).toBe(200)
        expect((await trial.post('/chat/completions', { model: 'none', messages: [] })).status).toBe(400)
        expect(await text(trial)).toBe('kept')
      },
    ))

  test('that is not one is refused with its place', () => {
    expect(() => readScenario({})).toThrow('a scenario is a list of steps')
    expect(() => readScenario([{}, { txt: 'a' }])).toThrow('step 1 has an unknown member: txt')
  })
})
