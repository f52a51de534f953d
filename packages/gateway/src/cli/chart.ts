import type { Style } from './style.ts'

/** A bar of `width` characters, `share` (0 to 1) of it filled; with `#` and `.` where there are no blocks. */
export function bar(share: number, width: number, style: Pick<Style, 'blocks'>): string {
  const filled = Math.round(Math.min(1, Math.max(0, share)) * width)
  const [full, empty] = style.blocks ? ['▓', '░'] : ['#', '.']
  return full.repeat(filled) + empty.repeat(width - filled)
}

/** Lines of columns, padded to the widest cell; numbers to the right, as `right` says by column. */
export function table(rows: readonly (readonly string[])[], right: readonly boolean[] = []): string[] {
  const widths: number[] = []
  for (const row of rows) row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, cell.length)))
  return rows.map((row) =>
    row
      .map((cell, index) =>
        right[index] === true ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
}

/** `20,000`. */
export function grouped(count: number): string {
  return count.toLocaleString('en-US', { maximumFractionDigits: 1 })
}
