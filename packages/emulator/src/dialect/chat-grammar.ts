import { randomBytes } from 'node:crypto'
import { argumentPieces, words } from '../standin/answer.ts'
import type { Answer, AnswerPart } from '../standin/answer.ts'
import { chatLogprobs, filterResults, toolCallsOf } from '../protocols/chat/parts.ts'
import type { ToolCallPart } from '../protocols/chat/parts.ts'
import type { ModelFace, WriteContext } from '../model-face.ts'
import { isObject } from '../json.ts'
import { Refusal } from '../refusal.ts'
import { sseEvent } from '../server/outcome.ts'

type Members = Readonly<Record<string, unknown>>

/** Where services that speak chat completions differ. */
export interface ChatGrammar {
  /** The member that shows reasoning; OpenAI has none. */
  readonly reasoning?: 'reasoning_content' | 'reasoning'
  /** `service_tier`, `refusal` and `annotations` are always there, as at OpenAI. */
  readonly official: boolean
  /** Chunks carry `obfuscation` unless the client declines it. */
  readonly obfuscation?: boolean
  readonly fingerprint: string | null
  /** Azure's content filter reports on every answer, in a chunk of its own first. */
  readonly filters?: boolean
  /** Usage says what was written to the prompt cache. */
  readonly cacheWrites?: boolean
}

/** The writer of chat completions in a grammar: whole, or as a stream that ends with `[DONE]`. */
export const createChatWriter = (grammar: ChatGrammar): Pick<ModelFace, 'writeWhole' | 'writeStream'> => ({
  writeWhole: (answer, context) => writeWhole(answer, context, grammar),
  writeStream: (answer, context) => writeStream(answer, context, grammar),
})

const promptFilter = { prompt_filter_results: [{ prompt_index: 0, content_filter_results: filterResults }] }

const callId = (part: ToolCallPart): string => part.id ?? `call_${part.nonce}`

function frameOf({ conversation, created }: WriteContext, grammar: ChatGrammar): Members {
  return {
    id: `chatcmpl-${randomBytes(15).toString('hex')}`,
    created,
    model: conversation.model.version,
    ...(grammar.official && { service_tier: 'default' }),
    system_fingerprint: grammar.fingerprint,
  }
}

const failure = 'The server had an error while processing your request. Sorry about that!'

function writeWhole(answer: Answer, context: WriteContext, grammar: ChatGrammar): Members {
  if (answer.finish === 'error') throw new Refusal(500, failure, { type: 'server_error' })
  const texts = answer.parts.filter((part) => part.type === 'text')
  const refusal = answer.parts.find((part) => part.type === 'refusal')
  const reasoning = answer.parts.flatMap((part) => (part.type === 'reasoning' ? part.text : [])).join('')
  const calls = toolCallsOf(answer).map((part) =>
    part.custom === true
      ? { id: callId(part), type: 'custom', custom: { name: part.name, input: part.arguments } }
      : { id: callId(part), type: 'function', function: { name: part.name, arguments: part.arguments } },
  )
  const message = {
    role: 'assistant',
    content: texts.length === 0 ? null : texts.map(({ text }) => text).join(''),
    ...(grammar.official || refusal !== undefined ? { refusal: refusal?.text ?? null } : {}),
    ...(grammar.official && { annotations: [] }),
    ...(grammar.reasoning !== undefined && reasoning !== '' && { [grammar.reasoning]: reasoning }),
    ...(calls.length > 0 && { tool_calls: calls }),
  }
  const pieces = texts.flatMap((part) => part.pieces)
  const choice = {
    index: 0,
    message,
    logprobs: answer.logprobs === true ? chatLogprobs(pieces) : null,
    finish_reason: finishOf(answer),
    ...(grammar.filters && { content_filter_results: calls.length > 0 ? {} : filterResults }),
  }
  const { id, created, ...frame } = frameOf(context, grammar)
  return {
    id,
    object: 'chat.completion',
    created,
    ...frame,
    choices: [choice],
    usage: usageOf(answer, grammar),
    ...(grammar.filters && promptFilter),
  }
}

function writeStream(answer: Answer, context: WriteContext, grammar: ChatGrammar): readonly string[] {
  const options = isObject(context.request['stream_options']) ? context.request['stream_options'] : {}
  const counted = options['include_usage'] === true
  const { id, created, ...frame } = frameOf(context, grammar)
  const chunk = (choices: readonly Members[], more: Members = {}): Members => ({
    id,
    object: 'chat.completion.chunk',
    created,
    ...frame,
    choices,
    // With usage asked for, every chunk has the member: null in all but the last.
    ...(counted && { usage: null }),
    ...(grammar.obfuscation &&
      options['include_obfuscation'] !== false && { obfuscation: randomBytes(6).toString('base64url') }),
    ...more,
  })
  const choice = (delta: Members, finish: string | null = null, logprobs: unknown = null): Members => ({
    index: 0,
    delta,
    logprobs,
    finish_reason: finish,
    ...(grammar.filters && { content_filter_results: 'content' in delta && finish === null ? filterResults : {} }),
  })
  const opening = { role: 'assistant', content: '', ...(grammar.official && { refusal: null }) }
  const chunks: readonly Members[] = [
    ...(grammar.filters
      ? [{ choices: [], created: 0, id: '', model: '', object: '', ...promptFilter } satisfies Members]
      : []),
    chunk([choice(opening)]),
    ...answer.parts
      .flatMap((part) => partDeltas(part, grammar))
      .map((delta) =>
        chunk([
          choice(
            delta,
            null,
            answer.logprobs === true && typeof delta['content'] === 'string' ? chatLogprobs([delta['content']]) : null,
          ),
        ]),
      ),
    ...callDeltas(answer).map((delta) => chunk([choice(delta)])),
    ...(answer.finish === 'error' ? [] : [chunk([choice({}, finishOf(answer))])]),
    ...(counted && answer.finish !== 'error' ? [chunk([], { usage: usageOf(answer, grammar) })] : []),
  ]
  if (answer.finish === 'error') {
    // A failure half way is an event of its own, and the end.
    const error = { message: failure, type: 'server_error', param: null, code: null }
    return [...chunks, { error }].map((entry) => sseEvent(entry))
  }
  return [...chunks.map((entry) => sseEvent(entry)), sseEvent('[DONE]')]
}

function partDeltas(part: AnswerPart, { reasoning }: ChatGrammar): readonly Members[] {
  if (part.type === 'text') return part.pieces.map((content) => ({ content }))
  if (part.type === 'refusal') return words(part.text).map((refusal) => ({ refusal }))
  return part.type === 'reasoning' && reasoning !== undefined
    ? words(part.text).map((piece) => ({ [reasoning]: piece }))
    : []
}

/** The deltas of the tool calls: head, then pieces of the arguments; they take turns when the answer says so. */
function callDeltas(answer: Answer): readonly Members[] {
  const queues = toolCallsOf(answer).map((part, index): readonly Members[] => {
    const pieces = argumentPieces(part.arguments)
    if (part.custom === true) {
      const head = { index, id: callId(part), type: 'custom', custom: { name: part.name, input: '' } }
      return [head, ...pieces.map((input) => ({ index, custom: { input } }))]
    }
    const head = { index, id: callId(part), type: 'function', function: { name: part.name, arguments: '' } }
    return [head, ...pieces.map((piece) => ({ index, function: { arguments: piece } }))]
  })
  const longest = Math.max(0, ...queues.map((queue) => queue.length))
  const ordered =
    answer.interleave === true
      ? Array.from({ length: longest }, (_, at) => queues.flatMap((queue) => queue.slice(at, at + 1))).flat()
      : queues.flat()
  return ordered.map((call) => ({ tool_calls: [call] }))
}

function finishOf({ finish, parts }: Answer): string {
  if (finish === 'length') return 'length'
  if (finish === 'content-filter') return 'content_filter'
  return parts.some(({ type }) => type === 'tool-call') ? 'tool_calls' : 'stop'
}

function usageOf({ usage }: Answer, { official, cacheWrites }: ChatGrammar): Members {
  const { input, output, cached, cacheWrite, reasoning } = usage
  const audio = official ? { audio_tokens: 0 } : {}
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: {
      cached_tokens: cached,
      ...audio,
      ...(cacheWrites === true && {
        cache_creation_input_tokens: cacheWrite,
        cache_creation: { ephemeral_5m_input_tokens: cacheWrite },
        cache_type: 'ephemeral',
      }),
    },
    completion_tokens_details: {
      reasoning_tokens: reasoning,
      ...audio,
      ...(official && { accepted_prediction_tokens: 0, rejected_prediction_tokens: 0 }),
    },
  }
}
