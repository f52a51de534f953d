import { randomBytes } from 'node:crypto'
import type { Answer, AnswerPart } from '../../standin/answer.ts'
import type { WriteContext } from '../../model-face.ts'
import { copilotUsage } from '../../copilot/quota.ts'
import { isObject, objectsOf, stringsOf } from '../../json.ts'
import type { JsonObject } from '../../json.ts'
import { encryptedBy, newNonce } from '../../seals.ts'

type Members = Readonly<Record<string, unknown>>

const prefixes: Readonly<Record<AnswerPart['type'], string>> = {
  reasoning: 'rs',
  text: 'msg',
  refusal: 'msg',
  'tool-call': 'fc',
  compaction: 'cmp',
}

/** An id for one event of an item: another one each time (Q22), or the item's own. */
export const itemId = (part: AnswerPart, { state }: WriteContext): string =>
  state.quirks['responses-unstable-ids']
    ? state.seals.seal('id', part.nonce, '', 240)
    : `${prefixes[part.type]}_${part.nonce}`

/** The id of a response. */
export const responseId = ({ state, answerId }: WriteContext): string =>
  answerId ?? (state.quirks['responses-unstable-ids'] ? state.seals.seal('id', newNonce(), '', 300) : newResponseId())

/** A fresh id in the form of OpenAI's. */
export const newResponseId = (): string => `resp_${randomBytes(24).toString('hex')}`

/** The item of a part, as it is when it is done. */
export function writeItem(part: AnswerPart, answer: Answer, context: WriteContext): Members {
  const id = itemId(part, context)
  const last = answer.parts.at(-1) === part
  const cut = answer.finish === 'length' && last && context.state.quirks['responses-incomplete-item']
  const status = cut ? 'incomplete' : 'completed'
  switch (part.type) {
    case 'reasoning': {
      const summary = hasSummary(part, context) ? [{ type: 'summary_text', text: part.text }] : []
      return { id, type: 'reasoning', summary, ...encrypted(part, context) }
    }
    case 'text':
      return {
        id,
        type: 'message',
        status,
        role: 'assistant',
        content: [textContent(part, answer)],
        ...phaseOf(part, answer, context),
      }
    case 'refusal':
      return { id, type: 'message', status, role: 'assistant', content: [{ type: 'refusal', refusal: part.text }] }
    case 'tool-call': {
      const names = {
        call_id: part.id ?? `call_${part.nonce}`,
        name: part.name,
        ...(part.namespace !== undefined && { namespace: part.namespace }),
      }
      return part.custom === true
        ? { id, type: 'custom_tool_call', status, ...names, input: part.arguments }
        : { id, type: 'function_call', status, ...names, arguments: part.arguments }
    }
    case 'compaction':
      return {
        id,
        type: 'compaction',
        encrypted_content: context.state.seals.seal(encryptedBy(context.upstream), part.nonce, '', 400),
      }
  }
}

/** Whether the reasoning can be read: the client asked for summaries and there is one (Q25). */
export const hasSummary = (part: AnswerPart & { type: 'reasoning' }, { conversation, state }: WriteContext): boolean =>
  conversation.thinking !== 'hidden' &&
  part.text !== '' &&
  part.redacted !== true &&
  !state.quirks['responses-empty-summary']

function encrypted(part: AnswerPart & { type: 'reasoning' }, { request, state, upstream }: WriteContext): Members {
  if (!stringsOf(request['include']).includes('reasoning.encrypted_content')) return {}
  return { encrypted_content: part.opaque ?? state.seals.seal(encryptedBy(upstream), part.nonce, part.text, 400) }
}

/** The content part of a text. */
export const textContent = (part: AnswerPart & { type: 'text' }, answer: Answer): Members => ({
  type: 'output_text',
  text: part.text,
  annotations: [],
  logprobs: answer.logprobs === true ? part.pieces.map(logprob) : [],
})

/** The logprob of one piece. */
export const logprob = (token: string): Members => ({
  token,
  logprob: -0.1,
  bytes: [...Buffer.from(token)],
  top_logprobs: [],
})

const phased = /^gpt-5\.(3-codex|4|5)/

function phaseOf(part: AnswerPart & { type: 'text' }, answer: Answer, { conversation, state }: WriteContext): Members {
  if (part.phase !== undefined) return { phase: part.phase }
  if (!state.quirks['responses-phase'] || !phased.test(conversation.model.id)) return {}
  return { phase: answer.parts.some(({ type }) => type === 'tool-call') ? 'commentary' : 'final_answer' }
}

/** What the response object says about the request. */
export function writeEcho({ request, conversation, state, created, echo }: WriteContext): Members {
  const reasoning: JsonObject = isObject(request['reasoning']) ? request['reasoning'] : {}
  const effort =
    reasoning['effort'] ??
    (conversation.model.efforts.includes('none') || !conversation.model.thinking ? 'none' : 'medium')
  return {
    object: 'response',
    created_at: created,
    background: false,
    error: null,
    incomplete_details: null,
    instructions: request['instructions'] ?? null,
    max_output_tokens: request['max_output_tokens'] ?? null,
    metadata: request['metadata'] ?? {},
    model: conversation.model.version,
    parallel_tool_calls: request['parallel_tool_calls'] ?? true,
    previous_response_id: null,
    prompt_cache_key: request['prompt_cache_key'] ?? null,
    reasoning: { effort, summary: reasoning['summary'] ?? null },
    safety_identifier: null,
    temperature: request['temperature'] ?? 1,
    text: { format: { type: 'text' }, verbosity: 'medium', ...(isObject(request['text']) ? request['text'] : {}) },
    tool_choice: request['tool_choice'] ?? 'auto',
    tools: objectsOf(request['tools']).map(echoTool),
    top_logprobs: 0,
    top_p: request['top_p'] ?? 1,
    truncation: request['truncation'] ?? 'disabled',
    ...(state.quirks['responses-odd-fields'] && { service_tier: 'priority', output_text: null }),
    ...echo,
  }
}

/** The service fills in what the client left out. */
const echoTool = (tool: JsonObject): JsonObject =>
  tool['type'] !== 'function'
    ? tool
    : {
        description: null,
        strict: true,
        ...tool,
        parameters: { ...(isObject(tool['parameters']) ? tool['parameters'] : {}), additionalProperties: false },
      }

/** Usage in responses words; `copilot_usage` stands beside it. */
export function writeUsage({ usage }: Answer, { conversation, state }: WriteContext): Members {
  return {
    usage: {
      input_tokens: usage.input,
      input_tokens_details: { cached_tokens: usage.cached, cache_write_tokens: 0 },
      output_tokens: usage.output,
      output_tokens_details: { reasoning_tokens: usage.reasoning },
      total_tokens: usage.input + usage.output,
    },
    ...(state.quirks['copilot-usage'] && copilotUsage(conversation.model, usage)),
  }
}

/** The last state of a response. */
export function writeEnd(answer: Answer): Members {
  switch (answer.finish) {
    case 'length':
      return { status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' } }
    case 'content-filter':
      return { status: 'incomplete', incomplete_details: { reason: 'content_filter' } }
    case 'error':
      return {
        status: 'failed',
        error: { code: 'server_error', message: 'The server had an error while processing your request.' },
      }
    default:
      return { status: 'completed' }
  }
}
