import { expect, test } from 'vitest'
import { loadText } from '../config/load.test-support.ts'
import { redactFor } from './context.ts'

test('no key of a supply is shown, wherever the file keeps it', async () => {
  const settings = await loadText(`providers:
  a: { type: openai, apiKey: canary-one }
  b: { type: openai, bearerToken: canary-two }
  c: { type: openai, authType: none, headers: { X-Team-Key: canary-three } }
  codex: { headers: { X-Team-Key: canary-four } }
model_list:
  - model_name: d
    litellm_params: { model: openai/gpt-5, api_key: canary-five }
general_settings: { master_key: canary-six }
`)
  const text = redactFor(settings, {})('canary-one canary-two canary-three canary-four canary-five canary-six')
  expect(text).not.toContain('canary')
})
