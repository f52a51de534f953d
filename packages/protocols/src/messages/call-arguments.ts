import { parseArguments } from '../core/exact-json.ts'
import { isObject } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { ToolCallPart } from '../core/part.ts'
import { isBlank, readInput } from './write-content.ts'

/**
 * The arguments of a call as they come. Clients parse what the deltas add up to (the official ones with each delta, and they
 * throw), so that only what begins as an object is written at once; the rest waits until it can be wrapped as a whole answer has it.
 */
export class CallArguments {
  /** What the first character has told; undefined until one has come. */
  #begin: 'object' | 'other' | undefined

  /** What of a text is written as it comes. White space before the first character is none of it. */
  add(text: string): string {
    if (this.#begin === 'object') return text
    const said = text.trimStart()
    if (this.#begin || said === '') return ''
    this.#begin = said.startsWith('{') ? 'object' : 'other'
    return this.#begin === 'object' ? said : ''
  }

  /** Whether the next text is written as it comes. */
  get flows(): boolean {
    return this.#begin === 'object'
  }

  /** What is left to write of the whole call. */
  rest(call: ToolCallPart, lose: ReportLoss, path: string): string {
    return this.#begin === 'other' ? JSON.stringify(readInput(call, lose, path)) : ''
  }

  /** Whether what was written as it came has proved to be no object. */
  isBroken(call: ToolCallPart): boolean {
    return this.#begin === 'object' && !isBlank(call.input) && !isObject(parseArguments(call.input))
  }
}
