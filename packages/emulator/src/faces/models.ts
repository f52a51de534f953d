import type { ModelEntry } from '../model.ts'

/** What a face has to know of a model. Limits in tokens. */
export interface ModelFacts {
  readonly id: string
  /** The dated name that answers carry; default the id. */
  readonly version?: string
  /** Who the list says owns it. */
  readonly owner?: string
  readonly type?: 'chat' | 'embeddings'
  /** Names of the face's endpoints that serve it; default: all. */
  readonly endpoints?: readonly string[]
  readonly window?: number
  readonly output?: number
  readonly vision?: boolean
  /** Values of the effort that it takes; a model with any reasons. */
  readonly efforts?: readonly string[]
  /** It reasons though it takes no effort. */
  readonly thinking?: boolean
  /** Whether it can call tools; default true. */
  readonly tools?: boolean
  /** Length of its vectors. */
  readonly dimensions?: number
}

/** A catalog entry for a face besides Copilot's. */
export const createModel = (facts: ModelFacts, endpoints: readonly string[]): ModelEntry => ({
  id: facts.id,
  vendor: facts.owner ?? '',
  version: facts.version ?? facts.id,
  type: facts.type ?? 'chat',
  endpoints: facts.endpoints ?? endpoints,
  disabled: false,
  maxPromptTokens: facts.window ?? 128_000,
  maxOutputTokens: facts.output ?? 16_384,
  maxInputs: 2048,
  vision: facts.vision ?? false,
  thinking: facts.thinking ?? (facts.efforts ?? []).length > 0,
  adaptive: false,
  budget: false,
  efforts: facts.efforts ?? [],
  prices: {},
  tools: facts.tools ?? true,
  wire: { ...(facts.dimensions !== undefined && { dimensions: facts.dimensions }) },
})
