/** What one finished request is logged with. No content, no secret. */
export interface RequestLine {
  readonly method: string
  /** A query is not shown. */
  readonly path: string
  readonly model?: string | undefined
  /** `relay messages`, `translate messages>chat`. */
  readonly plan?: string | undefined
  readonly status: number
  readonly inputTokens?: number | undefined
  readonly outputTokens?: number | undefined
  /** Input tokens read from the cache, a part of `inputTokens`. */
  readonly cached?: number | undefined
  readonly firstByteMs?: number | undefined
  readonly totalMs: number
  readonly initiator?: string | undefined
  /** Percent left of each quota, by its name, where the upstream said so. */
  readonly left?: Readonly<Record<string, number>> | undefined
  readonly changes?: readonly string[] | undefined
  /** What the target could not say, a word each. */
  readonly losses?: readonly string[] | undefined
  readonly requestId?: string | undefined
  readonly error?: string | undefined
}

/** One line for people: method, path, model, plan, status, tokens, time to the first byte, duration. */
export function writeRequestLine(line: RequestLine): string {
  const parts = [
    line.error === undefined && line.status < 400 ? '✓' : '✕',
    line.method,
    withoutQuery(line.path),
    line.model,
    line.plan,
    String(line.status),
    writeTokens(line),
    line.firstByteMs === undefined ? undefined : `first ${writeSeconds(line.firstByteMs)}`,
    writeSeconds(line.totalMs),
    line.initiator,
    writeLeft(line.left),
    named('changed', line.changes),
    named('lost', line.losses),
    line.error === undefined ? undefined : `"${line.error}"`,
    line.error === undefined ? undefined : line.requestId,
  ]
  return parts.filter((part) => part !== undefined && part !== '').join('  ')
}

/** The path without what may hold a secret or a prompt. */
export function withoutQuery(path: string): string {
  return path.split('?', 1)[0] ?? ''
}

function writeTokens({ inputTokens, outputTokens, cached }: RequestLine): string | undefined {
  if (inputTokens === undefined && outputTokens === undefined) return undefined
  const share = cached && inputTokens ? ` (${Math.round((cached / inputTokens) * 100)}% cached)` : ''
  return `${writeCount(inputTokens ?? 0)} in${share} ${writeCount(outputTokens ?? 0)} out`
}

/** `950`, `1.1k`, `88k`, `18.4M`. */
export function writeCount(count: number): string {
  if (count < 1000) return String(Math.round(count))
  if (count < 999_500) return `${count < 9950 ? (count / 1000).toFixed(1) : Math.round(count / 1000)}k`
  return `${(count / 1_000_000).toFixed(1)}M`
}

/** `82% of premium_interactions left`. */
function writeLeft(left: RequestLine['left']): string | undefined {
  if (left === undefined) return undefined
  return Object.entries(left)
    .map(([name, percent]) => `${Math.round(percent)}% of ${name} left`)
    .join(', ')
}

function writeSeconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)}ms` : `${(ms / 1000).toFixed(1)}s`
}

function named(word: string, list: readonly string[] | undefined): string | undefined {
  return list === undefined || list.length === 0 ? undefined : `${word} ${list.join(', ')}`
}
