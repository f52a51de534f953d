import type { Name } from './said.ts'

/** The shortest answer of each protocol, for requests whose answer does not matter. */
export function shortAnswer(protocol: Name, stream: boolean): { status: number; contentType: string; body: string } {
  const body = whole[protocol]
  if (!stream) return { status: 200, contentType: 'application/json', body: JSON.stringify(body) }
  const frames = streamed[protocol].map((event) =>
    typeof event === 'string'
      ? `data: ${event}\n\n`
      : `event: ${String(event.type ?? 'message')}\ndata: ${JSON.stringify(event)}\n\n`,
  )
  return { status: 200, contentType: 'text/event-stream', body: frames.join('') }
}

const head = { id: 'chatcmpl-1', created: 1, model: 'short' }
const item = {
  type: 'message',
  id: 'msg_1',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text: 'Yes.', annotations: [], logprobs: [] }],
}
const response = {
  id: 'resp_1',
  object: 'response',
  created_at: 1,
  model: 'short',
  status: 'completed',
  output: [item],
  usage: { input_tokens: 9, output_tokens: 2, total_tokens: 11 },
}
const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'short',
  content: [{ type: 'text', text: 'Yes.' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 9, output_tokens: 2 },
}
const usage = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 }

const whole: Record<Name, object> = {
  chat: {
    ...head,
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content: 'Yes.' }, finish_reason: 'stop' }],
    usage,
  },
  responses: response,
  messages: message,
}

type Event = { readonly type?: string } | string

const part = { type: 'output_text', text: '', annotations: [] }
const streamed: Record<Name, readonly Event[]> = {
  chat: [
    {
      ...head,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta: { role: 'assistant', content: 'Yes.' } }],
    },
    { ...head, object: 'chat.completion.chunk', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
    { ...head, object: 'chat.completion.chunk', choices: [], usage },
    '[DONE]',
  ] as readonly Event[],
  responses: [
    { type: 'response.created', response: { ...response, status: 'in_progress', output: [] } },
    { type: 'response.in_progress', response: { ...response, status: 'in_progress', output: [] } },
    { type: 'response.output_item.added', output_index: 0, item: { ...item, content: [] } },
    { type: 'response.content_part.added', output_index: 0, content_index: 0, item_id: 'msg_1', part },
    { type: 'response.output_text.delta', output_index: 0, content_index: 0, item_id: 'msg_1', delta: 'Yes.' },
    { type: 'response.output_text.done', output_index: 0, content_index: 0, item_id: 'msg_1', text: 'Yes.' },
    { type: 'response.content_part.done', output_index: 0, content_index: 0, item_id: 'msg_1', part: item.content[0] },
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response },
  ].map((event, index) => Object.assign(event, { sequence_number: index })),
  messages: [
    { type: 'message_start', message: { ...message, content: [], stop_reason: null } },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Yes.' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 2 } },
    { type: 'message_stop' },
  ] as readonly Event[],
}
