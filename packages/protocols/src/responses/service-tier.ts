import type { JsonObject } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { Prompt } from '../core/prompt.ts'

const tiers: ReadonlySet<string> = new Set(['auto', 'default', 'flex', 'scale', 'priority', 'fast', 'ultrafast'])

/** The tier of a request; one that only another protocol has is reported. */
export function askedTier(prompt: Prompt, lose: ReportLoss): string | undefined {
  const tier = prompt.serviceTier
  if (tier === undefined || prompt.extras?.responses || tiers.has(tier)) return tier
  // Messages' word for what OpenAI calls the default tier.
  if (tier === 'standard_only') return 'default'
  lose({ path: 'service_tier', why: `Responses has no tier '${tier}'` })
  return undefined
}

/** The member of a response that names the tier which answered; none for a name that clients refuse (Groq's `on_demand`). */
export function servedTier(tier: string | undefined): JsonObject {
  return tier !== undefined && tiers.has(tier) ? { service_tier: tier } : {}
}
