import { describe, expect, it } from 'vitest'
import { crossAnswer, crossStream } from '../crossing/crossed-answers.test-support.ts'
import type { JsonObject } from './json.ts'

const usage = { input_tokens: 5, output_tokens: 3 }
const container = { id: 'c', expires_at: 'later', skills: null }

function whole(more: JsonObject): JsonObject {
  const content = [{ type: 'text', text: 'x' }]
  return { id: 'msg_1', type: 'message', role: 'assistant', model: 'm', content, stop_sequence: null, usage, ...more }
}

function streamed(more: JsonObject): readonly JsonObject[] {
  return [
    { type: 'message_start', message: whole({ content: [], container: null }) },
    { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'x' } },
    { type: 'content_block_stop', index: 0 },
    { type: 'message_delta', delta: { stop_sequence: null, ...more }, usage },
    { type: 'message_stop' },
  ]
}

describe.each(['chat', 'responses'] as const)('an answer of Messages for %s', (to) => {
  it.each([
    [{ stop_reason: 'end_turn', container: null, stop_details: null }, []],
    [{ stop_reason: 'end_turn', container }, ['container']],
    [{ stop_reason: 'pause_turn' }, ['stop_reason']],
    [{ stop_reason: 'model_context_window_exceeded' }, ['stop_reason']],
  ])('reports what of %j cannot be said, whole and streamed', (more, lost) => {
    expect(crossAnswer('messages', to, whole(more)).losses.map((loss) => loss.path)).toEqual(lost)
    expect(crossStream('messages', to, streamed(more)).losses.map((loss) => loss.path)).toEqual(lost)
  })
})
