import { leastBudget, type Traits } from '@crossfeed/protocols'

/** The version of the Messages API that is spoken where the client names none (platform documentation). */
export const anthropicVersion = '2023-06-01'
/** Beta of Anthropic's that lets thinking by budget go on between tool calls; adaptive thinking has it built in. */
export const interleavedThinking = 'interleaved-thinking-2025-05-14'
/** Beta of Anthropic's without which a `context_management` member is refused (Q31). */
export const contextManagement = 'context-management-2025-06-27'

/** How a model thinks of which only the protocol is known. */
export const plainThinking: Traits['reasoning'] = { adaptive: false, budget: { min: leastBudget, max: 32_000 } }

/** The values of a client's `anthropic-beta` header, each once. */
export function readBetas(header: string | readonly string[] | undefined): readonly string[] {
  if (header === undefined) return []
  const text = typeof header === 'string' ? header : header.join(',')
  const values = text
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '')
  return [...new Set(values)]
}
