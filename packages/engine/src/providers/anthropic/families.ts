/** What is known of one of Anthropic's models by its name. */
export interface ClaudeFacts {
  /** Such as 4.6; undefined for a name without a number. */
  readonly version: number | undefined
  readonly adaptive: boolean
  /** Takes a thinking budget. */
  readonly budget: boolean
  readonly efforts: readonly string[]
  readonly prefill: boolean
  /** Temperature, top_p and top_k are refused, thinking or not. */
  readonly fixedSampling: boolean
  /** Takes turns of role system inside the conversation. */
  readonly systemTurns: boolean
  /** Thinking cannot be turned off. */
  readonly alwaysThinks: boolean
  /** Most tokens of an answer. */
  readonly output: number | undefined
}

/**
 * What a model takes, by its name (model overview, extended and adaptive thinking, migration guides of
 * platform.claude.com, 2026); undefined for a model that is not called Claude. A name without a known number counts as the
 * newest.
 */
export function claudeFacts(name: string): ClaudeFacts | undefined {
  const bare = name.toLowerCase()
  const kind = /claude.*(opus|sonnet|haiku|fable|mythos)/.exec(bare)?.[1]
  if (!bare.includes('claude')) return undefined
  const version = versionOf(bare)
  const at = version ?? Infinity
  const isBeyond = kind === 'fable' || kind === 'mythos'
  const isHaiku = kind === 'haiku'
  const adaptive = at >= 4.6 || isBeyond
  const adaptiveOnly = isBeyond || at >= 4.7
  return {
    version,
    adaptive,
    budget: at >= 3.7 && !adaptiveOnly,
    efforts: effortsOf(at, kind, adaptiveOnly),
    prefill: !adaptive,
    fixedSampling: adaptiveOnly,
    systemTurns: isBeyond || at >= 4.8,
    alwaysThinks: isBeyond,
    output: outputOf(at, kind, isHaiku),
  }
}

/** `claude-3-7-sonnet-20250219`, `claude-sonnet-4-20250514`, `claude-opus-4.6`: a date is no minor version. */
function versionOf(name: string): number | undefined {
  const found =
    /(?:opus|sonnet|haiku|fable|mythos)-(\d)(?!\d)(?:[-.](\d{1,2})(?!\d))?/.exec(name) ??
    /claude-(\d)(?!\d)(?:[-.](\d{1,2})(?!\d))?/.exec(name)
  return found ? Number(`${found[1]}.${found[2] ?? 0}`) : undefined
}

function effortsOf(at: number, kind: string | undefined, adaptiveOnly: boolean): readonly string[] {
  if (adaptiveOnly) return ['low', 'medium', 'high', 'xhigh', 'max']
  if (at >= 4.6) return ['low', 'medium', 'high', 'max']
  return kind === 'opus' && at >= 4.5 ? ['low', 'medium', 'high'] : []
}

function outputOf(at: number, kind: string | undefined, isHaiku: boolean): number | undefined {
  if (at === Infinity) return undefined
  if (at < 3.5) return 4096
  if (at < 3.7) return 8192
  if (kind === 'opus' && at < 4.5) return 32_000
  return at < 4.6 || isHaiku || (kind === 'sonnet' && at < 4.7) ? 64_000 : undefined
}
