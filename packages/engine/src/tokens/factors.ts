/** Whose counting habits a model follows. */
export type Family = 'claude' | 'grok' | 'other'

/** What an estimate needs to know of a model. */
export interface CountedModel {
  readonly id: string
  readonly vendor?: string | undefined
  /** Encoding named by the model list; `o200k_base` when absent or unknown. */
  readonly tokenizer?: string | undefined
}

/** Fixed sizes that no tokenizer knows, in tokens, and factors on text. */
export interface Factors {
  readonly perMessage: number
  readonly perName: number
  readonly replyPriming: number
  /** An image costs by its pixels, not by its base64 text; providers cap it near this. */
  readonly image: number
  /** A PDF page is sent as text and as an image. */
  readonly pdfPage: number
  /** The list of tools, each tool in it, and the factor for the form they are written in (VS Code's count). */
  readonly toolList: number
  readonly perTool: number
  readonly toolForm: number
  /** What a model's instructions for calling tools add once. */
  readonly toolInstructions: Readonly<Record<Family, number>>
  /** The family's tokenizer against o200k; for Claude `claudeTokenMultiplier` replaces it. */
  readonly multiplier: Readonly<Record<Family, number>>
}

/** The one table of sizes. */
export const factors: Factors = {
  perMessage: 3,
  perName: 1,
  replyPriming: 3,
  image: 1600,
  pdfPage: 3000,
  toolList: 16,
  perTool: 8,
  toolForm: 1.1,
  toolInstructions: { claude: 346, grok: 480, other: 0 },
  multiplier: { claude: 1.15, grok: 1.03, other: 1 },
}

/** Sizes of the tools that Claude knows by type, by the beginning of the type. */
const typedTools: readonly (readonly [prefix: string, tokens: number])[] = [
  ['bash_', 700],
  ['text_editor_', 700],
  ['web_fetch_', 500],
  ['code_execution_', 500],
  ['tool_search_tool_', 200],
  ['mcp_toolset', 300],
]

/** The fixed size of a Claude tool type such as `bash_20250124`; undefined for one that is not in the table. */
export function typedToolSize(type: string): number | undefined {
  return typedTools.find(([prefix]) => type.startsWith(prefix))?.[1]
}

/** The family of a model, by its vendor or, where none is given, its name. */
export function familyOf(model: CountedModel): Family {
  const words = `${model.vendor ?? ''} ${model.id}`.toLowerCase()
  if (words.includes('claude') || words.includes('anthropic')) return 'claude'
  if (words.includes('grok') || words.includes('xai')) return 'grok'
  return 'other'
}
