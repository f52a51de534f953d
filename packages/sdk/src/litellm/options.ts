import type { Anthropic } from '@anthropic-ai/sdk'
import type { JsonObject } from '@crossfeed/protocols'
import type { ChatCompletion, ChatCompletionChunk, ChatCompletionCreateParams } from 'openai/resources/chat/completions'
import type { CreateEmbeddingResponse, EmbeddingCreateParams } from 'openai/resources/embeddings'
import type { Response, ResponseCreateParams, ResponseStreamEvent } from 'openai/resources/responses/responses'
import type { ReplyStream } from './reply-stream.ts'
import { refuseCall } from './errors.ts'

/** What every call takes besides the members of its protocol. None of it is sent as a member of the request. */
export interface CallOptions {
  /** Sent to the upstream over the headers of the same name, whatever the case of their letters. */
  readonly extraHeaders?: Readonly<Record<string, string>> | undefined
  /** Members that are added to the request, over its own. */
  readonly extraBody?: Readonly<Record<string, unknown>> | undefined
  /** The address of the provider's API. Not for `github_copilot/` and `chatgpt/`, whose tokens go to their service alone. */
  readonly apiBase?: string | undefined
  /** The provider's key. */
  readonly apiKey?: string | undefined
  /** Azure: a date such as `2024-10-21`, or `v1`. */
  readonly apiVersion?: string | undefined
  /** Seconds until the answer is there, or where it is streamed, until it begins. */
  readonly timeout?: number | undefined
  /** Ends the call; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /**
   * Tries after the first, of failures that may pass, with growing pauses. By default one, and of server errors and lost connections
   * alone; a Router's is 2.
   */
  readonly numRetries?: number | undefined
}

/** Reasoning of Claude models in a chat request, as Anthropic writes it. */
interface ThinkingMember {
  readonly thinking?: Anthropic.ThinkingConfigParam | undefined
}

/** What a reply tells besides its protocol: not enumerable, so that it is not in its JSON. */
export interface ReplyFacts {
  /** The upstream's id of the request, else Crossfeed's; as in OpenAI's SDK. */
  readonly _request_id: string
  readonly _hiddenParams: {
    /** `github_copilot`, `openai`, … */
    readonly customLlmProvider: string
    /** The model that served. */
    readonly model: string
    /** What was changed on the way, as `x-crossfeed-changes` names it. */
    readonly changes: readonly string[]
    /** Members that the model's protocol could not carry. */
    readonly losses: readonly string[]
    /** USD, where the upstream says it (OpenRouter does); null otherwise. */
    readonly responseCost: number | null
  }
}

type Streamed<T> = Omit<T, 'stream'> & { readonly stream: true }
type Whole<T> = Omit<T, 'stream'> & { readonly stream?: false | null | undefined }
type Extended<T> = T & CallOptions

/** A call whose answer comes whole, or with `stream: true` in pieces. */
interface StreamableCall<Params, Reply, Piece> {
  (request: Extended<Streamed<Params>>): Promise<ReplyStream<Piece>>
  (request: Extended<Whole<Params>>): Promise<Reply & ReplyFacts>
  (request: Extended<Params>): Promise<(Reply & ReplyFacts) | ReplyStream<Piece>>
}

/** What is counted: a conversation and its tools, in any of the protocols. */
export interface CountRequest {
  readonly model: string
  readonly messages: ChatCompletionCreateParams['messages'] | Anthropic.MessageParam[]
  readonly system?: Anthropic.MessageCountTokensParams['system'] | undefined
  readonly tools?: ChatCompletionCreateParams['tools'] | Anthropic.MessageCountTokensParams['tools'] | undefined
}

/** A number of input tokens. */
export interface CountedTokens {
  readonly input_tokens: number
  /** `exact` is Anthropic's own count; an `estimate` is made here and leans high. */
  readonly how: 'exact' | 'estimate'
  readonly tokenizer: string
}

/** The calls. Each rejects with an `APIError` of the class of its failure, or with the reason of its signal. */
export interface Calls {
  /** Chat Completions; see {@link https://platform.openai.com/docs/api-reference/chat/create OpenAI's reference} for the members. */
  readonly completion: StreamableCall<ChatCompletionCreateParams & ThinkingMember, ChatCompletion, ChatCompletionChunk>
  /** Responses; the members are OpenAI's. */
  readonly responses: StreamableCall<ResponseCreateParams & { readonly model: string }, Response, ResponseStreamEvent>
  /** Messages; the members are Anthropic's. */
  readonly messages: StreamableCall<Anthropic.MessageCreateParams, Anthropic.Message, Anthropic.RawMessageStreamEvent>
  /** Embeddings; the members are OpenAI's. */
  embedding(request: Extended<EmbeddingCreateParams>): Promise<CreateEmbeddingResponse & ReplyFacts>
}

/** Names of LiteLLM's Python library that are written another way here, or mean nothing here. */
const respelled: Readonly<Record<string, string>> = {
  extra_headers: 'Write extraHeaders.',
  headers: 'Write extraHeaders.',
  extra_body: 'Write extraBody.',
  api_base: 'Write apiBase.',
  base_url: 'Write apiBase.',
  api_key: 'Write apiKey.',
  api_version: 'Write apiVersion.',
  request_timeout: 'Write timeout, in seconds.',
  num_retries: 'Write numRetries.',
  max_retries: 'Write numRetries.',
  custom_llm_provider: 'Write it before the model, as in openai/<name>.',
  fallbacks: 'Make a Router with them.',
  context_window_fallback_dict: 'Make a Router with contextWindowFallbacks.',
  model_list: 'Make a Router with modelList.',
  drop_params: 'Leave it out: what a model does not take is left out and named in _hiddenParams.losses.',
}

const known: readonly string[] = [
  'extraHeaders',
  'extraBody',
  'apiBase',
  'apiKey',
  'apiVersion',
  'timeout',
  'signal',
  'numRetries',
] satisfies (keyof CallOptions)[]

/** Headers that belong to the connection. */
const reserved = /^(?:host|connection|content-length|transfer-encoding|upgrade)$/i

/** A call, taken apart. */
export interface ReadCall {
  readonly model: string
  /** The request without `model` and our own options. */
  readonly body: JsonObject
  readonly options: CallOptions
  /** Names in small letters. */
  readonly extraHeaders: Readonly<Record<string, string>>
}

/** Takes a call apart. Throws BadRequestError for options that are spelled as in Python, unknown ones, and headers that cannot be. */
export function readCall(request: object): ReadCall {
  const body: Record<string, unknown> = {}
  const options: Record<string, unknown> = {}
  for (const [name, value] of Object.entries(request)) {
    if (value === undefined) continue
    const fix = Object.hasOwn(respelled, name) ? respelled[name] : undefined
    if (fix !== undefined) throw refuseCall(`${name} is no option here.`, fix)
    if (known.includes(name)) options[name] = value
    // Members of all three protocols are in snake case: what is not was meant for us.
    else if (/[A-Z]/.test(name)) throw refuseCall(`${name} is no option here.`, `Options: ${known.join(', ')}.`)
    else body[name] = value
  }
  const { model, ...members } = body
  if (typeof model !== 'string' || model === '')
    throw refuseCall('There is no model.', 'Write model, as in openai/gpt-5.4.')
  // The loop above put only members of CallOptions in, and the compiler checked their values where there is one.
  const read = options as CallOptions
  const extraHeaders: Record<string, string> = {}
  for (const [name, value] of Object.entries(read.extraHeaders ?? {})) {
    if (reserved.test(name)) throw refuseCall(`The header ${name} belongs to the connection.`, 'Leave it out.')
    if (typeof value !== 'string') throw refuseCall(`The header ${name} is no text.`, 'Write it as a string.')
    extraHeaders[name.toLowerCase()] = value
  }
  // Whatever JSON cannot hold is left out when the request is written.
  return { model, body: { ...members, ...read.extraBody } as JsonObject, options: read, extraHeaders }
}
