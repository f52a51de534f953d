import { describe, expect, it } from 'vitest'
import { forwardBetas } from './betas.ts'

const claudeCode =
  'claude-code-20250219, interleaved-thinking-2025-05-14,context-management-2025-06-27,effort-2025-11-24,advanced-tool-use-2025-11-20'
const both = { adaptive: true, budget: { min: 1024, max: 32_000 } }
const older = { adaptive: false, budget: { min: 1024, max: 32_000 } }
const enabled = { thinking: { type: 'enabled', budget_tokens: 2000 } }

describe('betas that are forwarded', () => {
  it('are those that the service knows; the others are named', () => {
    expect(forwardBetas(claudeCode, older, enabled)).toEqual({
      forward: ['interleaved-thinking-2025-05-14', 'context-management-2025-06-27', 'advanced-tool-use-2025-11-20'],
      removed: ['claude-code-20250219', 'effort-2025-11-24'],
    })
    expect(forwardBetas(claudeCode.split(','), older, enabled).forward).toHaveLength(3)
  })

  it.each([
    ['adaptive thinking', both, { thinking: { type: 'adaptive' } }, false],
    ['an adaptive model without thinking', both, {}, false],
    ['a budget', both, enabled, true],
    ['an older model', older, {}, true],
  ])('interleaved thinking with %s', (_what, reasoning, body, expected) => {
    const { forward, removed } = forwardBetas('interleaved-thinking-2025-05-14', reasoning, body)
    expect(forward.length === 1).toBe(expected)
    expect(removed).toEqual([])
  })

  it('include interleaved thinking for a budget when the client named none', () => {
    expect(forwardBetas(undefined, older, enabled).forward).toEqual(['interleaved-thinking-2025-05-14'])
    expect(forwardBetas('', older, {}).forward).toEqual([])
    expect(forwardBetas('x', older, enabled)).toEqual({ forward: [], removed: ['x'] })
  })
})
