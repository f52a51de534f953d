const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const codes: ReadonlyMap<string, number> = new Map([...alphabet].map((letter, code) => [letter, code]))

/** A vector as base64 of little-endian 32-bit floats: the form that the OpenAI SDK asks for by default. */
export function encodeVector(vector: readonly number[]): string {
  const view = new DataView(new ArrayBuffer(vector.length * 4))
  for (const [index, value] of vector.entries()) view.setFloat32(index * 4, value, true)
  return encodeBase64(new Uint8Array(view.buffer))
}

/** The numbers of a base64 vector; a trailing piece of a number is left out. */
export function decodeVector(text: string): readonly number[] {
  const bytes = decodeBase64(text)
  const view = new DataView(bytes.buffer)
  const vector: number[] = []
  for (let at = 0; at + 4 <= bytes.length; at += 4) vector.push(view.getFloat32(at, true))
  return vector
}

function encodeBase64(bytes: Uint8Array): string {
  const pieces: string[] = []
  for (let at = 0; at < bytes.length; at += 3) {
    const [first = 0, second = 0, third = 0] = bytes.subarray(at, at + 3)
    const bits = (first << 16) | (second << 8) | third
    pieces.push(letter(bits >> 18), letter(bits >> 12))
    pieces.push(at + 1 < bytes.length ? letter(bits >> 6) : '=', at + 2 < bytes.length ? letter(bits) : '=')
  }
  return pieces.join('')
}

function letter(bits: number): string {
  return alphabet.charAt(bits & 63)
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let bits = 0
  let held = 0
  let at = 0
  for (const one of text) {
    const code = codes.get(one)
    if (code === undefined) continue
    bits = ((bits << 6) | code) & 0xffffff
    held += 6
    if (held < 8) continue
    held -= 8
    bytes[at++] = (bits >> held) & 255
  }
  // Padding, and whatever else is no letter of the alphabet, stands for no byte.
  return bytes.subarray(0, at)
}
