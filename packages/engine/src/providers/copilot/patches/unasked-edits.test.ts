import type { JsonObject } from '@crossfeed/protocols'
import { expect, it } from 'vitest'
import { models, targetOf } from './target.test-support.ts'
import { unaskedEditEvents, unaskedEdits } from './unasked-edits.ts'

const target = targetOf(models.sonnet46, 'messages')
const edits = { context_management: { applied_edits: [] } }
const delta = { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: {} }
const start = { type: 'message_start', message: { id: 'msg_1', content: [] } }
const text = { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: '"context_management":1' } }

function seen(events: readonly JsonObject[], request: JsonObject): readonly unknown[] {
  const mender = unaskedEditEvents.start(target, request, {})
  return events.flatMap((data) =>
    mender?.wants(`data: ${JSON.stringify(data)}\n\n`) ? mender.mend({ data }).map((event) => event.data) : [data],
  )
}

it('edits of the context are not told to who asked for none, whole and streamed', () => {
  expect(unaskedEdits.apply({ id: 'msg_1', ...edits }, target, {})).toEqual({ id: 'msg_1' })
  const events = [{ ...start, message: { ...start.message, ...edits } }, text, { ...delta, ...edits }]
  expect(seen(events, {})).toEqual([start, text, delta])
})

it('edits of the context are told to who asked for them', () => {
  const request = { context_management: { edits: [] } }
  const reply = { id: 'msg_1', ...edits }
  expect(unaskedEdits.apply(reply, target, request)).toBe(reply)
  expect(seen([{ ...delta, ...edits }], request)).toEqual([{ ...delta, ...edits }])
})
