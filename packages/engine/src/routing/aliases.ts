/** One target of an alias. */
export interface AliasTarget {
  /** The id of a provider. */
  readonly provider: string
  /** A star in it stands for what the star of the alias stands for. */
  readonly model: string
  /** Targets with a smaller number come first; the same number shares the load. Default 0. */
  readonly order?: number | undefined
  /** Its share among targets of the same order. Default 1. */
  readonly weight?: number | undefined
}

/** A name that leads to one or several targets. */
export interface Alias {
  /** A star in it (one) stands for any text: `claude-*`. */
  readonly name: string
  readonly targets: readonly AliasTarget[]
}

/** What to try when a name's own targets fail: names of aliases or models (`provider/model`), in order. */
export interface Fallbacks {
  /** After any failure that may pass elsewhere. */
  readonly general: Readonly<Record<string, readonly string[]>>
  /** After a context overflow. */
  readonly contextWindow: Readonly<Record<string, readonly string[]>>
  /** After a refusal of the content. */
  readonly contentPolicy: Readonly<Record<string, readonly string[]>>
  /** After any failure, for names without fallbacks of their own. */
  readonly byDefault: readonly string[]
}

export const noFallbacks: Fallbacks = { general: {}, contextWindow: {}, contentPolicy: {}, byDefault: [] }
