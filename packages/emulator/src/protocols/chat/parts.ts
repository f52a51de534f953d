import { randomBytes } from 'node:crypto'
import type { Answer, AnswerPart } from '../../standin/answer.ts'
import { isClaude } from '../../model.ts'
import type { ModelEntry } from '../../model.ts'
import type { WriteContext } from '../../model-face.ts'
import { copilotUsage } from '../../copilot/quota.ts'

/** An id of the answer in the form of whoever serves the model. */
export const answerId = (model: ModelEntry): string =>
  isClaude(model) ? `msg_vrtx_01${randomBytes(12).toString('hex')}` : `chatcmpl-${randomBytes(15).toString('hex')}`

/** A tool call part of an answer. */
export type ToolCallPart = Extract<AnswerPart, { type: 'tool-call' }>

/** The tool calls of an answer. */
export const toolCallsOf = (answer: Answer): readonly ToolCallPart[] =>
  answer.parts.filter((part) => part.type === 'tool-call')

/** The id of a tool call: scripted, or made from its nonce. */
export const toolCallId = (part: ToolCallPart, model: ModelEntry): string =>
  part.id ?? (isClaude(model) ? `toolu_vrtx_01${part.nonce}` : `call_${part.nonce}`)

/** The finish reason in chat words, with Q17. */
export function chatFinish({ finish, parts }: Answer, { state }: WriteContext): string {
  switch (finish) {
    case 'length':
      return 'length'
    case 'content-filter':
      return 'content_filter'
    case 'error':
      return 'error'
    case 'tool-calls':
      return state.quirks['chat-finish-stop'] ? 'stop' : 'tool_calls'
    default:
      return parts.some(({ type }) => type === 'tool-call') && !state.quirks['chat-finish-stop'] ? 'tool_calls' : 'stop'
  }
}

/** Usage in chat words; `copilot_usage` stands beside it. */
export function chatUsage(answer: Answer, { conversation, state }: WriteContext): Readonly<Record<string, unknown>> {
  const { input, output, cached, reasoning } = answer.usage
  return {
    usage: {
      prompt_tokens: input,
      completion_tokens: output,
      total_tokens: input + output,
      prompt_tokens_details: { cached_tokens: cached },
      completion_tokens_details: {
        accepted_prediction_tokens: 0,
        rejected_prediction_tokens: 0,
        reasoning_tokens: reasoning,
      },
    },
    ...(state.quirks['copilot-usage'] && copilotUsage(conversation.model, answer.usage)),
  }
}

/** The readable and the sealed form of reasoning. Redacted reasoning has only the sealed one. */
export function chatReasoning(
  part: Extract<AnswerPart, { type: 'reasoning' }>,
  { state }: WriteContext,
): { readonly text?: string; readonly opaque: string } {
  const opaque = part.opaque ?? state.seals.seal('opaque', part.nonce, part.text)
  return part.redacted === true || part.text === '' ? { opaque } : { text: part.text, opaque }
}

/** Annotations for text that matches public code. */
export const annotationsOf = (part: Extract<AnswerPart, { type: 'text' }>): object | undefined =>
  part.citations === undefined
    ? undefined
    : {
        IPCodeCitations: part.citations.map(({ url, license, snippet }, id) => ({
          id,
          start_offset: 0,
          end_offset: part.text.length,
          details: {},
          citations: { snippet, url, ip_type: 'LICENSE', license },
        })),
      }

/** Token logprobs of the pieces of a text. */
export const chatLogprobs = (pieces: readonly string[]): object => ({
  content: pieces.map((token) => ({ token, logprob: -0.1, bytes: [...Buffer.from(token)], top_logprobs: [] })),
  refusal: null,
})

/** What Azure's filter says about harmless text. */
export const filterResults: object = Object.fromEntries(
  ['hate', 'self_harm', 'sexual', 'violence'].map((kind) => [kind, { filtered: false, severity: 'safe' }]),
)
