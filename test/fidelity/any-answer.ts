import fc from 'fast-check'
import type { Name } from './said.ts'

/** One stretch of an answer, cut into the pieces in which it comes. */
interface Stretch {
  readonly kind: 'text' | 'thought' | 'call'
  readonly pieces: readonly string[]
}

const piece = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 })
const pieces = fc.array(piece, { minLength: 1, maxLength: 4 })
const said: fc.Arbitrary<Stretch> = fc
  .tuple(fc.constantFrom('text' as const, 'thought' as const), pieces)
  // White space alone is no text in Messages.
  .map(([kind, all]) => ({ kind, pieces: [`${kind}:`, ...all, '.'] }))
const call: fc.Arbitrary<Stretch> = fc
  .tuple(fc.string({ unit: 'grapheme', maxLength: 8 }), fc.integer({ min: 1, max: 9 }))
  .map(([city, size]) => ({ kind: 'call' as const, pieces: cut(JSON.stringify({ city }), size) }))

/** Thoughts, words and calls in any order. */
export const anyAnswer: fc.Arbitrary<readonly Stretch[]> = fc.array(fc.oneof(said, call), {
  minLength: 1,
  maxLength: 6,
})

function cut(text: string, size: number): readonly string[] {
  return Array.from({ length: Math.ceil(text.length / size) }, (_none, index) =>
    text.slice(index * size, (index + 1) * size),
  )
}

/** The answer as a server of `protocol` streams it. */
export function streamIn(protocol: Name, answer: readonly Stretch[]): string {
  const events = { chat: chatEvents, responses: responseEvents, messages: messageEvents }[protocol](answer)
  return events
    .map((event) => {
      const name = typeof event === 'object' && 'type' in event ? `event: ${String(event.type)}\n` : ''
      return `${name}data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`
    })
    .join('')
}

function chatEvents(answer: readonly Stretch[]): readonly (object | string)[] {
  const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm' }
  const chunk = (delta: object, finish: string | null = null): object => ({
    ...head,
    choices: [{ index: 0, delta, finish_reason: finish }],
  })
  let calls = -1
  const deltas = answer.flatMap((stretch): object[] => {
    if (stretch.kind === 'text') return stretch.pieces.map((content) => ({ content }))
    if (stretch.kind === 'thought') return stretch.pieces.map((text) => ({ reasoning_text: text }))
    calls += 1
    const index = calls
    const opening = { index, id: `call_${index}`, type: 'function', function: { name: 'weather', arguments: '' } }
    const rest = stretch.pieces.map((text) => ({ index, function: { arguments: text } }))
    return [opening, ...rest].map((one) => ({ tool_calls: [one] }))
  })
  const usage = { prompt_tokens: 9, completion_tokens: 5, total_tokens: 14 }
  return [
    chunk({ role: 'assistant', content: '' }),
    ...deltas.map((delta) => chunk(delta)),
    chunk({}, calls >= 0 ? 'tool_calls' : 'stop'),
    { ...head, choices: [], usage },
    '[DONE]',
  ]
}

function messageEvents(answer: readonly Stretch[]): readonly object[] {
  const message = { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content: [], stop_sequence: null }
  const blocks = answer.flatMap((stretch, index): object[] => {
    const delta = (one: object): object => ({ type: 'content_block_delta', index, delta: one })
    const [block, deltas] = {
      text: [{ type: 'text', text: '' }, stretch.pieces.map((text) => delta({ type: 'text_delta', text }))],
      thought: [
        { type: 'thinking', thinking: '', signature: '' },
        [
          ...stretch.pieces.map((thinking) => delta({ type: 'thinking_delta', thinking })),
          delta({ type: 'signature_delta', signature: 'c2ln' }),
        ],
      ],
      call: [
        { type: 'tool_use', id: `toolu_${index}`, name: 'weather', input: {} },
        stretch.pieces.map((json) => delta({ type: 'input_json_delta', partial_json: json })),
      ],
    }[stretch.kind] as [object, object[]] // each of the three is such a pair
    return [
      { type: 'content_block_start', index, content_block: block },
      ...deltas,
      { type: 'content_block_stop', index },
    ]
  })
  const stop = answer.some((stretch) => stretch.kind === 'call') ? 'tool_use' : 'end_turn'
  return [
    { type: 'message_start', message: { ...message, stop_reason: null, usage: { input_tokens: 9, output_tokens: 1 } } },
    ...blocks,
    { type: 'message_delta', delta: { stop_reason: stop, stop_sequence: null }, usage: { output_tokens: 5 } },
    { type: 'message_stop' },
  ]
}

function responseEvents(answer: readonly Stretch[]): readonly object[] {
  const items: object[] = []
  const inside = answer.flatMap((stretch, index): object[] => {
    const id = `item_${index}`
    const whole = stretch.pieces.join('')
    const at = { output_index: index, item_id: id }
    if (stretch.kind === 'call') {
      const item = { type: 'function_call', id, call_id: `call_${index}`, name: 'weather', status: 'completed' }
      items.push({ ...item, arguments: whole })
      return [
        { type: 'response.output_item.added', output_index: index, item: { ...item, arguments: '' } },
        ...stretch.pieces.map((delta) => ({ type: 'response.function_call_arguments.delta', ...at, delta })),
        { type: 'response.function_call_arguments.done', ...at, arguments: whole },
        { type: 'response.output_item.done', output_index: index, item: items.at(-1) },
      ]
    }
    const isText = stretch.kind === 'text'
    const slot = isText ? { ...at, content_index: 0 } : { ...at, summary_index: 0 }
    const family = isText ? 'output_text' : 'reasoning_summary_text'
    const partFamily = isText ? 'content_part' : 'reasoning_summary_part'
    const part = isText ? { type: 'output_text', annotations: [], text: '' } : { type: 'summary_text', text: '' }
    const full = { ...part, text: whole }
    const item = isText
      ? { type: 'message', id, role: 'assistant', status: 'completed', content: [full] }
      : { type: 'reasoning', id, summary: [full] }
    items.push(item)
    const empty = isText ? { ...item, content: [] } : { ...item, summary: [] }
    return [
      { type: 'response.output_item.added', output_index: index, item: empty },
      { type: `response.${partFamily}.added`, ...slot, part },
      ...stretch.pieces.map((delta) => ({ type: `response.${family}.delta`, ...slot, delta })),
      { type: `response.${family}.done`, ...slot, text: whole },
      { type: `response.${partFamily}.done`, ...slot, part: full },
      { type: 'response.output_item.done', output_index: index, item },
    ]
  })
  const head = { id: 'resp_1', object: 'response', created_at: 1, model: 'm' }
  const begun = { ...head, status: 'in_progress', output: [] }
  const usage = { input_tokens: 9, output_tokens: 5, total_tokens: 14 }
  const events = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    ...inside,
    { type: 'response.completed', response: { ...head, status: 'completed', output: items, usage } },
  ]
  return events.map((event, index) => ({ ...event, sequence_number: index }))
}
