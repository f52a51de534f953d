const skipped = 64

/** The six bits of each letter by its code, of the standard and the URL alphabet; 64 for what is passed over, 255 for none. */
const values = createValues()

function createValues(): Uint8Array {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
  const table = new Uint8Array(128).fill(255)
  for (const end of ['+/', '-_'])
    for (const [value, letter] of [...alphabet, ...end].entries()) table[letter.charCodeAt(0)] = value
  for (const letter of '=\n\r') table[letter.charCodeAt(0)] = skipped
  return table
}

/**
 * The UTF-8 text in a base64 string (standard or URL alphabet); undefined when it is not one. By hand, as nothing that
 * decodes either is part of the language yet, and in a pass each, as documents have megabytes.
 */
export function decodeBase64Text(base64: string): string | undefined {
  const bytes = new Uint8Array(Math.ceil((base64.length * 3) / 4))
  let length = 0
  let bits = 0
  let held = 0
  for (let at = 0; at < base64.length; at++) {
    const value = values[base64.charCodeAt(at)] ?? 255
    if (value === skipped) continue
    if (value > skipped) return undefined
    bits = ((bits << 6) | value) & 0xffff
    held += 6
    if (held < 8) continue
    held -= 8
    bytes[length++] = (bits >> held) & 0xff
  }
  return decodeUtf8(bytes.subarray(0, length))
}

/** Code units that are made into a string at once: more would not fit the arguments of one call. */
const most = 8192

/** The text of UTF-8 bytes; undefined for what is none: stray, missing, overlong or surrogate bytes. */
function decodeUtf8(bytes: Uint8Array): string | undefined {
  const units = new Uint16Array(most + 2)
  let count = 0
  let text = ''
  for (let at = 0; at < bytes.length;) {
    const first = bytes[at++] ?? 0
    const more = followers(first)
    if (more === undefined) return undefined
    let point = more === 0 ? first : first & (0x3f >> more)
    for (let nth = 0; nth < more; nth++) {
      const next = bytes[at++]
      if (next === undefined || (next & 0xc0) !== 0x80) return undefined
      point = (point << 6) | (next & 0x3f)
    }
    if (point < (least[more] ?? 0) || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return undefined
    if (point > 0xffff) {
      units[count++] = 0xd800 + ((point - 0x10000) >> 10)
      units[count++] = 0xdc00 + ((point - 0x10000) & 0x3ff)
    } else units[count++] = point
    if (count < most) continue
    text += String.fromCharCode(...units.subarray(0, count))
    count = 0
  }
  return text + String.fromCharCode(...units.subarray(0, count))
}

/** The lowest code point that needs so many bytes after the first. */
const least = [0, 0x80, 0x800, 0x10000]

function followers(first: number): number | undefined {
  if (first < 0x80) return 0
  if (first < 0xc0) return undefined
  if (first < 0xe0) return 1
  if (first < 0xf0) return 2
  return first < 0xf8 ? 3 : undefined
}
