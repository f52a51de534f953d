/** The bytes in a base64 data URL, and what says their type. */
interface DataUrl {
  /** Without parameters. */
  readonly mediaType: string
  readonly base64: string
  /** Everything before the bytes, as it was written. */
  readonly prefix: string
}

/** The parts of a base64 data URL (RFC 2397), of type `fallback` where it names none; undefined for every other URL. */
export function splitDataUrl(url: string, fallback: string): DataUrl | undefined {
  if (!/^data:/i.test(url)) return undefined
  const comma = url.indexOf(',')
  const prefix = url.slice(0, comma + 1)
  if (!/;base64,$/i.test(prefix)) return undefined
  const mediaType = prefix.slice('data:'.length, prefix.indexOf(';')).toLowerCase()
  return { mediaType: mediaType || fallback, base64: url.slice(comma + 1), prefix }
}

/** What stands before the bytes of a base64 data URL of this type. */
export function dataUrlHead(mediaType: string): string {
  return `data:${mediaType};base64,`
}
