/** A name as it stands in a path. A stray percent sign: the name as it stands is the best guess. */
export function decodeName(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
