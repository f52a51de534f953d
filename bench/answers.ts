/** Where the upstream writes the time of sending into each chunk: `#t=` and 15 digits of microseconds, then `#`. */
export const stamp = { start: '#t=', digits: 15, blank: `#t=${'0'.repeat(15)}#` } as const

/** The events of a streamed answer; `delta` holds a blank stamp. */
export interface StreamParts {
  readonly head: readonly string[]
  readonly delta: string
  readonly tail: readonly string[]
}

/** A word that every answer holds, so that a check can tell an answer from a polite refusal. */
export const knownWord = 'lorem'

const text = 'lorem ipsum dolor sit amet '.repeat(23)
const piece = `${stamp.blank} lorem ipsum dolor `
const usage = { prompt_tokens: 120, completion_tokens: 200, total_tokens: 320 }

/** The whole answer of a chat upstream. */
export const chatAnswer: unknown = {
  id: 'chatcmpl-bench',
  object: 'chat.completion',
  created: 1_767_225_600,
  model: 'gpt-4o-2024-08-06',
  choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop', logprobs: null }],
  usage,
}

/** The whole answer of a Messages upstream; only the targets that do not translate ever see it. */
export const messagesAnswer: unknown = {
  id: 'msg_bench',
  type: 'message',
  role: 'assistant',
  model: 'gpt-4o',
  content: [{ type: 'text', text }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 120, output_tokens: 200 },
}

const chunk = (choices: readonly unknown[], more: object = {}): string =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-bench',
    object: 'chat.completion.chunk',
    created: 1_767_225_600,
    model: 'gpt-4o-2024-08-06',
    choices,
    ...more,
  })}\n\n`

const choice = (delta: object, finish_reason: string | null = null): unknown => ({ index: 0, delta, finish_reason })

/** The same as a stream of chunks. */
export const chatStream: StreamParts = {
  head: [chunk([choice({ role: 'assistant', content: '' })])],
  delta: chunk([choice({ content: piece })]),
  tail: [chunk([choice({}, 'stop')]), chunk([], { usage }), 'data: [DONE]\n\n'],
}

const event = (type: string, members: object): string =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...members })}\n\n`

const opening = {
  id: 'msg_bench',
  type: 'message',
  role: 'assistant',
  model: 'gpt-4o',
  content: [],
  stop_reason: null,
  stop_sequence: null,
  usage: { input_tokens: 120, output_tokens: 1 },
}

/** The same as a stream of Messages events. */
export const messagesStream: StreamParts = {
  head: [
    event('message_start', { message: opening }),
    event('content_block_start', { index: 0, content_block: { type: 'text', text: '' } }),
  ],
  delta: event('content_block_delta', { index: 0, delta: { type: 'text_delta', text: piece } }),
  tail: [
    event('content_block_stop', { index: 0 }),
    event('message_delta', { delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 200 } }),
    event('message_stop', {}),
  ],
}

/** What Crossfeed asks a Copilot upstream for before the first request, by the end of the path. */
export function signInAnswers(port: number): Readonly<Record<string, unknown>> {
  const endpoints = { api: `http://127.0.0.1:${port}` }
  return {
    '/models': { object: 'list', data: [chatModel] },
    '/copilot_internal/v2/token': { token: 'bench', expires_at: 9_999_999_999, refresh_in: 86_400, endpoints },
    '/user': { login: 'bench', id: 1, copilot_plan: 'individual', chat_enabled: true, quota_snapshots: {}, endpoints },
  }
}

/** It speaks chat only, so that Messages must be translated. */
const chatModel = {
  id: 'gpt-4o',
  name: 'gpt-4o',
  object: 'model',
  vendor: 'Azure OpenAI',
  version: 'gpt-4o',
  preview: false,
  model_picker_enabled: true,
  supported_endpoints: ['/chat/completions'],
  capabilities: {
    type: 'chat',
    object: 'model_capabilities',
    family: 'gpt-4o',
    tokenizer: 'o200k_base',
    limits: { max_context_window_tokens: 400_000, max_output_tokens: 16_384, max_prompt_tokens: 384_000 },
    supports: { streaming: true, tool_calls: true, parallel_tool_calls: true },
  },
}
