import { randomBytes } from 'node:crypto'
import { argumentPieces, words } from '../../standin/answer.ts'
import type { Answer, AnswerPart } from '../../standin/answer.ts'
import type { ModelEntry } from '../../model.ts'
import type { WriteContext } from '../../model-face.ts'
import { copilotUsage } from '../../copilot/quota.ts'
import { sseEvent } from '../../server/outcome.ts'

type Members = Readonly<Record<string, unknown>>

/** The dates of Anthropic's names; a model that is not listed gets the last one. */
const dates: Readonly<Record<string, string>> = {
  'claude-haiku-4.5': '20251001',
  'claude-sonnet-4.5': '20250929',
  'claude-sonnet-4.6': '20260217',
  'claude-opus-4.6': '20260205',
}

const datedName = (model: ModelEntry): string => `${model.id.replaceAll('.', '-')}-${dates[model.id] ?? '20260416'}`

const envelope = ({ conversation, state }: WriteContext): Members => {
  const bedrock = state.quirks['messages-bedrock-shape']
  const host = conversation.model.id.includes('opus') ? 'vrtx_' : 'bdrk_'
  return {
    id: `msg_${bedrock ? host : ''}01${randomBytes(11).toString('hex')}`,
    type: 'message',
    role: 'assistant',
    model: bedrock ? datedName(conversation.model) : conversation.model.id,
  }
}

function usageOf(
  { usage }: Answer,
  { conversation, state }: WriteContext,
): { readonly usage: Members; readonly copilot?: Members } {
  return {
    usage: {
      input_tokens: usage.input - usage.cached - usage.cacheWrite,
      cache_creation_input_tokens: usage.cacheWrite,
      cache_read_input_tokens: usage.cached,
      cache_creation: { ephemeral_5m_input_tokens: usage.cacheWrite, ephemeral_1h_input_tokens: 0 },
      output_tokens: usage.output,
      service_tier: 'standard',
    },
    ...(state.quirks['copilot-usage'] && { copilot: copilotUsage(conversation.model, usage) }),
  }
}

function stopReason({ finish, parts }: Answer): string {
  switch (finish) {
    case 'length':
      return 'max_tokens'
    case 'stop-sequence':
      return 'stop_sequence'
    case 'refusal':
    case 'content-filter':
      return 'refusal'
    case 'tool-calls':
      return 'tool_use'
    default:
      return parts.some(({ type }) => type === 'tool-call') ? 'tool_use' : 'end_turn'
  }
}

const edits = ({ request, state }: WriteContext): Members =>
  state.quirks['messages-bedrock-shape'] || request['context_management'] !== undefined
    ? { context_management: { applied_edits: [] } }
    : {}

/** A whole message (Q35). */
export function writeMessageWhole(answer: Answer, context: WriteContext): unknown {
  const { usage, copilot } = usageOf(answer, context)
  return {
    ...envelope(context),
    content: answer.parts.flatMap((part) => blockOf(part, context)),
    stop_reason: stopReason(answer),
    stop_sequence: answer.stopSequence ?? null,
    ...edits(context),
    usage,
    ...copilot,
  }
}

/** The stream of a message; reasoning, text and tools are one block each, one after the other. */
export function writeMessageStream(answer: Answer, context: WriteContext): readonly string[] {
  const { usage, copilot } = usageOf(answer, context)
  const start = {
    ...envelope(context),
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { ...usage, output_tokens: 1 },
  }
  const events: Members[] = [{ type: 'message_start', message: start }]
  const blocks = answer.parts.flatMap((part) => blockOf(part, context).map((block) => ({ part, block })))
  for (const [index, { part, block }] of blocks.entries()) {
    events.push({ type: 'content_block_start', index, content_block: emptied(block) })
    if (index === 0) events.push({ type: 'ping' })
    for (const delta of deltasOf(part, block, context)) events.push({ type: 'content_block_delta', index, delta })
    events.push({ type: 'content_block_stop', index })
  }
  if (answer.finish === 'error') {
    events.push({ type: 'error', error: { type: 'api_error', message: 'Internal server error' } })
  } else {
    const delta = { stop_reason: stopReason(answer), stop_sequence: answer.stopSequence ?? null }
    events.push({ type: 'message_delta', delta, ...edits(context), usage, ...copilot }, { type: 'message_stop' })
  }
  const lines = events.map((event) => sseEvent(event, String(event['type'])))
  return context.state.quirks['messages-stray-done'] ? [...lines, sseEvent('[DONE]')] : lines
}

function blockOf(part: AnswerPart, context: WriteContext): readonly Members[] {
  const { seals } = context.state
  switch (part.type) {
    case 'reasoning': {
      if (part.redacted === true) {
        return [{ type: 'redacted_thinking', data: part.opaque ?? seals.seal('redacted', part.nonce, part.text) }]
      }
      const signature = part.opaque ?? seals.seal('signature', part.nonce, part.text, 250)
      return [{ type: 'thinking', thinking: context.conversation.thinking === 'hidden' ? '' : part.text, signature }]
    }
    case 'text':
      return part.text === '' ? [] : [{ type: 'text', text: part.text, ...annotations(part, context) }]
    case 'refusal':
      return [{ type: 'text', text: part.text }]
    case 'tool-call': {
      const host = context.state.quirks['messages-bedrock-shape'] ? 'vrtx_' : ''
      return [
        {
          type: 'tool_use',
          id: part.id ?? `toolu_${host}01${part.nonce}`,
          name: part.name,
          input: inputOf(part.arguments),
        },
      ]
    }
    case 'compaction':
      return []
  }
}

const inputOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    // A script may give broken arguments on purpose; a whole message can only carry them as text.
    return { raw: text }
  }
}

function emptied(block: Members): Members {
  switch (block['type']) {
    case 'thinking':
      return { type: 'thinking', thinking: '', signature: '' }
    case 'text':
      return { type: 'text', text: '' }
    case 'tool_use':
      return { ...block, input: {} }
    default:
      return block
  }
}

function deltasOf(part: AnswerPart, block: Members, context: WriteContext): readonly Members[] {
  switch (block['type']) {
    case 'thinking': {
      const pieces = words(String(block['thinking'])).map((thinking) => ({ type: 'thinking_delta', thinking }))
      return [...pieces, { type: 'signature_delta', signature: block['signature'] }]
    }
    case 'text': {
      const pieces = part.type === 'text' ? part.pieces : words(String(block['text']))
      const note = part.type === 'text' ? annotations(part, context) : {}
      return pieces.map((text, index) => ({ type: 'text_delta', text, ...(index === pieces.length - 1 && note) }))
    }
    case 'tool_use':
      return ['', ...argumentPieces(part.type === 'tool-call' ? part.arguments : '')].map((partial_json) => ({
        type: 'input_json_delta',
        partial_json,
      }))
    default:
      return []
  }
}

function annotations(part: Extract<AnswerPart, { type: 'text' }>, { state }: WriteContext): Members {
  const sample = { url: 'https://github.com/octo-org/sample', license: 'MIT', snippet: part.text.slice(0, 40) }
  const citations = part.citations ?? (state.quirks['messages-citations'] ? [sample] : [])
  if (citations.length === 0) return {}
  return {
    copilot_annotations: {
      IPCodeCitations: citations.map(({ url, license, snippet }, id) => ({
        id,
        start_offset: 0,
        end_offset: part.text.length,
        details: {},
        citations: { snippet, url, ip_type: 'LICENSE', license },
      })),
    },
  }
}
