import { asObject, asString, type Json } from '../core/json.ts'
import type { Part, RefusalPart } from '../core/part.ts'
import type { Finish } from '../core/reply.ts'
import type { StopReason } from './wire.ts'

/** Why an answer ended. `kept` is the API's own word where ours says less. */
export interface Ending {
  readonly finish: Finish
  readonly stopSequence?: string
  readonly kept?: string
}

/** The ending that `stop_reason` and `stop_sequence` name; an answer with calls that just stopped waits for results. */
export function readEnding(reason: Json | undefined, sequence: Json | undefined, hasCalls: boolean): Ending {
  const plain: Finish = hasCalls ? 'tool-calls' : 'stop'
  const word = asString(reason)
  switch (word) {
    case undefined:
    case 'end_turn':
    // The words of Chat Completions, which servers that speak both confuse.
    case 'stop':
      return { finish: plain }
    case 'stop_sequence': {
      const stopSequence = asString(sequence)
      return stopSequence === undefined ? { finish: plain, kept: word } : { finish: plain, stopSequence }
    }
    case 'tool_use':
    case 'tool_calls':
      return { finish: 'tool-calls' }
    case 'max_tokens':
    case 'length':
      return { finish: 'length' }
    case 'model_context_window_exceeded':
      return { finish: 'length', kept: word }
    case 'refusal':
    case 'content_filter':
      return { finish: 'refusal' }
    case 'pause_turn':
      return { finish: 'pause' }
    case 'compaction':
      return { finish: 'pause', kept: word }
    default:
      return { finish: plain, kept: word }
  }
}

/** `stop_reason` of a finished answer, never null. A word of the API's own comes back as it was. */
export function writeStopReason(
  ending: Ending,
  answer: { readonly hasCalls: boolean; readonly refused: boolean },
): StopReason | (string & {}) {
  if (ending.kept !== undefined) return ending.kept
  switch (ending.finish) {
    case 'length':
      return 'max_tokens'
    case 'tool-calls':
      return 'tool_use'
    case 'refusal':
      return 'refusal'
    case 'pause':
      return 'pause_turn'
    case 'stop':
    case 'error':
      if (answer.refused) return 'refusal'
      if (answer.hasCalls) return 'tool_use'
      return ending.stopSequence === undefined ? 'end_turn' : 'stop_sequence'
  }
}

/** Marks a refusal that is no block of the answer, but what `stop_details` says of its end. */
const explains = 'stop_details'

/** The words by which the API explains a refusal: clients of other protocols have a slot for them beside the answer. */
export function readExplanation(details: Json | undefined): RefusalPart | undefined {
  const text = asString(asObject(details)?.['explanation'])
  return text ? { kind: 'refusal', text, extras: { messages: { [explains]: true } } } : undefined
}

/** Whether a part only says what `stop_details` says, which this protocol writes there. */
export function isExplanation(part: Part): boolean {
  return part.kind === 'refusal' && part.extras?.messages?.[explains] === true
}
