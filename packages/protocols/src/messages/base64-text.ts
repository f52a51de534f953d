const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
const values: ReadonlyMap<string, number> = new Map([
  ...[...`${alphabet}+/`].map((letter, value) => [letter, value] as const),
  ...[...`${alphabet}-_`].map((letter, value) => [letter, value] as const),
])

/** The UTF-8 text in a base64 string (standard or URL alphabet); undefined when it is not one. */
export function decodeBase64Text(base64: string): string | undefined {
  let escaped = ''
  let bits = 0
  let held = 0
  for (const letter of base64) {
    if (letter === '=' || letter === '\n' || letter === '\r') continue
    const value = values.get(letter)
    if (value === undefined) return undefined
    bits = ((bits << 6) | value) & 0xffff
    held += 6
    if (held < 8) continue
    held -= 8
    escaped += `%${((bits >> held) & 0xff).toString(16).padStart(2, '0')}`
  }
  try {
    return decodeURIComponent(escaped)
  } catch {
    // Bytes that are not UTF-8: not a text.
    return undefined
  }
}
