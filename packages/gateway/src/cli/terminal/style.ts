import type { Env } from '../../config/home.ts'

/** How to write for this terminal, or for none. */
export interface Style {
  /** Columns: the terminal's or COLUMNS, else 80. */
  readonly width: number
  /** Whether a person sees it in a window: long lines are broken there, and nowhere else. */
  readonly wraps: boolean
  /** Whether box and block characters may be used. */
  readonly blocks: boolean
  bold(text: string): string
  dim(text: string): string
  red(text: string): string
  green(text: string): string
  yellow(text: string): string
}

export interface Output {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
}

/** Chooses the style: `--plain`, `--no-color`, NO_COLOR, FORCE_COLOR, TERM=dumb, CI and COLUMNS are honoured. */
export function chooseStyle(
  output: Output,
  env: Env,
  flags: { readonly plain: boolean; readonly noColor: boolean },
): Style {
  const plain = flags.plain || env.TERM === 'dumb' || Boolean(env.CI)
  const forced = Boolean(env.FORCE_COLOR) && env.FORCE_COLOR !== '0'
  const refused = flags.noColor || Boolean(env.NO_COLOR) || env.FORCE_COLOR === '0'
  const color = !plain && !refused && (forced || output.isTTY === true)
  const paint = (code: number) => (text: string) =>
    color ? `\u001b[${code}m${text}\u001b[${code < 10 ? 22 : 39}m` : text
  const columns = Number(env.COLUMNS) || output.columns || 80
  return {
    width: Math.max(40, columns),
    wraps: output.isTTY === true && !flags.plain,
    blocks: !plain && !isAscii(env),
    bold: paint(1),
    dim: paint(2),
    red: paint(31),
    green: paint(32),
    yellow: paint(33),
  }
}

/** Whether the locale says outright that it has no other characters. */
function isAscii(env: Env): boolean {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG
  return locale === 'C' || locale === 'POSIX'
}
