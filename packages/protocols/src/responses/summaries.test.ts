import { describe, expect, it } from 'vitest'
import { crossStream } from '../crossing/crossed-answers.test-support.ts'
import type { ReplyEvent } from '../core/events.ts'
import { asObject, asObjects, type JsonObject } from '../core/json.ts'
import { unfoldReply } from '../core/reply.ts'
import { responses } from './index.ts'

const texts = ['**Looking**\n\nFirst.', '**Thinking**', 'Third.']
const summary = texts.map((text) => ({ type: 'summary_text', text }))
const item = { id: 'rs_1', type: 'reasoning', summary, encrypted_content: 'ZW5j' }
const response = { id: 'resp_1', object: 'response', model: 'm', status: 'completed', output: [item] }

const stream: readonly JsonObject[] = [
  { type: 'response.created', response: { ...response, status: 'in_progress', output: [] } },
  { type: 'response.output_item.added', output_index: 0, item: { ...item, summary: [] } },
  ...texts.flatMap((text, index): JsonObject[] => {
    const at = { item_id: 'rs_1', output_index: 0, summary_index: index }
    const [one = '', ...more] = text
    return [
      { type: 'response.reasoning_summary_part.added', ...at, part: { type: 'summary_text', text: '' } },
      { type: 'response.reasoning_summary_text.delta', ...at, delta: one },
      { type: 'response.reasoning_summary_text.delta', ...at, delta: more.join('') },
      { type: 'response.reasoning_summary_text.done', ...at, text },
      { type: 'response.reasoning_summary_part.done', ...at, part: { type: 'summary_text', text } },
    ]
  }),
  { type: 'response.output_item.done', output_index: 0, item },
  { type: 'response.completed', response },
]

function write(events: readonly ReplyEvent[]): readonly JsonObject[] {
  const prompt = responses.readRequest({ model: 'asked', input: 'Hi' })
  const writer = responses.writeEvents({ prompt, now: 0, newId: () => 'id' }, () => {})
  return events.flatMap((event) => writer.push(event)).flatMap(({ data }) => (data === '[DONE]' ? [] : [data]))
}

/** The summaries that a client gathers from deltas, by their index. */
function heard(frames: readonly JsonObject[]): readonly string[] {
  const said: string[] = []
  for (const frame of frames)
    if (frame['type'] === 'response.reasoning_summary_text.delta') {
      const at = Number(frame['summary_index'])
      said[at] = (said[at] ?? '') + String(frame['delta'])
    }
  return said
}

function expectSummaries(frames: readonly JsonObject[]): void {
  expect(heard(frames)).toEqual(texts)
  const parts = frames.filter((frame) => String(frame['type']).startsWith('response.reasoning_summary_part'))
  expect(parts.map((frame) => [String(frame['type']).split('.').at(-1), frame['summary_index']])).toEqual(
    texts.flatMap((_text, index) => [
      ['added', index],
      ['done', index],
    ]),
  )
  const done = frames.flatMap((frame) =>
    frame['type'] === 'response.reasoning_summary_text.done' ? [frame['text']] : [],
  )
  expect(done).toEqual(texts)
  expect(asObjects(asObject(frames.at(-1)?.['response'])?.['output'])[0]?.['summary']).toEqual(summary)
}

describe('several summaries of one reasoning', () => {
  it('stay several for a client of the same protocol, streamed', () => {
    const reader = responses.readEvents('upstream')
    expectSummaries(write(stream.flatMap((data) => reader.push({ data }))))
  })

  it('stay several when only the finished item told them', () => {
    const reader = responses.readEvents('upstream')
    const short = stream.filter((event) => !String(event['type']).startsWith('response.reasoning'))
    expectSummaries(write(short.flatMap((data) => reader.push({ data }))))
  })

  it('stay several in a whole answer, and in the stream that is made of one', () => {
    expectSummaries(write(unfoldReply(responses.readReply(response, 'upstream'))))
  })

  it('are kept as far as they came when the stream fails', () => {
    const reader = responses.readEvents('upstream')
    const frames = write([...stream.slice(0, 10).flatMap((data) => reader.push({ data })), ...reader.end()])
    const [kept] = asObjects(asObject(frames.at(-1)?.['response'])?.['output'])
    expect(kept).toMatchObject({ status: 'incomplete', summary: summary.slice(0, 2) })
  })

  it('are one text with blank lines for clients of other protocols', () => {
    const { answer } = crossStream('responses', 'chat', stream)
    const thought = answer.flatMap((chunk) => {
      const choice = chunk === '[DONE]' ? undefined : asObjects(chunk['choices'])[0]
      return asObject(choice?.['delta'])?.['reasoning_content'] ?? []
    })
    expect(thought.join('')).toBe(texts.join('\n\n'))
  })
})
