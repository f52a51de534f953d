import { randomBytes } from 'node:crypto'
import type { Answer } from '../../standin/answer.ts'
import { isAzure, isClaude } from '../../model.ts'
import type { WriteContext } from '../../model-face.ts'
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

/** A whole chat completion, with Q13, Q14 and Q17. */
export function writeChatWhole(answer: Answer, context: WriteContext): unknown {
  const { conversation, state, created } = context
  const { model } = conversation
  const azure = state.quirks['chat-azure-shape'] && isAzure(model)
  const choices = splitMessage(answer, context).map((message, index, all) => {
    const logprobs =
      answer.logprobs === true
        ? { logprobs: chatLogprobs(answer.parts.flatMap((part) => (part.type === 'text' ? part.pieces : []))) }
        : {}
    const last = index === all.length - 1
    return {
      ...(!state.quirks['chat-missing-index'] && { index }),
      finish_reason: last ? chatFinish(answer, context) : 'stop',
      message: azure ? { ...message, padding: randomBytes(4).toString('hex').replaceAll(/\d/g, 'x') } : message,
      ...logprobs,
      ...(azure && { content_filter_results: message['tool_calls'] === undefined ? filterResults : {} }),
    }
  })
  return {
    id: answerId(model),
    ...(!azure && { object: 'chat.completion', created }),
    model: model.version,
    choices,
    ...(azure && {
      prompt_filter_results: [{ prompt_index: 0, content_filter_results: filterResults }],
      system_fingerprint: 'fp_b54fe76834',
    }),
    ...chatUsage(answer, context),
  }
}

/** The message, or for Claude one message per kind of content (Q13). */
function splitMessage(answer: Answer, context: WriteContext): readonly Members[] {
  const { conversation, state } = context
  const calls = toolCallsOf(answer)
  const content = contentOf(answer, context)
  if (calls.length === 0) return [content]
  const toolCalls = calls.map((part) => {
    const id = toolCallId(part, conversation.model)
    return part.custom === true
      ? { id, type: 'custom', custom: { name: part.name, input: part.arguments } }
      : { id, type: 'function', function: { name: part.name, arguments: part.arguments } }
  })
  const hasText = typeof content['content'] === 'string' && content['content'] !== ''
  if (state.quirks['chat-split-choices'] && isClaude(conversation.model) && hasText) {
    return [content, { role: 'assistant', content: null, tool_calls: toolCalls }]
  }
  const { content: text, ...rest } = content
  const silent = text === null && state.quirks['chat-missing-content']
  return [{ ...(!silent && { content: text }), ...rest, tool_calls: toolCalls }]
}

function contentOf(answer: Answer, context: WriteContext): Members {
  const texts = answer.parts.filter((part) => part.type === 'text')
  const refusal = answer.parts.find((part) => part.type === 'refusal')
  const reasoning = answer.parts.filter((part) => part.type === 'reasoning').map((part) => chatReasoning(part, context))
  const readable = reasoning.flatMap(({ text }) => text ?? []).join('')
  const annotations = texts.map(annotationsOf).find((found) => found !== undefined)
  return {
    role: 'assistant',
    content: texts.length === 0 ? null : texts.map(({ text }) => text).join(''),
    ...(refusal !== undefined && { refusal: refusal.text }),
    ...(readable !== '' && { reasoning_text: readable }),
    ...(reasoning[0] !== undefined && { reasoning_opaque: reasoning[0].opaque }),
    ...(annotations !== undefined && { copilot_annotations: annotations }),
  }
}
