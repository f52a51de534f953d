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
