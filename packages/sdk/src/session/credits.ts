import type { Model } from '@crossfeed/engine'
import type { Usage } from '@crossfeed/protocols'

/** An AI credit in USD. */
const credit = 0.01

/**
 * AI credits that a call cost by the model's list prices; undefined where it has none. Cached tokens are part of the input
 * and have prices of their own.
 */
export function creditsOf(usage: Usage, model: Model | undefined): number | undefined {
  const list = model?.prices
  if (list === undefined) return undefined
  const isLong = list.longContext !== undefined && list.contextMax !== undefined && usage.input > list.contextMax
  const prices = (isLong ? list.longContext : undefined) ?? list
  const { cacheRead = 0, cacheWrite = 0 } = usage
  const plain = Math.max(0, usage.input - cacheRead - cacheWrite)
  const input = prices.input ?? 0
  const million =
    plain * input +
    cacheRead * (prices.cacheRead ?? input) +
    cacheWrite * (prices.cacheWrite ?? input) +
    usage.output * (prices.output ?? 0)
  return million / 1_000_000 / credit
}
