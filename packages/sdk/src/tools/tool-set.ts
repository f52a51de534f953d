import { invalidConfig } from '../invalid-config.ts'

/** Where a tool comes from: the SDK itself, an MCP server, or the program. */
export type ToolSource = 'builtin' | 'mcp' | 'custom'

/** Builds a list of tool filters for `availableTools` and `excludedTools`. */
export class ToolSet {
  readonly #items: string[] = []

  /** Adds built-in tools by name; `*` for all. */
  addBuiltIn(names: string | readonly string[]): this {
    for (const name of typeof names === 'string' ? [names] : names) this.#items.push(`builtin:${name}`)
    return this
  }

  /** Adds a tool of `tools` by name; `*` for all. */
  addCustom(name: string): this {
    this.#items.push(`custom:${name}`)
    return this
  }

  /** Adds a tool of an MCP server, named `<server>-<tool>`; `*` for all. */
  addMcp(name: string): this {
    this.#items.push(`mcp:${name}`)
    return this
  }

  /** The filters, as a list of one's own. */
  toArray(): string[] {
    return [...this.#items]
  }
}

/** Names of built-in tools for `ToolSet.addBuiltIn`. */
export const BuiltInTools: {
  /** Those that reach nothing outside their session. */
  readonly Isolated: readonly string[]
} = { Isolated: ['ask_user'] }

/** Which tools a session has. Throws `session-config` for a bare `*`, which says nothing of a source. */
export function createToolFilter(
  available: readonly string[] | ToolSet | undefined,
  excluded: readonly string[] | ToolSet | undefined,
): (source: ToolSource, name: string) => boolean {
  const wanted = available === undefined ? undefined : patterns('availableTools', available)
  const unwanted = excluded === undefined ? [] : patterns('excludedTools', excluded)
  return (source, name) => {
    const fits = (pattern: string): boolean =>
      pattern === name || pattern === `${source}:${name}` || pattern === `${source}:*`
    return (wanted === undefined || wanted.some(fits)) && !unwanted.some(fits)
  }
}

function patterns(option: string, given: readonly string[] | ToolSet): readonly string[] {
  const list = given instanceof ToolSet ? given.toArray() : given
  if (list.includes('*')) {
    throw invalidConfig(
      `${option} holds '*', which names no source of tools.`,
      "Use new ToolSet().addBuiltIn('*'), .addMcp('*') or .addCustom('*').",
    )
  }
  return list
}
