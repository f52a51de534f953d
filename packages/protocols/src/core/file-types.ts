/** Media types by the ending of a name, of those that services take as files; of two endings of a type the first is written. */
const types: ReadonlyMap<string, string> = new Map([
  ['pdf', 'application/pdf'],
  ['txt', 'text/plain'],
  ['md', 'text/markdown'],
  ['csv', 'text/csv'],
  ['json', 'application/json'],
  ['html', 'text/html'],
  ['png', 'image/png'],
  ['jpg', 'image/jpeg'],
  ['jpeg', 'image/jpeg'],
])

/** The media type that a name ends in; undefined for an ending that is not known. */
export function typeOfName(name: string | undefined): string | undefined {
  const dot = name?.lastIndexOf('.') ?? -1
  return name === undefined || dot < 0 ? undefined : types.get(name.slice(dot + 1).toLowerCase())
}

/** The ending of names of files of a type, with its dot; empty for one that is not known. */
export function extensionOf(mediaType: string): string {
  for (const [extension, type] of types) if (type === mediaType) return `.${extension}`
  return ''
}
