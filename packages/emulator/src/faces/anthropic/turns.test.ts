import { expect, test } from 'vitest'
import { withTrial } from '../../trial.test-support.ts'

const headers = { authorization: '', 'x-api-key': 'sk-ant-api03-x', 'anthropic-version': '2023-06-01' }
const user = { role: 'user', content: 'hi there' }
const system = { role: 'system', content: 'From now on, be brief.' }
const path = '/anthropic/v1/messages'

test('the newest models take turns of role system, and settings of single turns with their beta', () =>
  withTrial({}, async ({ post }) => {
    const ask = { model: 'claude-opus-4-8', max_tokens: 100, messages: [user, system] }
    expect((await post(path, ask, headers)).status).toBe(200)
    expect((await post(path, { ...ask, model: 'claude-opus-4-7' }, headers)).status).toBe(400)
    const own = { ...ask, messages: [{ ...user, output_config: { effort: 'low' } }, system] }
    expect((await post(path, own, headers)).status).toBe(400)
    const betas = { ...headers, 'anthropic-beta': 'per-turn-control-2026-07-01' }
    expect((await post(path, own, betas)).status).toBe(200)
  }))

test('compaction is an edit, with its beta', () =>
  withTrial({}, async ({ post }) => {
    const context_management = { edits: [{ type: 'compact_20260112' }] }
    const ask = { model: 'claude-opus-4-8', max_tokens: 100, messages: [user], context_management }
    expect((await post(path, ask, { ...headers, 'anthropic-beta': 'compact-2026-01-12' })).status).toBe(200)
    expect((await post(path, ask, headers)).status).toBe(400)
  }))

test('a forced tool is refused beside thinking by budget, and taken beside adaptive thinking', () =>
  withTrial({}, async ({ post }) => {
    const tools = [{ name: 'read', input_schema: { type: 'object' } }]
    const ask = { model: 'claude-opus-4-6', max_tokens: 2000, messages: [user], tools, tool_choice: { type: 'any' } }
    expect((await post(path, { ...ask, thinking: { type: 'adaptive' } }, headers)).status).toBe(200)
    const budget = { type: 'enabled', budget_tokens: 1024 }
    expect((await post(path, { ...ask, thinking: budget }, headers)).status).toBe(400)
  }))

test.each([{ type: 'create' }, { type: 'continue', previous_message_id: 'msg_1' }])(
  'a thread is refused in the words after which clients send the whole conversation: %j',
  (thread) =>
    withTrial({}, async ({ post }) => {
      const ask = { model: 'claude-opus-4-8', max_tokens: 100, messages: [user], thread }
      const answer = await post(path, ask, { ...headers, 'anthropic-beta': 'message-threads-2026-08-12' })
      expect([answer.status, answer.json]).toMatchObject([
        400,
        {
          error: {
            type: 'invalid_request_error',
            details: { error_code: 'thread_unsupported_request', unsupported: ['thread'] },
          },
        },
      ])
      expect((await post(path, ask, headers)).json).toMatchObject({
        error: { message: expect.stringMatching(/^thread: Extra inputs/) },
      })
    }),
)

test('by a quirk, schemas make too large a grammar', () =>
  withTrial({}, async ({ post, emulator }) => {
    const ask = { model: 'claude-opus-4-8', max_tokens: 100, messages: [user] }
    const schema = { type: 'object', properties: {}, additionalProperties: false }
    const format = { output_config: { format: { type: 'json_schema', schema } } }
    const strict = { tools: [{ name: 'read', input_schema: schema, strict: true }] }
    for (const more of [format, strict]) expect((await post(path, { ...ask, ...more }, headers)).status).toBe(200)
    emulator.setQuirks({ 'anthropic-grammar-limited': true })
    for (const more of [format, strict])
      expect((await post(path, { ...ask, ...more }, headers)).json).toMatchObject({
        error: { message: expect.stringMatching(/^The compiled grammar is too large/) },
      })
    expect((await post(path, ask, headers)).status).toBe(200)
  }))
