import { describe, expect, it } from 'vitest'
import { crossAnswer, crossStream } from './crossed-answers.test-support.ts'
import { asObject, asObjects, type Json, type JsonObject } from '../core/json.ts'
import type { Loss } from '../core/loss.ts'
import { plainTraits } from '../core/traits.ts'
import { messages } from '../messages/index.ts'
import { responses } from '../responses/index.ts'
import { translate } from '../translate.ts'

const web = { type: 'web_search_result_location', url: 'https://u', title: 'T', cited_text: 'c', encrypted_index: 'E' }
const place = {
  type: 'char_location',
  cited_text: 'c',
  document_index: 0,
  document_title: 'D',
  start_char_index: 0,
  end_char_index: 1,
  file_id: null,
}
const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'served',
  content: [
    { type: 'text', text: 'Lo: ' },
    { type: 'text', text: 'cats', citations: [web, place] },
  ],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 5, output_tokens: 3 },
}

/** As the API streams it: the sources of a text before the text (recorded with web search). */
const stream: readonly JsonObject[] = [
  { type: 'message_start', message: { ...message, content: [], stop_reason: null } },
  { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
  { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Lo: ' } },
  { type: 'content_block_stop', index: 0 },
  { type: 'content_block_start', index: 1, content_block: { type: 'text', text: '', citations: [] } },
  { type: 'content_block_delta', index: 1, delta: { type: 'citations_delta', citation: web } },
  { type: 'content_block_delta', index: 1, delta: { type: 'citations_delta', citation: place } },
  { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'ca' } },
  { type: 'content_block_delta', index: 1, delta: { type: 'text_delta', text: 'ts' } },
  { type: 'content_block_stop', index: 1 },
  { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 3 } },
  { type: 'message_stop' },
]

const lost = [
  { path: 'parts[1].citations', why: 'an annotation names an address, which a place in a document has not' },
]

describe('citations of Messages for a client of Chat Completions', () => {
  const cited = { url: 'https://u', title: 'T', start_index: 4, end_index: 8 }

  it('stand for their whole text, and a place in a document is reported', () => {
    const { answer, losses } = crossAnswer('messages', 'chat', message)
    expect(annotationsOf(firstChoice(answer)?.['message'])).toEqual([{ type: 'url_citation', url_citation: cited }])
    expect(losses).toEqual(lost)
  })

  it('do so in a stream too, where they come before their text', () => {
    const { answer, losses } = crossStream('messages', 'chat', stream)
    const annotations = answer.flatMap((chunk) =>
      chunk === '[DONE]' ? [] : annotationsOf(firstChoice(chunk)?.['delta']),
    )
    expect(annotations).toEqual([{ type: 'url_citation', url_citation: cited }])
    expect(losses).toEqual(lost)
  })
})

describe('citations of Messages for a client of Responses', () => {
  const cited = { type: 'url_citation', url: 'https://u', title: 'T', start_index: 0, end_index: 4 }

  it.each([
    ['whole', () => crossAnswer('messages', 'responses', message)],
    ['streamed', () => lastResponse(crossStream('messages', 'responses', stream))],
  ])('stand for their whole text, and a place in a document is reported: %s', (_how, cross) => {
    const { answer, losses } = cross()
    const texts = asObjects(asObjects(answer['output'])[0]?.['content'])
    expect(texts.map((text) => text['annotations'])).toEqual([[], [cited]])
    expect(losses).toEqual([{ ...lost[0], path: 'output[1].citations' }])
  })
})

describe('citations of files in an answer of Responses', () => {
  const web = { type: 'url_citation', url: 'https://u', title: 'T', start_index: 0, end_index: 4 }
  const cited = { type: 'file_citation', index: 4, file_id: 'file_1', filename: 'a.txt' }
  const made = { type: 'file_path', index: 4, file_id: 'file_2' }
  const said = { type: 'output_text', text: 'cats', annotations: [web, cited, made], logprobs: [] }
  const item = { type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content: [said] }
  const response = {
    id: 'resp_1',
    object: 'response',
    created_at: 7,
    model: 'served',
    status: 'completed',
    output: [item],
    usage: { input_tokens: 5, output_tokens: 3, total_tokens: 8 },
  }
  const at = { output_index: 0, content_index: 0, item_id: 'msg_1' }
  const events: readonly JsonObject[] = [
    { type: 'response.created', response: { ...response, status: 'in_progress', output: [] } },
    { type: 'response.output_item.added', output_index: 0, item: { ...item, status: 'in_progress', content: [] } },
    { type: 'response.output_text.delta', ...at, delta: 'cats' },
    ...said.annotations.map((annotation, annotation_index) => ({
      type: 'response.output_text.annotation.added',
      ...at,
      annotation_index,
      annotation,
    })),
    { type: 'response.content_part.done', ...at, part: said },
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response },
  ]

  it.each([
    ['chat', 'Chat Completions'],
    ['messages', 'Messages'],
  ] as const)('are reported to a client of %s, whole and streamed', (to, name) => {
    const loss = { path: 'parts[0].annotations', why: `${name} has nothing like file_citation, file_path` }
    expect(crossAnswer('responses', to, response).losses).toEqual([loss])
    expect(crossStream('responses', to, events).losses).toEqual([loss])
  })

  it('go to a client of Responses as they are', () => {
    const { answer, losses } = crossAnswer('responses', 'responses', response)
    expect(asObjects(asObjects(answer['output'])[0]?.['content'])[0]?.['annotations']).toEqual([web, cited, made])
    expect(losses).toEqual([])
  })
})

describe('citations in the history of a Responses client', () => {
  function send(annotation: JsonObject): [Json | undefined, readonly Loss[]] {
    const losses: Loss[] = []
    const said = { type: 'output_text', text: 'cats', annotations: [annotation] }
    const { body } = translate({
      from: responses,
      to: messages,
      body: {
        model: 'm',
        input: [
          { role: 'user', content: 'Hi' },
          { type: 'message', role: 'assistant', content: [said] },
        ],
      },
      model: 'm',
      issuer: 'i',
      traits: plainTraits,
      lose: (loss) => losses.push(loss),
    })
    return [asObjects(body['messages'])[1]?.['content'], losses]
  }

  it('stay away from Messages, which takes back only what it sealed', () => {
    const [content, losses] = send({ type: 'url_citation', url: 'https://u', title: 'T', start_index: 0, end_index: 4 })
    expect(content).toBe('cats')
    expect(losses).toMatchObject([{ why: 'Messages takes back only sources that it found itself' }])
  })
})

function lastResponse(crossed: ReturnType<typeof crossStream>): ReturnType<typeof crossAnswer> {
  const last = crossed.answer.at(-1)
  return { answer: asObject(last === '[DONE]' ? undefined : last?.['response']) ?? {}, losses: crossed.losses }
}

function firstChoice(body: JsonObject): JsonObject | undefined {
  return asObjects(body['choices'])[0]
}

function annotationsOf(holder: Json | undefined): readonly JsonObject[] {
  return asObjects(asObject(holder)?.['annotations'])
}
