import { describe, expect, it } from 'vitest'
import { budgetOfEffort, effortOfBudget, nearestEffort } from './effort.ts'

describe('a budget and an effort', () => {
  it.each(['low', 'medium', 'high', 'xhigh'])('say the same both ways: %s', (effort) => {
    expect(effortOfBudget(budgetOfEffort(effort), ['low', 'xhigh'])).toBe(effort)
  })

  it.each([
    [1024, 'low'],
    [8000, 'low'],
    [8001, 'medium'],
    [23_999, 'medium'],
    [24_000, 'high'],
    [31_999, 'high'],
    [100_000, 'high'],
  ])('%d tokens are %s, as the proxies before agreed', (tokens, effort) => {
    expect(effortOfBudget(tokens, undefined)).toBe(effort)
    expect(effortOfBudget(tokens, ['low', 'high'])).toBe(effort)
  })

  it('grow together', () => {
    const budgets = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'].map(budgetOfEffort)
    expect(budgets).toEqual(budgets.toSorted((one, other) => one - other))
    expect(new Set(budgets).size).toBe(7)
  })
})

describe('the nearest effort', () => {
  it.each([
    ['max', ['low', 'medium', 'high'], 'high'],
    ['max', ['high', 'low'], 'high'],
    ['low', ['medium', 'high'], 'medium'],
    ['minimal', ['none', 'low'], 'low'],
    ['none', ['none', 'low'], 'none'],
    ['none', ['low'], 'low'],
    ['low', ['none'], undefined],
    ['low', [], undefined],
    ['galactic', ['low'], 'galactic'],
    ['constructor', ['low'], 'constructor'],
  ])('to %s among %j is %s', (asked, offered, nearest) => {
    expect(nearestEffort(asked, offered)).toBe(nearest)
  })
})
