import { describe, expect, it } from 'vitest'
import { readAccount, readQuotaHeaders } from './account.ts'

describe('readAccount', () => {
  it('reads a plan with snapshots', () => {
    const account = readAccount({
      login: 'octo',
      copilot_plan: 'individual_pro',
      access_type_sku: 'plus',
      endpoints: { api: 'https://api.x' },
      quota_reset_date: '2026-12-01',
      token_based_billing: true,
      organization_list: [{ login: 'org', name: 'Org' }],
      quota_snapshots: {
        chat: { entitlement: -1, remaining: 0, percent_remaining: 100 },
        completions: null,
        premium_interactions: {
          entitlement: 7000,
          remaining: 4231,
          quota_remaining: 4231.75,
          percent_remaining: 60.5,
          unlimited: false,
          overage_count: 2,
          overage_permitted: true,
          token_based_billing: true,
          quota_reset_at: 1796083200,
        },
      },
    })
    expect(account).toMatchObject({
      login: 'octo',
      plan: 'individual_pro',
      sku: 'plus',
      endpoint: 'https://api.x',
      resets: '2026-12-01T00:00:00.000Z',
      tokenBilling: true,
      organizations: ['org'],
    })
    expect(account.snapshots).toEqual([
      { id: 'chat', unlimited: true, percentRemaining: 100 },
      {
        id: 'premium_interactions',
        unlimited: false,
        entitlement: 7000,
        remaining: 4231.75,
        percentRemaining: 60.5,
        overageCount: 2,
        overagePermitted: true,
        tokenBilling: true,
        resets: '2026-12-01T00:00:00.000Z',
      },
    ])
  })

  it('reads the free plan', () => {
    const account = readAccount({
      copilot_plan: 'free',
      limited_user_quotas: { chat: 10, completions: 500 },
      monthly_quotas: { chat: 50, completions: 2000 },
      limited_user_reset_date: 1796083200,
    })
    expect(account.resets).toBe('2026-12-01T00:00:00.000Z')
    expect(account.snapshots).toEqual([
      { id: 'chat', unlimited: false, entitlement: 50, remaining: 10, percentRemaining: 20, resets: account.resets },
      {
        id: 'completions',
        unlimited: false,
        entitlement: 2000,
        remaining: 500,
        percentRemaining: 25,
        resets: account.resets,
      },
    ])
  })

  it.each([
    {},
    { quota_snapshots: null, limited_user_quotas: null, organization_list: null, quota_reset_date: 'never' },
  ])('reads %j', (raw) => {
    expect(readAccount(raw)).toEqual({ tokenBilling: false, organizations: [], snapshots: [], raw })
  })
})

describe('readQuotaHeaders', () => {
  it('reads the form of each header', () => {
    expect(
      readQuotaHeaders({
        'x-quota-snapshot-premium_models': 'ent=300&ov=1.5&ovPerm=true&rem=82.3&rst=2026-12-01T00%3A00%3A00Z',
        'x-quota-snapshot-chat': 'ent=-1&rem=100',
        'x-other': 'ent=1',
      }),
    ).toEqual([
      {
        id: 'premium_models',
        unlimited: false,
        entitlement: 300,
        percentRemaining: 82.3,
        overageCount: 1.5,
        overagePermitted: true,
        resets: '2026-12-01T00:00:00.000Z',
      },
      { id: 'chat', unlimited: true, percentRemaining: 100 },
    ])
  })

  it('takes what it cannot read as not said', () => {
    expect(readQuotaHeaders({ 'x-quota-snapshot-chat': '%%%' })).toEqual([{ id: 'chat', unlimited: false }])
    expect(readQuotaHeaders({})).toEqual([])
  })
})
