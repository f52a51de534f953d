import { createHash } from 'node:crypto'

/** The entry of a text in a list of embeddings: floats, or base64 of little-endian float32. */
export function writeEmbedding(text: string, index: number, dimensions: number, format: unknown): object {
  const vector = embed(text, dimensions)
  const embedding = format === 'base64' ? Buffer.from(Float32Array.from(vector).buffer).toString('base64') : vector
  return { object: 'embedding', index, embedding }
}

/** Words that two texts share bring their vectors closer: each word adds its own direction. */
function embed(text: string, dimensions: number): readonly number[] {
  const vector = new Float64Array(dimensions)
  for (const word of text.toLowerCase().match(/\w+|[^\s\w]/g) ?? [' ']) {
    const hash = createHash('sha256').update(word).digest()
    for (let at = 0; at + 4 <= hash.length; at += 4) {
      const place = hash.readUInt16BE(at) % dimensions
      vector[place] = (vector[place] ?? 0) + (hash.readInt16BE(at + 2) || 1)
    }
  }
  const length = Math.hypot(...vector) || 1
  return Array.from(vector, (value) => Math.fround(value / length))
}
