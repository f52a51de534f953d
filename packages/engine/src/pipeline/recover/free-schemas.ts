import type { GatewayError } from '@crossfeed/protocols'
import { makeRoom } from '../learned/learned.ts'
import type { Recovery } from './recovery.ts'

/**
 * The words of Anthropic for schemas that together make too large a grammar (anthropics/anthropic-sdk-python#1185; the guide
 * "Structured outputs", schema complexity limits), which gateways before it pass on, and Google's for the same.
 */
const tooMuch: readonly RegExp[] = [
  /compiled grammar is too large/i,
  /schemas? (?:is|are) too complex/i,
  /schemas? contains? too many (?:optional )?parameters/i,
  /too many strict tools/i,
  /grammar compilation timed? ?out/i,
  /schema produces a constraint that has too many states/i,
]

/**
 * OpenAI's words for a strict tool whose schema no output can be held to. Libraries make every tool strict, and other vendors
 * take it so: it was recorded with OpenRouter before Gemini.
 */
const unheld =
  /invalid schema for function .*(?:'additionalProperties' is required|'required' is required|is not permitted|must have a 'type' key)/is

/**
 * More schemas than the target can hold an output to, or one that it cannot: the tools go without `strict`, and if that is not enough, the format as
 * words. Just these schemas are remembered, since smaller ones are taken.
 */
export const freeSchemas: Recovery = {
  name: 'free-schemas',
  thing: (_error, failed) => failed.heldSchemas() ?? '',
  matches: (error, failed) => isTooMuch(error) && failed.heldSchemas() !== undefined,
  repair(_error, failed) {
    const schemas = failed.heldSchemas()
    if (schemas === undefined) return undefined
    failed.teach((known) => void makeRoom(known.schemas).add(schemas))
    return 0
  },
}

function isTooMuch({ status, message }: GatewayError): boolean {
  return (status === 400 || status === 422) && [...tooMuch, unheld].some((words) => words.test(message))
}
