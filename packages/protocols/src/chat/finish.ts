import type { Finish } from '../core/reply.ts'
import type { FinishReason } from './wire.ts'

/** What `finish_reason` says; undefined for a word that is not known. `error` is a failure, not an end. */
export function readFinish(reason: string): Finish | undefined {
  switch (reason) {
    case 'stop':
    case 'eos':
    case 'end_turn':
      return 'stop'
    case 'length':
    case 'max_tokens':
    case 'model_length':
      return 'length'
    case 'tool_calls':
    case 'function_call':
    case 'tool_use':
      return 'tool-calls'
    case 'content_filter':
      return 'refusal'
    case 'error':
      return 'error'
    default:
      return undefined
  }
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
