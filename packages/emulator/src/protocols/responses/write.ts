import { randomBytes } from 'node:crypto'
import { argumentPieces, words } from '../../standin/answer.ts'
import type { Answer, AnswerPart } from '../../standin/answer.ts'
import type { WriteContext } from '../../model-face.ts'
import { sseEvent } from '../../server/outcome.ts'
import {
  hasSummary,
  itemId,
  logprob,
  responseId,
  textContent,
  writeEcho,
  writeEnd,
  writeItem,
  writeUsage,
} from './items.ts'

type Members = Readonly<Record<string, unknown>>

/** A whole response. */
export function writeResponseWhole(answer: Answer, context: WriteContext): unknown {
  const output = answer.parts.map((part) => writeItem(part, answer, context))
  return { id: responseId(context), ...writeEcho(context), ...writeEnd(answer), output, ...writeUsage(answer, context) }
}

/** The stream of a response: every item is added, filled and done; items of parallel calls may interleave. */
export function writeResponseStream(answer: Answer, context: WriteContext): readonly string[] {
  const id = responseId(context)
  const echo = writeEcho(context)
  const begun = { id, ...echo, status: 'in_progress', output: [], usage: null }
  const items = answer.parts.map((part, index) => itemEvents(part, index, answer, context))
  const ending = writeEnd(answer)
  const end = {
    id: context.state.quirks['responses-unstable-ids'] ? responseId(context) : id,
    ...echo,
    ...ending,
    output: answer.parts.map((part) => writeItem(part, answer, context)),
    ...writeUsage(answer, context),
  }
  const events: readonly Members[] = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    ...(answer.interleave === true ? interleave(answer, items) : items.flat()),
    { type: `response.${String(ending['status'])}`, response: end },
  ]
  return events.map((event, sequence) => sseEvent({ ...event, sequence_number: sequence }, String(event['type'])))
}

/** The events of the tool calls take turns; what comes before them keeps its order. */
function interleave(answer: Answer, items: readonly (readonly Members[])[]): readonly Members[] {
  const first = answer.parts.findIndex(({ type }) => type === 'tool-call')
  if (first < 0) return items.flat()
  const calls = items.slice(first)
  const longest = Math.max(...calls.map((events) => events.length))
  const turns = Array.from({ length: longest }, (_, at) => calls.flatMap((events) => events.slice(at, at + 1)))
  return [...items.slice(0, first).flat(), ...turns.flat()]
}

function itemEvents(part: AnswerPart, output_index: number, answer: Answer, context: WriteContext): readonly Members[] {
  const done = writeItem(part, answer, context)
  const added = { type: 'response.output_item.added', output_index, item: begunItem(part, done, context) }
  const closed = { type: 'response.output_item.done', output_index, item: done }
  // Each event asks for its own id: with Q22 no two are the same.
  const at = (type: string, more: Members): Members => ({
    type: `response.${type}`,
    item_id: itemId(part, context),
    output_index,
    ...more,
  })
  return [added, ...fillEvents(part, answer, context, at), closed]
}

function begunItem(part: AnswerPart, done: Members, context: WriteContext): Members {
  const id = itemId(part, context)
  switch (part.type) {
    case 'reasoning':
      return { ...done, id, summary: [] }
    case 'text':
    case 'refusal':
      return { ...done, id, status: 'in_progress', content: [] }
    case 'tool-call':
      return { ...done, id, status: 'in_progress', ...(part.custom === true ? { input: '' } : { arguments: '' }) }
    case 'compaction':
      return { ...done, id }
  }
}

type EventAt = (type: string, more: Members) => Members

function fillEvents(part: AnswerPart, answer: Answer, context: WriteContext, at: EventAt): readonly Members[] {
  switch (part.type) {
    case 'reasoning':
      return hasSummary(part, context) && !context.state.quirks['responses-late-summaries']
        ? summaryEvents(part.text, at)
        : []
    case 'text':
      return textEvents(part, answer, context, at)
    case 'refusal': {
      const content = { type: 'refusal', refusal: part.text }
      return [
        at('content_part.added', { content_index: 0, part: { type: 'refusal', refusal: '' } }),
        ...words(part.text).map((delta) => at('refusal.delta', { content_index: 0, delta })),
        at('refusal.done', { content_index: 0, refusal: part.text }),
        at('content_part.done', { content_index: 0, part: content }),
      ]
    }
    case 'tool-call': {
      const kind = part.custom === true ? 'custom_tool_call_input' : 'function_call_arguments'
      const whole = part.custom === true ? { input: part.arguments } : { arguments: part.arguments, name: part.name }
      return [
        ...argumentPieces(part.arguments).map((delta) => at(`${kind}.delta`, { delta, ...obfuscation(context) })),
        at(`${kind}.done`, whole),
      ]
    }
    case 'compaction':
      return []
  }
}

const summaryEvents = (text: string, at: EventAt): readonly Members[] => [
  at('reasoning_summary_part.added', { summary_index: 0, part: { type: 'summary_text', text: '' } }),
  ...words(text).map((delta) => at('reasoning_summary_text.delta', { summary_index: 0, delta })),
  at('reasoning_summary_text.done', { summary_index: 0, text }),
  at('reasoning_summary_part.done', { summary_index: 0, part: { type: 'summary_text', text } }),
]

function textEvents(
  part: AnswerPart & { type: 'text' },
  answer: Answer,
  context: WriteContext,
  at: EventAt,
): readonly Members[] {
  const content = textContent(part, answer)
  const probabilities = (pieces: readonly string[]): readonly Members[] =>
    answer.logprobs === true ? pieces.map(logprob) : []
  return [
    at('content_part.added', { content_index: 0, part: { ...content, text: '', logprobs: [] } }),
    ...part.pieces.map((delta) =>
      at('output_text.delta', { content_index: 0, delta, logprobs: probabilities([delta]), ...obfuscation(context) }),
    ),
    at('output_text.done', { content_index: 0, text: part.text, logprobs: probabilities(part.pieces) }),
    at('content_part.done', { content_index: 0, part: content }),
  ]
}

const obfuscation = ({ state }: WriteContext): Members =>
  state.quirks['responses-odd-fields'] ? { obfuscation: randomBytes(6).toString('base64') } : {}
