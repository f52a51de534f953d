import { nearest } from '@crossfeed/protocols'

/** First words of our own paths, now or soon: a provider of that name could not be reached at `/<name>/v1/…`. */
const routes: ReadonlySet<string> = new Set([
  'admin',
  'api',
  'assets',
  'audio',
  'batches',
  'chat',
  'completions',
  'dashboard',
  'embeddings',
  'files',
  'health',
  'images',
  'mcp',
  'messages',
  'metrics',
  'models',
  'responses',
  'route',
  'token',
  'usage',
  'usage-viewer',
  'v1',
])

/** What is wrong with a provider's name, and what to do; undefined when it can be used. */
export function faultOfName(name: string): { readonly message: string; readonly fix: string } | undefined {
  if (isCopilot(name)) {
    return { message: `the name ${name} is that of the Copilot account`, fix: 'Choose another name.' }
  }
  if (routes.has(name.toLowerCase())) {
    return {
      message: `the name ${name} is that of a path of Crossfeed`,
      fix: `Choose another name, such as my-${name}.`,
    }
  }
  if (/^[\w.@+:-]+$/.test(name) && !/^\.+$/.test(name)) return undefined
  const message = `the name "${name}" cannot stand before a slash in a model's name`
  return { message, fix: 'Use letters, digits and - _ . @ + : only.' }
}

/** Whether a name means the Copilot account. */
export function isCopilot(name: string): boolean {
  return name === 'copilot' || name === 'github_copilot'
}

/** The providers that targets may name. */
export interface KnownProviders {
  readonly served: ReadonlySet<string>
  /** Disabled, or without a key. */
  readonly leftOut: ReadonlySet<string>
}

/** The fix for a name that no provider has. */
export function fixUnknownProvider(name: string, { served, leftOut }: KnownProviders): string {
  const near = nearest(name, [...served, ...leftOut])
  if (near !== undefined) return `Did you mean ${near}?`
  if (name === 'codex') return 'Add it: providers: { codex: { type: codex } }.'
  if (isCopilot(name)) return 'Remove copilot: false, or set copilot: true.'
  return `Providers here: ${[...served].join(', ') || 'none'}.`
}
