import type { Style } from './style.ts'

/** A text of lines as a window shows it: what does not fit goes on below where its line began. Elsewhere it stays as it is. */
export function wrapLines(text: string, { width, wraps }: Pick<Style, 'width' | 'wraps'>): string {
  if (!wraps) return text
  const broken = text.split('\n').map((line) => {
    const lead = /^ *(?:[✓✕!] |Fix   |More  )?/u.exec(line)?.[0] ?? ''
    return lead + wrap(line.slice(lead.length), width - lead.length).join(`\n${' '.repeat(lead.length)}`)
  })
  return broken.join('\n')
}

/** The lines of a text, broken at blanks; a word that is longer than `width` columns stays whole. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}
