import { expect, test } from 'vitest'
import { sessionOf } from './session.ts'

test.each([
  ['a header of Claude Code', { 'x-claude-code-session-id': 's1' }, {}, 's1'],
  ['a header of Codex', { 'session-id': 's2' }, {}, 's2'],
  ['user_id as JSON', {}, { metadata: { user_id: '{"device_id":"d","session_id":"s3"}' } }, 's3'],
  ['user_id of older clients', {}, { metadata: { user_id: 'user_abc_account__session_s4-5' } }, 's4-5'],
  ['a cache key', {}, { prompt_cache_key: 's5' }, 's5'],
  ['nothing', {}, { metadata: { user_id: 'someone' } }, undefined],
])('%s', (_what, headers, body, session) => {
  expect(sessionOf({ headers, body })).toBe(session)
})
