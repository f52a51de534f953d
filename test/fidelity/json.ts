/** Reading of JSON that nobody has checked, for judges that share no code with what they judge. */
export type Bag = { readonly [name: string]: unknown }

/** The object that `value` is, else an empty one. */
export function bag(value: unknown): Bag {
  return isBag(value) ? value : {}
}

export function isBag(value: unknown): value is Bag {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The objects in a list; nothing for what is no list. */
export function bags(value: unknown): readonly Bag[] {
  return list(value).filter(isBag)
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

/** The text that `value` is, else an empty one. */
export function text(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

export function count(value: unknown): number {
  return typeof value === 'number' ? value : 0
}

/** What a member path leads to. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  let found: unknown = value
  for (const step of path) {
    if (Array.isArray(found)) found = found[Number(step)]
    else found = bag(found)[step]
  }
  return found
}

/** JSON with the members of each object in order, so that equal meanings are equal texts. */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, one: unknown) =>
    isBag(one) ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))) : one,
  )
}

/** The parsed text, or undefined. */
export function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    // Not JSON: the caller asked whether it is.
    return undefined
  }
}
