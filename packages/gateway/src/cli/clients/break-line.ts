/**
 * A line of words, broken where it is longer than `width` in the way of POSIX shells and fish; what goes on is indented by
 * `indent`. JSON in quotes is broken between its members.
 */
export function breakLine(words: readonly string[], { width, indent }: { width: number; indent: number }): string {
  const whole = words.join(' ')
  if (indent + whole.length <= width) return whole
  const pad = ' '.repeat(indent)
  const room = width - indent - 2
  const lines: string[] = []
  for (const word of words) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + word.length <= room) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines.map((line) => (line.length > room ? breakJson(line, room, pad) : line)).join(` \\\n${pad}`)
}

/** Blanks mean nothing to JSON before a name. */
function breakJson(word: string, room: number, pad: string): string {
  const lines: string[] = []
  for (const member of word.split(/(?<=["}\]],|\{)(?=")/)) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + member.length <= room) lines[lines.length - 1] = last + member
    else lines.push(member)
  }
  return lines.join(`\n${pad}`)
}
