import type { JsonObject, ProtocolId } from '@crossfeed/protocols'

/** One upstream's stream, cut into the places where it may fail. */
export interface StreamParts {
  /** Up to and with the first word. */
  readonly word: readonly string[]
  /** What follows: a tool call up to the middle of its arguments. */
  readonly halfCall: readonly string[]
  /** What ends a stream well after `word`. */
  readonly end: readonly string[]
  /** What a stream is failed with: code `server_is_overloaded` and a text that must survive. */
  readonly error: readonly string[]
  /** Ends the stream because the output limit was met. */
  readonly cutShort: readonly string[]
}

export const saidWhy = 'The engine room is flooded'

const named = (data: JsonObject): string => `event: ${String(data['type'])}\ndata: ${JSON.stringify(data)}\n\n`
const chunk = (choice: JsonObject | undefined, more: JsonObject = {}): string =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 7, model: 'm', choices: choice ? [{ index: 0, finish_reason: null, ...choice }] : [], ...more })}\n\n`
const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }
const finish = (reason: string): readonly string[] => [
  chunk({ delta: {}, finish_reason: reason }),
  chunk(undefined, { usage }),
  'data: [DONE]\n\n',
]

let number = 0
const numbered = (data: JsonObject): string => named({ ...data, sequence_number: number++ })
const response = (status: string, more: JsonObject = {}): JsonObject => ({
  id: 'resp_1',
  object: 'response',
  created_at: 7,
  status,
  error: null,
  incomplete_details: null,
  instructions: null,
  max_output_tokens: null,
  model: 'm',
  output: [],
  parallel_tool_calls: true,
  temperature: null,
  tool_choice: 'auto',
  tools: [],
  top_p: null,
  metadata: {},
  usage: null,
  ...more,
})
const item = { id: 'msg_1', type: 'message', role: 'assistant', status: 'in_progress', content: [] }
const place = { item_id: 'msg_1', output_index: 0, content_index: 0 }
const part = { type: 'output_text', text: '', annotations: [], logprobs: [] }
const doneItem = { ...item, status: 'completed', content: [{ ...part, text: 'Hello' }] }
const used = {
  input_tokens: 3,
  output_tokens: 2,
  total_tokens: 5,
  input_tokens_details: { cached_tokens: 0 },
  output_tokens_details: { reasoning_tokens: 0 },
}

function responsesParts(): StreamParts {
  number = 0
  const word = [
    numbered({ type: 'response.created', response: response('in_progress') }),
    numbered({ type: 'response.output_item.added', output_index: 0, item }),
    numbered({ type: 'response.content_part.added', ...place, part }),
    numbered({ type: 'response.output_text.delta', ...place, delta: 'Hello', logprobs: [] }),
  ]
  const after = number
  const closed = (): readonly string[] => {
    number = after
    return [
      numbered({ type: 'response.output_text.done', ...place, text: 'Hello', logprobs: [] }),
      numbered({ type: 'response.content_part.done', ...place, part: { ...part, text: 'Hello' } }),
      numbered({ type: 'response.output_item.done', output_index: 0, item: doneItem }),
    ]
  }
  const call = { id: 'fc_1', type: 'function_call', call_id: 'call_1', name: 'f', arguments: '', status: 'in_progress' }
  const at = { item_id: 'fc_1', output_index: 1 }
  const last = (type: string, status: string, more: JsonObject): string =>
    numbered({ type, response: response(status, { output: [doneItem], usage: used, ...more }) })
  return {
    word,
    halfCall: [
      ...closed(),
      numbered({ type: 'response.output_item.added', output_index: 1, item: call }),
      numbered({ type: 'response.function_call_arguments.delta', ...at, delta: '{"city":"Pa' }),
    ],
    end: [...closed(), last('response.completed', 'completed', {})],
    error: [last('response.failed', 'failed', { error: { code: 'server_is_overloaded', message: saidWhy } })],
    cutShort: [
      ...closed(),
      last('response.incomplete', 'incomplete', { incomplete_details: { reason: 'max_output_tokens' } }),
    ],
  }
}

const start = {
  type: 'message_start',
  message: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage: { input_tokens: 3, output_tokens: 1 },
  },
}
const stop = (reason: string): readonly string[] => [
  named({ type: 'content_block_stop', index: 0 }),
  named({
    type: 'message_delta',
    delta: { stop_reason: reason, stop_sequence: null },
    usage: { output_tokens: 2 },
  }),
  named({ type: 'message_stop' }),
]

export const streams: { readonly [P in ProtocolId]: StreamParts } = {
  chat: {
    word: [chunk({ delta: { role: 'assistant', content: 'Hello' } })],
    halfCall: [
      chunk({
        delta: {
          tool_calls: [{ index: 0, id: 'call_1', type: 'function', function: { name: 'f', arguments: '{"city":"Pa' } }],
        },
      }),
    ],
    end: finish('stop'),
    error: [
      `data: ${JSON.stringify({ error: { message: saidWhy, code: 'server_is_overloaded', type: 'server_error' }, choices: [] })}\n\n`,
    ],
    cutShort: finish('length'),
  },
  responses: responsesParts(),
  messages: {
    word: [
      named(start),
      named({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
      named({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello' } }),
    ],
    halfCall: [
      named({ type: 'content_block_stop', index: 0 }),
      named({
        type: 'content_block_start',
        index: 1,
        content_block: { type: 'tool_use', id: 'toolu_1', name: 'f', input: {} },
      }),
      named({
        type: 'content_block_delta',
        index: 1,
        delta: { type: 'input_json_delta', partial_json: '{"city":"Pa' },
      }),
    ],
    end: stop('end_turn'),
    error: [
      named({
        type: 'error',
        error: { type: 'overloaded_error', code: 'server_is_overloaded', message: saidWhy },
      }),
    ],
    cutShort: stop('max_tokens'),
  },
}

/** A whole answer of each protocol that says `Hello`. */
export const wholes: { readonly [P in ProtocolId]: JsonObject } = {
  chat: {
    id: 'c',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Hello' } }],
  },
  responses: {
    id: 'resp_1',
    object: 'response',
    created_at: 1,
    model: 'm',
    status: 'completed',
    output: [
      {
        type: 'message',
        id: 'msg_1',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'Hello', annotations: [] }],
      },
    ],
  },
  messages: {
    id: 'msg_1',
    type: 'message',
    role: 'assistant',
    model: 'm',
    content: [{ type: 'text', text: 'Hello' }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: 1, output_tokens: 1 },
  },
}
