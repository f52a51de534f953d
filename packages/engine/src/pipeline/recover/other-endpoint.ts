import type { Closed } from '../learned/learned.ts'
import type { Recovery } from './recovery.ts'

/** Copilot's code, and Azure's. */
const codes: ReadonlySet<string> = new Set(['unsupported_api_for_model', 'OperationNotSupported'])
/** Copilot's words, and OpenAI's of models that are not in Chat Completions. */
const models =
  /not accessible via the \/\S+ endpoint|only supported in v1\/responses|not supported in the v1\/chat\/completions endpoint/i
/**
 * OpenAI's words for reasoning with tools there, of 2026-03 (pipecat-ai/pipecat#4043) and since gpt-5.6, whose models reason
 * unless they are told not to (BerriAI/litellm#33221): "To use function tools, use /v1/responses or set …". A request without
 * tools is served.
 */
const tooMuch = /\btools?\b.*\buse \/v1\/responses\b/is
/** The same words of anything else. */
const elsewhere = /use \/v1\/responses instead/i

/**
 * The model is not served at this endpoint (Q10), or not with tools and reasoning: the endpoint is remembered as closed to such
 * requests and the next nearest is asked.
 */
export const otherEndpoint: Recovery = {
  name: 'other-endpoint',
  thing: (_error, { target }) => target.protocol,
  matches: ({ message, upstream }, failed) => failed.elsewhere && closedBy(message, upstream?.code) !== undefined,
  repair({ message, upstream }, failed) {
    const closed = closedBy(message, upstream?.code)
    if (!closed) return undefined
    failed.closeEndpoint(closed)
    failed.note(`endpoint-closed:${failed.target.protocol}`)
    return 0
  },
}

/** Whether a refusal says that the model calls no tools at this endpoint while it reasons. */
export function refusesToolsWithEffort(message: string): boolean {
  return tooMuch.test(message)
}

function closedBy(message: string, code = ''): Closed | undefined {
  if (codes.has(code) || models.test(message)) return 'all'
  if (refusesToolsWithEffort(message)) return 'alike'
  return elsewhere.test(message) ? 'all' : undefined
}
