import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import { withTrial } from '../../trial.test-support.ts'
import type { Trial } from '../../trial.test-support.ts'

const model = 'openai/gpt-oss-120b'
const chat = ({ post }: Trial, messages: readonly unknown[], more: object = {}) =>
  post('/compatible/v1/chat/completions', { model, messages, ...more })
const hi = { role: 'user', content: 'hi' }

describe('the face of a compatible server', () => {
  const wrong: Readonly<Record<string, readonly unknown[]>> = {
    'cache marks': [{ role: 'user', content: [{ type: 'text', text: 'a', cache_control: { type: 'ephemeral' } }] }],
    'cache marks on messages': [{ ...hi, cache_control: { type: 'ephemeral' } }],
    'unknown content parts': [{ role: 'user', content: [{ type: 'tool_reference', tool_name: 'a' }] }],
    'tool results without a call': [{ role: 'tool', tool_call_id: 'x', content: 'a' }],
  }
  for (const [name, messages] of Object.entries(wrong)) {
    test(`refuses ${name}`, async () => {
      await withTrial({}, async (trial) => {
        const { status, json } = await chat(trial, messages)
        expect([status, json]).toMatchObject([400, { error: { type: 'BadRequestError', code: 400 } }])
      })
    })
  }

  test.each([
    [{ tool_choice: 'required' }, 'When using `tool_choice`, `tools` must be set.'],
    [{ stream_options: { include_usage: true } }, 'Stream options can only be defined when `stream=True`.'],
  ])('refuses what goes only with something else: %j', async (more, message) => {
    await withTrial({}, async (trial) => {
      expect(await chat(trial, [hi], more)).toMatchObject({ status: 400, json: { error: { message } } })
    })
  })

  test('takes a tool whose schema has a member called cache_control', async () => {
    await withTrial({}, async (trial) => {
      const parameters = { type: 'object', properties: { cache_control: { type: 'string' } } }
      const tools = [{ type: 'function', function: { name: 'a', parameters } }]
      expect((await chat(trial, [hi], { tools })).status).toBe(200)
    })
  })

  test('knows the developer role unless it is told not to', async () => {
    const messages = [{ role: 'developer', content: 'Be short.' }, hi]
    await withTrial({}, async (trial) => expect((await chat(trial, messages)).status).toBe(200))
    await withTrial({ faces: { compatible: { developerRole: false } } }, async (trial) =>
      expect(await chat(trial, messages)).toMatchObject({
        status: 400,
        json: { error: { message: expect.stringContaining("'developer'") } },
      }),
    )
  })

  test('shows its reasoning in the member that its version has', async () => {
    await withTrial({}, async (trial) =>
      expect((await chat(trial, [hi])).text).toContain('"reasoning_content":"The request'),
    )
    await withTrial({ faces: { compatible: { reasoning: 'reasoning' } } }, async (trial) =>
      expect((await chat(trial, [hi])).text).toContain('"reasoning":"The request'),
    )
  })

  test('wants a key only where keys are set', async () => {
    await withTrial({ faces: { compatible: { keys: ['local'] } } }, async ({ get }) => {
      expect(await get('/compatible/v1/models', { authorization: '' })).toMatchObject({
        status: 401,
        json: { error: 'Unauthorized' },
      })
      expect((await get('/compatible/v1/models', { authorization: 'Bearer local' })).status).toBe(200)
    })
    await withTrial({}, async ({ get }) =>
      expect((await get('/compatible/v1/models', { authorization: '' })).status).toBe(200),
    )
  })

  test('serves chat, responses and vectors to the official package, and no unknown model', async () => {
    await withTrial({}, async ({ emulator }) => {
      const client = new OpenAI({ apiKey: 'none', baseURL: `${emulator.urls.compatible}/v1`, maxRetries: 0 })
      const answer = await client.responses.create({ model, input: 'hi' })
      expect(answer.output_text).toBe('You said: hi')
      const { data } = await client.embeddings.create({ model: 'BAAI/bge-m3', input: ['a'] })
      expect(data[0]?.embedding).toHaveLength(1024)
      await expect(
        client.chat.completions.create({ model: 'none', messages: [{ role: 'user', content: 'a' }] }),
      ).rejects.toMatchObject({ status: 404, type: 'NotFoundError' })
    })
  })
})
