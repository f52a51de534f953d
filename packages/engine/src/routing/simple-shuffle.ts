import type { AliasTarget } from './aliases.ts'

/** A target with all that LiteLLM's `litellm_params` may say of its share. */
export interface WeighedTarget {
  readonly provider: string
  readonly model: string
  /** Those without one come after all that have one. */
  readonly order?: number | undefined
  readonly weight?: number | undefined
  /** Requests and tokens a minute. */
  readonly rpm?: number | undefined
  readonly tpm?: number | undefined
}

/**
 * The targets of one name with their shares, as LiteLLM's `simple-shuffle` deals them out: by the first of weight, requests and
 * tokens a minute that any of them has; who lacks it has no share. One alone has neither share nor order.
 */
export function shareBySimpleShuffle(group: readonly WeighedTarget[]): readonly AliasTarget[] {
  if (group.length === 1) return group.map(({ provider, model }) => ({ provider, model }))
  const measure = (['weight', 'rpm', 'tpm'] as const).find((one) => group.some((target) => target[one]))
  const orders = group.flatMap(({ order }) => order ?? [])
  const last = orders.length === 0 ? undefined : Math.max(...orders) + 1
  return group.map(({ provider, model, order = last, ...measures }) => ({
    provider,
    model,
    ...(measure === undefined ? {} : { weight: measures[measure] ?? 0 }),
    ...(order === undefined ? {} : { order }),
  }))
}
