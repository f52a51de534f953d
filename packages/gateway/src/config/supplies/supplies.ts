import type { Alias, CoolDown, Fallbacks, ModelSettings, ProviderSettings } from '@crossfeed/engine'

/** A ChatGPT sign-in as a supply (`type: codex`). */
export interface CodexSettings {
  /** Its name: the prefix of its models and of its routes; usually `codex`. */
  readonly name: string
  /** Sent with every call, over the headers that Crossfeed writes. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** By the name that clients use. Models that are not named here are served too. */
  readonly models?: Readonly<Record<string, ModelSettings>> | undefined
}

/** Where models come from and by which names, besides the Copilot account. */
export interface Supplies {
  /** Those let in by a key or a token, ready to use, in the file's order. */
  readonly providers: readonly ProviderSettings[]
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
