import type { Name } from './said.ts'

/** A call with one argument, `input`. */
export interface Calling {
  readonly name: string
  readonly input: string
}

const usage = { prompt_tokens: 9, completion_tokens: 5, total_tokens: 14 }
const tokens = { input_tokens: 9, output_tokens: 5 }

/** A whole answer that makes these calls. */
export function calling(protocol: Name, calls: readonly Calling[]): object {
  if (protocol === 'chat') {
    const made = calls.map((call, index) => ({ id: `call_${index}`, type: 'function', function: asFunction(call) }))
    const message = { role: 'assistant', content: 'So.', ...(made.length > 0 ? { tool_calls: made } : {}) }
    const choices = [{ index: 0, message, finish_reason: made.length > 0 ? 'tool_calls' : 'stop' }]
    return { id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: 'm', choices, usage }
  }
  if (protocol === 'responses') return response(calls.map(item))
  return { ...message, content: calls.map(block), stop_reason: calls.length > 0 ? 'tool_use' : 'end_turn' }
}

function asFunction(call: Calling): object {
  return { name: call.name, arguments: JSON.stringify({ input: call.input }) }
}

function item(call: Calling, index: number): object {
  return {
    type: 'function_call',
    id: `fc_${index}`,
    call_id: `call_${index}`,
    name: call.name,
    arguments: JSON.stringify({ input: call.input }),
    status: 'completed',
  }
}

function block(call: Calling, index: number): object {
  return { type: 'tool_use', id: `toolu_${index}`, name: call.name, input: { input: call.input } }
}

function response(output: readonly object[]): object {
  const said = { object: 'response', created_at: 1, model: 'm', status: 'completed', usage: tokens }
  return { id: 'resp_1', ...said, output }
}

const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', stop_sequence: null, usage: tokens }

/** The same as a stream: every call's arguments cut into pieces, in Chat Completions mixed with those of the others. */
export function callingStream(protocol: Name, calls: readonly Calling[]): string {
  if (protocol === 'chat') return frames(chatChunks(calls))
  return frames(protocol === 'responses' ? responseEvents(calls) : messageEvents(calls))
}

function pieces(call: Calling): readonly string[] {
  return JSON.stringify({ input: call.input }).match(/[\s\S]{1,5}/g) ?? []
}

function chatChunks(calls: readonly Calling[]): readonly (object | string)[] {
  const chunk = (delta: object, finish: string | null = null): object => ({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm',
    choices: [{ index: 0, delta, finish_reason: finish }],
  })
  const starts = calls.map((call, index) =>
    chunk({
      tool_calls: [{ index, id: `call_${index}`, type: 'function', function: { name: call.name, arguments: '' } }],
    }),
  )
  const most = Math.max(...calls.map((call) => pieces(call).length))
  const rounds = Array.from({ length: most }, (_none, round) =>
    calls.flatMap((call, index) => {
      const piece = pieces(call)[round]
      return piece === undefined ? [] : [chunk({ tool_calls: [{ index, function: { arguments: piece } }] })]
    }),
  )
  const last = { ...chunk({}), choices: [], usage }
  return [
    chunk({ role: 'assistant', content: '' }),
    ...starts,
    ...rounds.flat(),
    chunk({}, 'tool_calls'),
    last,
    '[DONE]',
  ]
}

function responseEvents(calls: readonly Calling[]): readonly object[] {
  const begun = { ...response([]), status: 'in_progress', usage: null }
  const events = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    ...calls.flatMap((call, index) => {
      const at = { output_index: index, item_id: `fc_${index}` }
      return [
        {
          type: 'response.output_item.added',
          output_index: index,
          item: { ...item(call, index), arguments: '', status: 'in_progress' },
        },
        ...pieces(call).map((delta) => ({ type: 'response.function_call_arguments.delta', ...at, delta })),
        { type: 'response.function_call_arguments.done', ...at, arguments: pieces(call).join('') },
        { type: 'response.output_item.done', output_index: index, item: item(call, index) },
      ]
    }),
    { type: 'response.completed', response: response(calls.map(item)) },
  ]
  return events.map((event, index) => ({ ...event, sequence_number: index }))
}

function messageEvents(calls: readonly Calling[]): readonly object[] {
  return [
    { type: 'message_start', message: { ...message, content: [], stop_reason: null } },
    ...calls.flatMap((call, index) => [
      { type: 'content_block_start', index, content_block: { ...block(call, index), input: {} } },
      ...pieces(call).map((piece) => ({
        type: 'content_block_delta',
        index,
        delta: { type: 'input_json_delta', partial_json: piece },
      })),
      { type: 'content_block_stop', index },
    ]),
    { type: 'message_delta', delta: { stop_reason: 'tool_use', stop_sequence: null }, usage: { output_tokens: 5 } },
    { type: 'message_stop' },
  ]
}

function frames(events: readonly (object | string)[]): string {
  return events.map((event) => `data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`).join('')
}
