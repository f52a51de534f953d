import type { Style } from './style.ts'

/** A text of lines as a window shows it: what does not fit goes on below where its line began. Elsewhere it stays as it is. */
export function wrapLines(text: string, { width, wraps }: Pick<Style, 'width' | 'wraps'>): string {
  if (!wraps) return text
  const broken = text.split('\n').map((line) => {
    const lead = leadOf.exec(line)?.[0] ?? ''
    const indent = columns(lead)
    return lead + wrap(line.slice(lead.length), width - indent).join(`\n${' '.repeat(indent)}`)
  })
  return broken.join('\n')
}

/** The lines of a text, broken at blanks; a word that is longer than `width` columns stays whole. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && columns(line) + 1 + columns(word) > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

// oxlint-disable-next-line eslint/no-control-regex -- colours are control sequences
const colour = /\u001b\[\d+m/g
/** What the lines below a line's first one stand under the end of. */
// oxlint-disable-next-line eslint/no-control-regex -- as above
const leadOf = /^ *(?:(?:\u001b\[\d+m)?[✓✕!](?:\u001b\[\d+m)? |Fix   |More  )?/u

/** How much room a text takes: colours take none. */
function columns(text: string): number {
  return text.replaceAll(colour, '').length
}
