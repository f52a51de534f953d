import { describe, expect, it } from 'vitest'
import type { Part } from '../core/part.ts'
import type { Turn } from '../core/prompt.ts'
import { readRequest } from './read-request.ts'
import { assistant, call, result, said, tool, user, write } from './written-request.test-support.ts'

describe('reasoning', () => {
  const budgetOnly = { adaptive: false, budget: { min: 1024, max: 32_000 } }
  const adaptiveOnly = { adaptive: true, efforts: ['low', 'medium', 'high'] }

  it.each([
    ['minimal', { type: 'enabled', budget_tokens: 1024 }],
    ['low', { type: 'enabled', budget_tokens: 8000 }],
    ['medium', { type: 'enabled', budget_tokens: 16_000 }],
    ['high', { type: 'enabled', budget_tokens: 24_000 }],
    ['xhigh', { type: 'enabled', budget_tokens: 32_000 }],
    ['max', { type: 'enabled', budget_tokens: 32_000 }],
    ['none', undefined],
  ])('effort %s on a model with budgets', (effort, thinking) => {
    const { body, lost } = write({ maxTokens: 64_000, reasoning: { effort } }, { reasoning: budgetOnly })
    expect(body['thinking']).toEqual(thinking)
    expect(body['output_config']).toBeUndefined()
    expect(lost).toEqual([])
  })

  it.each([
    ['medium', 'medium', []],
    ['max', 'high', ['reasoning.effort']],
    ['minimal', 'low', ['reasoning.effort']],
  ])('effort %s on an adaptive model is %s', (effort, sent, losses) => {
    const { body, lost } = write({ reasoning: { effort } }, { reasoning: adaptiveOnly })
    expect(body).toMatchObject({
      thinking: { type: 'adaptive', display: 'summarized' },
      output_config: { effort: sent },
    })
    expect(lost).toEqual(losses)
  })

  it.each([
    [2048, 'low'],
    [10_000, 'medium'],
    [24_000, 'high'],
  ])('a budget of %d on an adaptive model is effort %s', (budget, effort) => {
    const { body } = write({ reasoning: { mode: 'budget', budget } }, { reasoning: adaptiveOnly })
    expect(body).toMatchObject({ thinking: { type: 'adaptive' }, output_config: { effort } })
  })

  it.each([
    [32_000, 16_000],
    [4000, 2000],
    [1500, 1024],
    [1366, 1024],
    [1365, undefined],
    [1025, undefined],
    [1024, undefined],
  ])(
    'leaves a fair share of %d output tokens to the answer where an effort asks for no number',
    (maxTokens, tokens) => {
      const { body } = write({ maxTokens, reasoning: { effort: 'high' } }, { reasoning: budgetOnly })
      expect(body['thinking']).toEqual(tokens === undefined ? undefined : { type: 'enabled', budget_tokens: tokens })
    },
  )

  it('keeps a budget that is below the output limit, halves the limit for one that is not, or does without', () => {
    const reasoning = { mode: 'budget', budget: 31_999 } as const
    const thinking = (maxTokens: number) => write({ maxTokens, reasoning }).body['thinking']
    expect(thinking(32_000)).toEqual({ type: 'enabled', budget_tokens: 31_999 })
    expect(thinking(8000)).toEqual({ type: 'enabled', budget_tokens: 4000 })
    expect(write({ maxTokens: 1025, reasoning })).toMatchObject({ lost: ['reasoning'] })
    expect(write({ maxTokens: 1024, reasoning })).toMatchObject({ lost: ['reasoning'] })
    expect(write({ maxTokens: 1024, reasoning }).body['thinking']).toBeUndefined()
  })

  it('gives way to a forced call', () => {
    const forced = { tools: [tool], toolChoice: { mode: 'required' }, maxTokens: 9000 } as const
    const { body, lost } = write({ ...forced, reasoning: { mode: 'budget', budget: 2000 } })
    expect(body['thinking']).toBeUndefined()
    expect(lost).toEqual(['reasoning'])
  })

  it('stays off while a call is answered that came back without its thinking, where thinking has a budget', () => {
    const thought: Part = {
      kind: 'reasoning',
      text: 'hm',
      form: 'full',
      seal: { issuer: '', protocol: 'messages', data: 'signed' },
    }
    const loop = (...before: Part[]): Turn[] => [user(said('a')), assistant(...before, call('t')), user(result('t'))]
    const reasoning = { effort: 'low' }
    const bare = write({ maxTokens: 9000, turns: loop(said('I call f')), reasoning }, { reasoning: budgetOnly })
    expect(bare.lost).toEqual(['reasoning'])
    expect(bare.body['thinking']).toBeUndefined()
    const whole = write({ maxTokens: 16_000, turns: loop(thought), reasoning }, { reasoning: budgetOnly })
    expect(whole).toMatchObject({ lost: [], body: { thinking: { budget_tokens: 8000 } } })
    const adaptive = write({ turns: loop(), reasoning }, { reasoning: adaptiveOnly })
    expect(adaptive.body['thinking']).toMatchObject({ type: 'adaptive' })
  })

  it('is off when the client says so, and leaves an effort without thinking as it is', () => {
    expect(write({ reasoning: { mode: 'off' } }).body['thinking']).toEqual({ type: 'disabled' })
    const own = readRequest({ model: 'm', messages: [], output_config: { effort: 'low' } })
    expect(write(own).body).toMatchObject({ output_config: { effort: 'low' } })
    expect(write(own).body['thinking']).toBeUndefined()
  })

  it('takes the sampling that cannot go with it', () => {
    const sampling = { temperature: 0.2, topK: 5, topP: 0.5 }
    const { body, lost } = write({ maxTokens: 9000, reasoning: { mode: 'budget', budget: 2000 }, sampling })
    expect(lost).toEqual(['sampling.temperature', 'sampling.topP', 'sampling.topK'])
    expect(body).not.toHaveProperty('temperature')
    expect(write({ sampling }).body).toMatchObject({ temperature: 0.2, top_k: 5, top_p: 0.5 })
  })
})
