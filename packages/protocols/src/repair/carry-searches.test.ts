import { describe, expect, it } from 'vitest'
import { crossAnswer, crossStream } from '../crossing/crossed-answers.test-support.ts'
import { expectValid, schema } from '../crossing/schema.test-support.ts'
import { asObject, asObjects, type JsonObject } from '../core/json.ts'
import { messages } from '../messages/index.ts'
import { responses } from '../responses/index.ts'
import { plainTraits } from '../core/traits.ts'
import { translate } from '../translate.ts'

const use = { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'cats' } }
const hit = { type: 'web_search_result', url: 'https://a', title: 'A', encrypted_content: 'E', page_age: null }
const result = { type: 'web_search_tool_result', tool_use_id: 'srvtoolu_1', content: [hit] }
const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'served',
  content: [{ type: 'text', text: 'Let me see. ' }, use, result, { type: 'text', text: 'Cats.' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 5, output_tokens: 3, server_tool_use: { web_search_requests: 1 } },
}

function streamed(content: readonly JsonObject[]): readonly JsonObject[] {
  return [
    { type: 'message_start', message: { ...message, content: [], stop_reason: null } },
    ...content.flatMap((block, index): JsonObject[] => {
      const delta =
        block['type'] === 'text'
          ? { type: 'text_delta', text: block['text'] }
          : { type: 'input_json_delta', partial_json: JSON.stringify(block['input']) }
      const start = block['type'] === 'text' ? { ...block, text: '' } : { ...block, input: {} }
      const isWhole = block['type'] === 'web_search_tool_result'
      return [
        { type: 'content_block_start', index, content_block: isWhole ? block : start },
        ...(isWhole ? [] : [{ type: 'content_block_delta', index, delta }]),
        { type: 'content_block_stop', index },
      ]
    }),
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 3 } },
    { type: 'message_stop' },
  ]
}

const item = {
  id: 'ws_1',
  type: 'web_search_call',
  status: 'completed',
  action: { type: 'search', query: 'cats', queries: ['cats'], sources: [{ type: 'url', url: 'https://a' }] },
}

describe('a search of Messages for a client of Responses', () => {
  it('is the item that it is there, whole and streamed, with the words around it', () => {
    const { answer, losses } = crossAnswer('messages', 'responses', message)
    expectValid(schema('openai.responses.response'), [answer])
    const [before, search, after] = asObjects(answer['output'])
    expect([before?.['type'], after?.['type']]).toEqual(['message', 'message'])
    expect(search).toEqual(item)
    expect(losses).toEqual([])

    const stream = crossStream('messages', 'responses', streamed(message.content))
    expectValid(schema('openai.responses.stream-event'), stream.answer)
    const events = stream.answer.flatMap((event) => (event === '[DONE]' ? [] : [event]))
    expect(events.map((event) => event['sequence_number'])).toEqual(events.map((_event, index) => index))
    const about = events.filter((event) => event['output_index'] === 1)
    expect(about.map((event) => event['type'])).toEqual([
      'response.output_item.added',
      'response.web_search_call.in_progress',
      'response.web_search_call.searching',
      'response.web_search_call.completed',
      'response.output_item.done',
    ])
    const ids = about.map((event) => event['item_id'] ?? asObject(event['item'])?.['id'])
    expect(new Set(ids)).toEqual(new Set(['ws_1']))
    expect(asObject(events.at(-1)?.['response'])?.['output']).toEqual(
      asObjects(answer['output']).map((one) => ({ ...one, id: expect.any(String) })),
    )
  })

  it('says when it failed, and when the turn pauses before it is done', () => {
    const failure = { ...result, content: { type: 'web_search_tool_result_error', error_code: 'max_uses_exceeded' } }
    const failed = crossAnswer('messages', 'responses', { ...message, content: [use, failure] })
    expect(asObjects(failed.answer['output'])[0]).toMatchObject({ type: 'web_search_call', status: 'failed' })
    const paused = { ...message, content: [use], stop_reason: 'pause_turn' }
    const { answer } = crossAnswer('messages', 'responses', paused)
    expect(asObjects(answer['output'])[0]).toMatchObject({ type: 'web_search_call', status: 'in_progress' })
  })
})

describe('a search of Responses for a client of Messages', () => {
  const text = { type: 'output_text', text: 'Cats.', annotations: [] }
  const said = { id: 'msg_1', type: 'message', role: 'assistant', status: 'completed', content: [text] }
  const response = {
    id: 'resp_1',
    object: 'response',
    model: 'served',
    status: 'completed',
    output: [item, said],
    usage: { input_tokens: 5, output_tokens: 3, total_tokens: 8 },
  }
  const stream: readonly JsonObject[] = [
    { type: 'response.created', response: { ...response, status: 'in_progress', output: [] } },
    { type: 'response.output_item.added', output_index: 0, item: { ...item, status: 'in_progress' } },
    { type: 'response.web_search_call.in_progress', output_index: 0, item_id: 'ws_1' },
    { type: 'response.web_search_call.completed', output_index: 0, item_id: 'ws_1' },
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.output_item.added', output_index: 1, item: { ...said, content: [] } },
    { type: 'response.output_text.delta', output_index: 1, content_index: 0, item_id: 'msg_1', delta: 'Cats.' },
    { type: 'response.output_item.done', output_index: 1, item: said },
    { type: 'response.completed', response },
  ]
  const asks = { tools: [{ type: 'web_search_20250305', name: 'web_search' }] }

  it('is a use of the tool and its result, whole and streamed, and is counted', () => {
    const { answer, losses } = crossAnswer('responses', 'messages', response, asks)
    expectValid(schema('anthropic.beta.messages.response'), [answer])
    expect(answer['content']).toEqual([
      use,
      {
        type: 'web_search_tool_result',
        tool_use_id: 'srvtoolu_1',
        content: [
          { type: 'web_search_result', url: 'https://a', title: 'https://a', encrypted_content: '', page_age: null },
        ],
      },
      { type: 'text', text: 'Cats.' },
    ])
    expect(asObject(answer['usage'])?.['server_tool_use']).toEqual({ web_search_requests: 1, web_fetch_requests: 0 })
    expect(losses).toEqual([])

    const events = crossStream('responses', 'messages', stream, asks).answer
    expectValid(schema('anthropic.beta.messages.stream-event'), events)
    const starts = events.flatMap((event) => (event === '[DONE]' ? [] : (asObject(event['content_block']) ?? [])))
    expect(starts.map((block) => asObject(block)?.['type'])).toEqual([
      'server_tool_use',
      'web_search_tool_result',
      'text',
    ])
    const delta = events.find((event) => event !== '[DONE]' && event['type'] === 'message_delta')
    expect(delta).toMatchObject({ usage: { server_tool_use: { web_search_requests: 1 } } })
  })

  it('of which a page was only opened is reported, and nothing else is lost', () => {
    const opened = { ...item, action: { type: 'open_page', url: 'https://a' } }
    const { answer, losses } = crossAnswer('responses', 'messages', { ...response, output: [opened, said] }, asks)
    expect(asObjects(answer['content']).map((block) => block['type'])).toEqual(['text'])
    expect(losses).toHaveLength(1)
  })

  it('brings its sources, because the request asks for them', () => {
    const body = { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }], ...asks }
    const options = { body, model: 'm', issuer: 'i', traits: plainTraits, lose: () => {} }
    const crossing = translate({ ...options, from: messages, to: responses })
    expect(crossing.body['include']).toEqual(['reasoning.encrypted_content', 'web_search_call.action.sources'])
    const { tools: _tools, ...plain } = body
    const without = translate({ ...options, body: plain, from: messages, to: responses })
    expect(without.body['include']).toEqual(['reasoning.encrypted_content'])
  })
})
