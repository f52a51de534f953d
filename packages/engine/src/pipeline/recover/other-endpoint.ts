import type { Recovery } from './recovery.ts'

/** Copilot's code, and Azure's. */
const codes: ReadonlySet<string> = new Set(['unsupported_api_for_model', 'OperationNotSupported'])
/** Copilot's words, and OpenAI's two: of models that are not in Chat Completions, and of reasoning with tools there. */
const sayings = /not accessible via the \/\S+ endpoint|only supported in v1\/responses|use \/v1\/responses instead/i

/** The model is not served at this endpoint (Q10): the endpoint is remembered as closed and the next nearest is asked. */
export const otherEndpoint: Recovery = {
  name: 'other-endpoint',
  matches: (error, failed) =>
    failed.elsewhere && (codes.has(error.upstream?.code ?? '') || sayings.test(error.message)),
  repair(_error, failed) {
    failed.learned.closeEndpoint(failed.target)
    failed.note(`endpoint-closed:${failed.target.protocol}`)
    return 0
  },
}
