import type { Model } from '@crossfeed/engine'
import { describe, expect, test } from 'vitest'
import { anthropicEntry, listModels, modelEntry } from './model-list.ts'

const model = (id: string, raw: Model['raw'] = {}): Model => ({
  id,
  name: id,
  vendor: 'x',
  endpoints: ['responses'],
  webSocket: [],
  embeddings: false,
  limits: {},
  supports: { streaming: true },
  raw,
})
const told = { slug: 'gpt-5.5', base_instructions: 'You code.', model_messages: { a: 'b' }, context_window: 272_000 }

describe('the list that Codex reads', () => {
  test('is empty where nobody knows what Codex says to a model: Codex then goes by its own list', () => {
    const models = [model('gpt-5.5'), model('claude-sonnet-4.6')]
    expect(listModels(models, 'codex')).toMatchObject({ models: [], data: [{ id: 'gpt-5.5' }, {}] })
    expect(listModels(models, 'any').models).toHaveLength(2)
  })

  test('has what ChatGPT says of its models, by its name and by the one that is served, and nothing else', () => {
    const { models } = listModels([model('claude-sonnet-4.6'), model('codex/gpt-5.5', told)], 'codex')
    expect(models).toEqual([told, { ...told, slug: 'codex/gpt-5.5' }])
  })

  test('alone has what is said to a model', () => {
    for (const reader of ['any', 'codex', 'claude-code'] as const)
      expect(JSON.stringify(listModels([model('codex/gpt-5.5', told)], reader).data)).not.toContain('You code.')
  })
})

describe('an entry that a client of Anthropic reads', () => {
  const entry = (raw: Model['raw']) => anthropicEntry(modelEntry(model('m', raw), 'm'))

  test('has every member that its package wants, and null for what is not known', () => {
    expect(entry({ capabilities: { type: 'chat', supports: { vision: true } } })).toMatchObject({
      type: 'model',
      display_name: 'm',
      created_at: '1970-01-01T00:00:00Z',
      lifecycle: 'active',
      capabilities: null,
      max_tokens: null,
    })
  })

  test('keeps what Anthropic says of its own models', () => {
    const capabilities = { image_input: { supported: true }, pdf_input: { supported: true } }
    expect(entry({ capabilities, lifecycle: 'deprecated' })).toMatchObject({ capabilities, lifecycle: 'deprecated' })
  })
})
