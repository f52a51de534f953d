/** A name without `[1m]`, by which Claude Code asks for a long context. */
export function shortName(name: string): string {
  return name.replace(/(?:\[1m\])+$/i, '')
}
