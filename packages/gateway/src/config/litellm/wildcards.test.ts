import { expect, test } from 'vitest'
import { loadText } from '../load.test-support.ts'
import { entry, list } from './entries.test-support.ts'

test('wildcards name their provider', async () => {
  const text = list(
    entry('anthropic/*', 'anthropic/*', 'api_key: k'),
    entry('my-gpt/*', 'openai/*', 'api_key: k'),
    entry('github_copilot/*', 'github_copilot/*'),
    entry('gpt-5', 'openai/gpt-5', 'api_key: k'),
  )
  const { providers, copilot, aliases, warnings } = await loadText(text)
  expect(providers.map(({ name, type }) => [name, type])).toEqual([
    ['anthropic', 'anthropic'],
    ['my-gpt', 'openai'],
  ])
  expect(copilot).toBe(true)
  expect(aliases).toEqual([{ name: 'gpt-5', targets: [{ provider: 'my-gpt', model: 'gpt-5' }] }])
  expect(warnings).toEqual([])
})

test('names with a star are aliases', async () => {
  const text = list(
    entry('*', 'openai/*', 'api_key: k'),
    entry('claude-*', 'anthropic/claude-*', 'api_key: k'),
    entry('fixed-*', 'anthropic/claude-opus-4-6', 'api_key: k'),
    entry('openai/*', 'openai/*', 'api_key: one'),
    entry('openai/*', 'openai/*', 'api_key: two'),
  )
  const { aliases, warnings, providers } = await loadText(text)
  expect(providers.map(({ name, apiKey }) => [name, apiKey])).toEqual([
    ['openai', 'one'],
    ['openai-api', 'two'],
    ['openai-api-2', 'k'],
    ['anthropic', 'k'],
  ])
  expect(aliases).toEqual([
    { name: '*', targets: [{ provider: 'openai-api-2', model: '*' }] },
    { name: 'claude-*', targets: [{ provider: 'anthropic', model: 'claude-*' }] },
    { name: 'fixed-*', targets: [{ provider: 'anthropic', model: 'claude-opus-4-6' }] },
    {
      name: 'openai/*',
      targets: [
        { provider: 'openai', model: '*' },
        { provider: 'openai-api', model: '*' },
      ],
    },
  ])
  expect(warnings).toEqual([])
})

test('stars that stand for nothing are named', async () => {
  const text = list(
    entry('x', '*'),
    entry('y', 'openai/*', 'api_key: k'),
    entry('a-*-b-*', 'openai/gpt-5', 'api_key: k'),
    entry('z-*', 'openai/*', 'api_key: k, temperature: 0'),
  )
  expect((await loadText(text)).warnings).toEqual([
    'config.yaml, line 2: model_list entry 1 (x) is left out: model: "*" names no provider; write openai/* or another',
    'config.yaml, line 4: model_list entry 2 (y) is left out: nothing in its name says what * in openai/* stands for',
    'config.yaml, line 6: model_list entry 3 (a-*-b-*) is left out: a name may have one star',
    'config.yaml, line 8: model_name z-* (LiteLLM): temperature cannot be set for a name with a star; name the model',
  ])
})
