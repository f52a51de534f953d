import type { JsonObject } from '@crossfeed/protocols'
import { describe, expect, it } from 'vitest'
import { models } from './patches/target.test-support.ts'
import { copilotLimits, copilotTraits, type ModelFacts } from './traits.ts'

const named = (id: string, vendor: string, supports: ModelFacts['raw'] = {}): ModelFacts => ({
  id,
  vendor,
  limits: {},
  supports: {},
  raw: { capabilities: { supports } },
})

describe('traits of Copilot models', () => {
  it.each([
    ['gpt-4o', 'max_tokens'],
    ['gpt-41-copilot', 'max_tokens'],
    ['gpt-5-mini', 'max_completion_tokens'],
    ['gpt-5.6', 'max_completion_tokens'],
    ['o4-mini', 'max_completion_tokens'],
    ['grok-4.5', 'max_tokens'],
  ])('%s takes %s', (id, field) => {
    expect(copilotTraits(named(id, 'OpenAI'), 'chat').maxTokensField).toBe(field)
  })

  it('differ by protocol', () => {
    expect(copilotTraits(models.sonnet46, 'messages')).toMatchObject({
      cacheMarks: 'parts',
      prefill: false,
      documents: true,
      toolResultMedia: true,
      hostedTools: false,
      customTools: false,
      maxOutput: 32_000,
      reasoning: { efforts: ['low', 'medium', 'high'], adaptive: true, budget: { min: 1024, max: 32_000 } },
    })
    expect(copilotTraits(models.sonnet46, 'chat')).toMatchObject({
      cacheMarks: 'messages',
      documents: false,
      reasoningField: 'reasoning_text',
    })
    expect(copilotTraits(models.gpt52, 'chat')).toMatchObject({ cacheMarks: 'none', prefill: true, customTools: false })
    expect(copilotTraits(models.gpt52, 'responses')).toMatchObject({
      customTools: true,
      hostedTools: true,
      namespaces: true,
    })
  })

  it('of structured output follow the entry, else the vendor', () => {
    const takes = (model: ModelFacts): boolean => copilotTraits(model, 'chat').jsonSchema
    expect(takes(named('gemini-3', 'Google', { structured_outputs: true }))).toBe(true)
    expect(takes(named('claude-sonnet-4.5', 'Anthropic'))).toBe(false)
    expect(takes(named('gpt-4o', 'Azure OpenAI'))).toBe(true)
    expect(takes(named('gpt-4', 'Azure OpenAI'))).toBe(false)
  })

  it('of reasoning are none when the entry lists none, and unknown when it says nothing', () => {
    expect(copilotTraits(named('x', 'Google'), 'chat').reasoning).toEqual({ efforts: [], adaptive: false })
    expect(copilotTraits({ ...named('x', 'Google'), raw: {} }, 'chat').reasoning.efforts).toBeUndefined()
  })

  it('limits know how many tools are too many', () => {
    expect(copilotLimits(models.gpt52)).toEqual({ output: 128_000, tools: 128 })
    expect(copilotLimits(named('grok-4.5', 'xAI')).tools).toBe(350)
    expect(copilotLimits(models.sonnet45).tools).toBeUndefined()
  })

  it('limits know which models see no images', () => {
    const listed = (supports: JsonObject) =>
      copilotLimits({ ...models.gpt4o, raw: { capabilities: { supports } } }).images
    expect(listed({ streaming: true })).toBe(0)
    expect(listed({ streaming: true, vision: true })).toBeUndefined()
    expect(listed({})).toBeUndefined()
    expect(copilotLimits({ ...models.gpt4o, raw: {} }).images).toBeUndefined()
  })
})
