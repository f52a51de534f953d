import { expect, test } from 'vitest'
import { withTrial } from '../trial.test-support.ts'

test.each([
  ['gpt-4.1', 400],
  ['claude-sonnet-4.5', 200],
  ['gemini-3.1-pro-preview', 200],
])('a long name of a user is refused as OpenAI does, of models that are its own: %s', async (model, status) => {
  await withTrial({}, async ({ post }) => {
    const messages = [{ role: 'user', content: 'hi' }]
    expect((await post('/chat/completions', { model, messages, user: 'a'.repeat(65) })).status).toBe(status)
  })
})
