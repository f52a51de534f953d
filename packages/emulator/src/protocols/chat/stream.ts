import { argumentPieces, words } from '../../standin/answer.ts'
import type { Answer, AnswerPart } from '../../standin/answer.ts'
import { isAzure, isClaude } from '../../model.ts'
import type { WriteContext } from '../../model-face.ts'
import { isObject } from '../../json.ts'
import { sseEvent } from '../../server/outcome.ts'
import {
  annotationsOf,
  answerId,
  chatFinish,
  chatLogprobs,
  chatReasoning,
  chatUsage,
  filterResults,
  toolCallId,
  toolCallsOf,
} from './parts.ts'

type Members = Readonly<Record<string, unknown>>

/** A chat stream, with Q13 and Q15 to Q19. */
export function writeChatStream(answer: Answer, context: WriteContext): readonly string[] {
  const { conversation, state, created } = context
  const { quirks } = state
  const { model } = conversation
  const frame = { id: answerId(model), object: 'chat.completion.chunk', created, model: model.version }
  const finish = chatFinish(answer, context)
  const calls = toolCallsOf(answer)
  const split = quirks['chat-split-choices-stream'] && isClaude(model) && calls.length > 0
  const choice = (index: number, delta: Members, more: Members = {}): Members => ({
    ...(!quirks['chat-missing-index'] && { index }),
    delta,
    finish_reason: null,
    ...more,
  })
  const chunk = (choices: readonly Members[] | null, more: Members = {}): Members => ({ ...frame, choices, ...more })

  const chunks: Members[] = []
  if (quirks['chat-empty-first-chunk'] && isAzure(model)) {
    const prompt_filter_results = [{ prompt_index: 0, content_filter_results: filterResults }]
    chunks.push({ choices: [], created: 0, id: '', model: '', object: '', prompt_filter_results })
  }
  if (quirks['chat-null-choices']) {
    const reference = { type: 'github.text', id: 'note', data: { content: 'a note' }, is_implicit: true }
    chunks.push({ ...frame, choices: null, copilot_references: [reference] })
  }
  chunks.push(chunk([choice(0, { role: 'assistant', content: '' })]))
  const opaque: Members[] = []
  for (const part of answer.parts)
    chunks.push(...contentDeltas(part, opaque, answer, context).map(([delta, more]) => chunk([choice(0, delta, more)])))
  const late = quirks['chat-opaque-after-finish']
  if (!late) chunks.push(...opaque.map((delta) => chunk([choice(0, delta)])))
  if (split) chunks.push(chunk([{ ...choice(0, {}), finish_reason: 'stop' }]))
  chunks.push(...toolDeltas(answer, context).map((delta) => chunk([choice(split ? 1 : 0, delta)])))
  const closing = chunk([{ ...choice(split ? 1 : 0, {}), finish_reason: finish }])
  const usage = chatUsage(answer, context)
  const asked =
    isObject(context.request['stream_options']) && context.request['stream_options']['include_usage'] === true
  // OpenAI models give usage in a chunk of its own, when asked; the others with the finish reason.
  const own = model.vendor === 'OpenAI' || isAzure(model)
  chunks.push(own ? closing : { ...closing, ...usage })
  if (late) chunks.push(...opaque.map((delta) => chunk([choice(0, delta)])))
  if (own && asked) chunks.push(chunk([], usage))
  if (quirks['chat-error-mid-stream']) {
    const error = { ...frame, choices: null, error: { code: 'internal_error', message: 'upstream error' } }
    return [...chunks.slice(0, Math.ceil(chunks.length / 2)), error].map((entry) => sseEvent(entry))
  }
  return [...chunks.map((entry) => sseEvent(entry)), ...(quirks['chat-no-done'] ? [] : [sseEvent('[DONE]')])]
}

function contentDeltas(
  part: AnswerPart,
  opaque: Members[],
  answer: Answer,
  context: WriteContext,
): readonly [Members, Members][] {
  switch (part.type) {
    case 'reasoning': {
      const { text, opaque: sealed } = chatReasoning(part, context)
      opaque.push({ reasoning_opaque: sealed })
      return words(text ?? '').map((piece) => [{ reasoning_text: piece }, {}])
    }
    case 'text': {
      const annotations = annotationsOf(part)
      return part.pieces.map((piece, index) => [
        {
          content: piece,
          ...(annotations !== undefined && index === part.pieces.length - 1 && { copilot_annotations: annotations }),
        },
        answer.logprobs === true ? { logprobs: chatLogprobs([piece]) } : {},
      ])
    }
    case 'refusal':
      return words(part.text).map((piece) => [{ refusal: piece }, {}])
    default:
      return []
  }
}

/** The deltas of all tool calls: head, then pieces of the arguments; interleaved when the answer says so (Q16). */
function toolDeltas(answer: Answer, { conversation, state }: WriteContext): readonly Members[] {
  const { quirks } = state
  const queues = toolCallsOf(answer).map((part, position): readonly Members[] => {
    const index = quirks['chat-tool-index-missing'] ? {} : { index: quirks['chat-tool-index-constant'] ? 0 : position }
    const id = toolCallId(part, conversation.model)
    const type = part.custom === true ? 'custom' : 'function'
    const body = (name: string | undefined, piece: string): Members =>
      part.custom === true
        ? { custom: { ...(name !== undefined && { name }), input: piece } }
        : { function: { ...(name !== undefined && { name }), arguments: piece } }
    const head = { ...index, id, type, ...body(part.name, '') }
    const pieces = argumentPieces(part.arguments).map((piece) =>
      quirks['chat-tool-repeats']
        ? { ...index, id, type, ...body('', piece) }
        : { ...index, ...body(undefined, piece) },
    )
    return [head, ...pieces].map((call, at): Members => ({
      ...(quirks['chat-tool-repeats'] || at === 0 ? { role: 'assistant' } : {}),
      tool_calls: [call],
    }))
  })
  if (answer.interleave !== true) return queues.flat()
  const longest = Math.max(0, ...queues.map((queue) => queue.length))
  return Array.from({ length: longest }, (_, at) => queues.flatMap((queue) => queue.slice(at, at + 1))).flat()
}
