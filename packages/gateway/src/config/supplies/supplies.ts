import type { Alias, CodexSettings, CoolDown, Fallbacks, ProviderSettings } from '@crossfeed/engine'

/** Where models come from and by which names, besides the Copilot account. */
export interface Supplies {
  /** Those let in by a key or a token, ready to use, in the file's order. */
  readonly providers: readonly ProviderSettings[]
  /** ChatGPT sign-ins (`type: codex`). */
  readonly codex: readonly CodexSettings[]
  /** Every target's provider is one of the above or `copilot`. */
  readonly aliases: readonly Alias[]
  readonly fallbacks: Fallbacks
  readonly coolDown: Partial<CoolDown>
}

/** Nothing but the Copilot account. */
export const noSupplies: Supplies = {
  providers: [],
  codex: [],
  aliases: [],
  fallbacks: { general: {}, contextWindow: {}, contentPolicy: {}, byDefault: [] },
  coolDown: {},
}

/** The names of all supplies besides the Copilot account. */
export function supplyNames({ providers, codex }: Pick<Supplies, 'providers' | 'codex'>): readonly string[] {
  return [...providers, ...codex].map((one) => one.name)
}
