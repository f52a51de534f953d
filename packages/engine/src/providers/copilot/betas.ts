import { asObject, type JsonObject, type Traits } from '@crossfeed/protocols'
import { contextManagement, interleavedThinking, readBetas } from '../messages-dialect.ts'

/** Anthropic beta of tool search. */
const advancedToolUse = 'advanced-tool-use-2025-11-20'

const knownGood: ReadonlySet<string> = new Set([interleavedThinking, contextManagement, advancedToolUse])

/** What becomes of the client's `anthropic-beta` values. */
export interface ForwardedBetas {
  readonly forward: readonly string[]
  /** Values that are not known to be accepted, in the client's order: worth a note. */
  readonly removed: readonly string[]
}

/**
 * The betas to send: those that Copilot is known to take. `interleaved-thinking` goes when the model thinks adaptively,
 * and is added when a budget is set and the client named no betas at all (what a client without the header means).
 * `body` is the body that goes out, after its thinking was fitted to the model.
 */
export function forwardBetas(
  header: string | readonly string[] | undefined,
  reasoning: Traits['reasoning'],
  body: JsonObject,
): ForwardedBetas {
  const asked = readBetas(header)
  const thinking = asObject(body['thinking'])?.['type']
  const adaptive = thinking === 'adaptive' || (reasoning.adaptive && thinking !== 'enabled')
  if (asked.length === 0) return { forward: thinking === 'enabled' ? [interleavedThinking] : [], removed: [] }
  const isForwarded = (beta: string): boolean => knownGood.has(beta) && !(adaptive && beta === interleavedThinking)
  return {
    forward: asked.filter(isForwarded),
    removed: asked.filter((beta) => !knownGood.has(beta)),
  }
}
