import type { Finish } from '../core/reply.ts'
import type { FinishReason } from './wire.ts'

const finishes: { readonly [word: string]: Finish | undefined } = {
  stop: 'stop',
  eos: 'stop',
  eos_token: 'stop',
  stop_sequence: 'stop',
  end_turn: 'stop',
  complete: 'stop',
  length: 'length',
  max_tokens: 'length',
  model_length: 'length',
  model_context_window_exceeded: 'length',
  tool_calls: 'tool-calls',
  tool_call: 'tool-calls',
  function_call: 'tool-calls',
  tool_use: 'tool-calls',
  content_filter: 'refusal',
  refusal: 'refusal',
  // GLM's word, and Gemini's.
  sensitive: 'refusal',
  safety: 'refusal',
  recitation: 'refusal',
  blocklist: 'refusal',
  prohibited_content: 'refusal',
  spii: 'refusal',
  error: 'error',
  // DeepSeek's word for an answer that it had to break off, GLM's, vLLM's, and Gemini's for a call that it could not read.
  insufficient_system_resource: 'error',
  network_error: 'error',
  abort: 'error',
  malformed_function_call: 'error',
  function_call_filter: 'error',
}

/**
 * What `finish_reason` says, in any vendor's words; undefined for one that is not known. Gemini adds the cause behind a colon.
 * `error` is a failure, not an end.
 */
export function readFinish(reason: string): Finish | undefined {
  const word = reason.split(':', 1)[0]?.trim().toLowerCase() ?? ''
  return Object.hasOwn(finishes, word) ? finishes[word] : undefined
}

/** One finish for all choices of an answer, which together are one (Copilot gives each message a choice of its own). */
export function joinFinishes(finishes: readonly Finish[], calls: number): Finish {
  if (finishes.includes('error')) return 'error'
  if (finishes.includes('length')) return 'length'
  if (finishes.includes('refusal')) return 'refusal'
  // Some servers say `stop` after calls, and some say `tool_calls` without any.
  return calls > 0 ? 'tool-calls' : 'stop'
}

/** `finish_reason` for a finish; `legacy` is for a client that speaks of one function call. */
export function writeFinish(finish: Finish, legacy: boolean): FinishReason {
  switch (finish) {
    case 'length':
      return 'length'
    case 'tool-calls':
      return legacy ? 'function_call' : 'tool_calls'
    case 'refusal':
      return 'content_filter'
    default:
      return 'stop'
  }
}
