/** Type and bytes of a base64 data URL, its other parameters left out; undefined for every other URL. */
export function splitDataUrl(url: string): { readonly mediaType: string; readonly base64: string } | undefined {
  if (!url.startsWith('data:')) return undefined
  const comma = url.indexOf(',')
  const head = url.slice('data:'.length, comma)
  if (comma < 0 || !head.endsWith(';base64')) return undefined
  const mediaType = head.slice(0, head.indexOf(';'))
  return mediaType === '' ? undefined : { mediaType, base64: url.slice(comma + 1) }
}
