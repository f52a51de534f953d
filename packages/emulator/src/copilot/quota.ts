import { isObject, numberOf } from '../json.ts'
import type { Usage } from '../standin/answer.ts'
import type { EmulatorState } from '../state.ts'
import type { ModelEntry } from '../model.ts'

/** The `x-quota-snapshot-*` headers of a model answer (Q21); free accounts have only the chat one. */
export function quotaHeaders({ quirks }: EmulatorState): Readonly<Record<string, string>> {
  if (!quirks['quota-headers']) return {}
  const reset = encodeURIComponent('2026-12-01T00:00:00Z')
  const spent = quirks['quota-exceeded']
  if (quirks['user-free']) {
    return { 'x-quota-snapshot-chat': `ent=500&ov=0.0&ovPerm=false&rem=${spent ? '0.0' : '84.0'}&rst=${reset}` }
  }
  const entitlement = quirks['user-business'] ? 300 : 7000
  const permitted = spent ? 'false' : 'true'
  return {
    'x-quota-snapshot-chat': `ent=-1&ov=0.0&ovPerm=false&rem=100.0&rst=${reset}`,
    'x-quota-snapshot-premium_interactions': `ent=${entitlement}&ov=0.0&ovPerm=${permitted}&rem=${spent ? '0.0' : '60.5'}&rst=${reset}`,
  }
}

/** What a call cost, as `copilot_usage`: prices are credits per batch, a credit is 1e9 nano-AIU. */
export function copilotUsage(model: ModelEntry, usage: Usage): { readonly copilot_usage: object } {
  const prices =
    isObject(model.wire['billing']) && isObject(model.wire['billing']['token_prices'])
      ? model.wire['billing']['token_prices']
      : {}
  const batch = numberOf(prices['batch_size']) ?? 1_000_000
  const detail = (
    type: string,
    count: number,
    price: unknown,
  ): { token_type: string; token_count: number; batch_size: number; cost_per_batch: number } => ({
    token_type: type,
    token_count: count,
    batch_size: batch,
    cost_per_batch: numberOf(price) ?? 0,
  })
  const details = [
    detail('input', usage.input - usage.cached - usage.cacheWrite, model.prices['input_price']),
    detail('cache_read', usage.cached, model.prices['cache_price']),
    detail('cache_write', usage.cacheWrite, model.prices['cache_write_price'] ?? model.prices['input_price']),
    detail('output', usage.output, model.prices['output_price']),
  ].filter(({ token_count }) => token_count > 0)
  const credits = details.reduce(
    (sum, { token_count, cost_per_batch }) => sum + (token_count * cost_per_batch) / batch,
    0,
  )
  return { copilot_usage: { token_details: details, total_nano_aiu: Math.round(credits * 1e9) } }
}

/** The quota as socket frames carry it: the entitlement is a string there. */
export function quotaSnapshots({ quirks }: EmulatorState): Readonly<Record<string, unknown>> {
  const entitlement = quirks['user-business'] ? '300' : '7000'
  return {
    chat: { entitlement: '-1', percent_remaining: 100, overage_permitted: false, overage_count: 0 },
    premium_interactions: {
      entitlement,
      percent_remaining: quirks['quota-exceeded'] ? 0 : 60.5,
      overage_permitted: true,
      overage_count: 0,
      reset_date: '2026-12-01T00:00:00Z',
    },
  }
}
