import type { JsonObject } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { Part, ToolResultPart } from '../core/part.ts'
import type { Prompt, Turn } from '../core/prompt.ts'
import type { Traits } from '../core/traits.ts'
import { writePart } from './write-content.ts'
import { ownExtras } from './extras.ts'
import { writeCall, writeCompaction } from './items.ts'
import { writeReasoning } from './reasoning.ts'

interface Context {
  readonly own: boolean
  readonly traits: Traits
  readonly lose: ReportLoss
  readonly items: JsonObject[]
  /** Media of tool results, for a target that takes none in them: sent as a user message after the last result. */
  readonly held: JsonObject[]
}

/** The two slots that carry the conversation. */
export interface Input {
  readonly instructions: string | undefined
  readonly input: readonly JsonObject[]
}

/** The turns as `instructions` and items, one item for each group of parts that belongs into one. */
export function writeTurns(prompt: Prompt, traits: Traits, lose: ReportLoss): Input {
  const own = prompt.extras?.responses !== undefined
  const leading = countInstructions(prompt.turns)
  const context: Context = { own, traits, lose, items: [], held: [] }
  for (const [index, turn] of prompt.turns.entries()) {
    if (index >= leading) writeTurn(turn, `turns[${index}]`, context)
  }
  releaseHeld(context)
  return { instructions: writeInstructions(prompt.turns.slice(0, leading), lose), input: context.items }
}

function countInstructions(turns: readonly Turn[]): number {
  const end = turns.findIndex((turn) => turn.role !== 'system' || turn.level !== 'instructions')
  return end < 0 ? turns.length : end
}

/** The instructions, several joined by a blank line; undefined when there are none. */
export function writeInstructions(turns: readonly Turn[], lose: ReportLoss): string | undefined {
  const texts: string[] = []
  for (const [index, turn] of turns.entries()) {
    if (turn.role !== 'system' || turn.level !== 'instructions') break
    for (const part of turn.parts) {
      if (part.kind !== 'text') lose({ path: `turns[${index}]`, why: 'instructions are text only' })
      else if (part.text !== '') texts.push(part.text)
    }
  }
  return texts.length > 0 ? texts.join('\n\n') : undefined
}

function writeTurn(turn: Turn, path: string, context: Context): void {
  if (turn.name !== undefined) context.lose({ path: `${path}.name`, why: 'messages have no name here' })
  // Natives of a message are its content; those of any other turn are items.
  const isMessage = ownExtras(turn)['type'] === 'message'
  let content: Part[] = []
  let first = 0
  const flush = (): void => {
    if (content.length > 0) writeMessage(turn, content, `${path}.parts`, first, context)
    content = []
  }
  if (isMessage && turn.parts.length === 0) writeMessage(turn, [], path, 0, context)
  for (const [index, part] of inOrder(turn, context.own)) {
    const inline = part.kind === 'text' || part.kind === 'refusal' || part.kind === 'media'
    if (inline || (part.kind === 'native' && isMessage)) {
      if (content.length === 0) first = index
      content.push(part)
      continue
    }
    flush()
    writeItem(part, `${path}.parts[${index}]`, context)
  }
  flush()
}

/** The parts with their places; tool results come before what else stood in a turn, directly after their calls. */
function inOrder(turn: Turn, own: boolean): readonly (readonly [number, Part])[] {
  const parts = [...turn.parts.entries()]
  if (own || !turn.parts.some(isResult)) return parts
  return [...parts.filter(([, part]) => isResult(part)), ...parts.filter(([, part]) => !isResult(part))]
}

function isResult(part: Part): boolean {
  return part.kind === 'tool-result'
}

function writeMessage(turn: Turn, parts: readonly Part[], path: string, first: number, context: Context): void {
  const { content: wasString, ...own } = ownExtras(turn)
  const assistant = turn.role === 'assistant'
  const content: JsonObject[] = []
  for (const [index, part] of parts.entries()) {
    const written = writePart(part, { ...context, assistant, path: `${path}[${first + index}]` })
    if (written) content.push(written)
  }
  if (content.length === 0 && own['type'] !== 'message') return
  releaseHeld(context)
  const only = parts[0]
  const plain = wasString !== undefined && parts.length <= 1 && (!only || (only.kind === 'text' && !only.extras))
  const text = only?.kind === 'text' ? only.text : ''
  context.items.push({ ...own, type: 'message', role: roleOf(turn), content: plain ? text : content })
}

function roleOf(turn: Turn): string {
  return turn.role === 'system' && turn.level === 'developer' ? 'developer' : turn.role
}

function writeItem(part: Part, path: string, context: Context): void {
  const item = itemOf(part, path, context)
  if (!item) return
  if (part.kind !== 'tool-result') releaseHeld(context)
  context.items.push(item)
}

function itemOf(part: Part, path: string, context: Context): JsonObject | undefined {
  const { lose, own, traits } = context
  switch (part.kind) {
    case 'tool-call':
      return writeCall(part.input === '' && part.form === 'json' && !own ? { ...part, input: '{}' } : part)
    case 'tool-result':
      return writeOutput(part, path, context)
    case 'reasoning':
      return writeReasoning(part) ?? loseReasoning(part.text, path, lose)
    case 'compaction':
      return writeCompaction(part) ?? writeReadable(part.text, path, lose)
    case 'native': {
      if (part.protocol !== 'responses') {
        lose({ path, why: `Responses has no item for ${String(part.value['type'])} of ${part.protocol}` })
        return undefined
      }
      // Where tools cannot be grouped, those of the item are written with the others.
      const flattened = part.value['type'] === 'additional_tools' && !(traits.namespaces && traits.customTools)
      return flattened ? undefined : part.value
    }
    default:
      return undefined
  }
}

function loseReasoning(text: string, path: string, lose: ReportLoss): undefined {
  if (text !== '') lose({ path, why: 'Responses takes back only reasoning that it encrypted' })
}

function writeReadable(text: string | undefined, path: string, lose: ReportLoss): JsonObject | undefined {
  lose({
    path,
    why:
      text === undefined ? 'the compaction was made by another provider' : 'a readable compaction is sent as a message',
  })
  return text === undefined ? undefined : { type: 'message', role: 'user', content: [{ type: 'input_text', text }] }
}

function writeOutput(part: ToolResultPart, path: string, context: Context): JsonObject {
  const { output: wasList, ...own } = ownExtras(part)
  if (part.failed)
    context.lose({ path: `${path}.is_error`, why: 'a tool output cannot be marked as failed; its text stays' })
  const content: JsonObject[] = []
  const moved: JsonObject[] = []
  for (const [index, one] of part.content.entries()) {
    const written = writePart(one, { ...context, assistant: false, path: `${path}.content[${index}]` })
    if (!written) continue
    const stays = one.kind !== 'media' || written['type'] === 'input_text' || context.traits.toolResultMedia
    if (stays) content.push(written)
    else moved.push(written)
  }
  if (moved.length > 0)
    context.held.push({ type: 'input_text', text: `Attached to the result of tool call ${part.id}:` }, ...moved)
  if (content.length === 0 && moved.length > 0) content.push({ type: 'input_text', text: seeBelow })
  const plain = !wasList && content.every((one) => one['type'] === 'input_text')
  const output = plain ? content.map((one) => String(one['text'])).join('\n') : content
  const type = part.form === 'text' ? 'custom_tool_call_output' : 'function_call_output'
  return { ...own, type, call_id: part.id, output }
}

const seeBelow = 'The output is attached to the next message.'

function releaseHeld(context: Context): void {
  if (context.held.length === 0) return
  context.items.push({ type: 'message', role: 'user', content: context.held.splice(0) })
}
