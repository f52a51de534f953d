import { describe, expect, it } from 'vitest'
import { chat } from '../../chat/index.ts'
import { crossAnswer, crossStream } from '../../crossing/crossed-answers.test-support.ts'
import { asObject, asObjects, type JsonObject } from '../../core/json.ts'
import type { Loss } from '../../core/loss.ts'
import type { Protocol } from '../../core/protocol.ts'
import { plainTraits, type Traits } from '../../core/traits.ts'
import { messages } from '../../messages/index.ts'
import { responses } from '../../responses/index.ts'
import { translate, type Crossing } from '../../translate.ts'

const parameters = { type: 'object', properties: { query: { type: 'string' } }, required: ['query'] }
const search = { type: 'tool_search', execution: 'client', description: 'Finds tools.', parameters }
const wait = { type: 'function', name: 'wait', parameters: { type: 'object', properties: {} }, defer_loading: true }
const history = [
  { role: 'user', content: 'Wait a while' },
  { type: 'tool_search_call', call_id: 's1', execution: 'client', arguments: { query: 'wait' }, status: 'completed' },
  {
    type: 'tool_search_output',
    call_id: 's1',
    execution: 'client',
    tools: [{ type: 'namespace', name: 'clock', description: '', tools: [wait] }],
    status: 'completed',
  },
]

function cross(to: Protocol, traits: Partial<Traits> = {}): { readonly crossing: Crossing; readonly losses: Loss[] } {
  const losses: Loss[] = []
  const crossing = translate({
    from: responses,
    to,
    body: { model: 'm', input: history, tools: [search] },
    model: 'm',
    issuer: 'i',
    traits: { ...plainTraits, ...traits },
    lose: (loss) => losses.push(loss),
  })
  return { crossing, losses }
}

describe('a search for tools that the client runs', () => {
  it.each([chat, messages])('is a function elsewhere, and what it found can be called', (to) => {
    const { crossing, losses } = cross(to)
    const tools = asObjects(crossing.body['tools']).map((tool) => asObject(tool['function']) ?? tool)
    expect(tools.map((tool) => tool['name'])).toEqual(['tool_search', 'clock__wait'])
    expect(tools[0]).toMatchObject({ description: 'Finds tools.' })
    expect(tools[0]?.['parameters'] ?? tools[0]?.['input_schema']).toEqual(parameters)
    const said = JSON.stringify(crossing.body['messages'])
    expect(said).toContain('clock__wait')
    expect(said.split('s1')).toHaveLength(3)
    expect(losses).toEqual([])
  })

  it('is one too at a Responses server that has refused it, with the found tools in the list', () => {
    const { crossing } = cross(responses, { toolSearch: false })
    expect(crossing.body['tools']).toMatchObject([
      { type: 'function', name: 'tool_search', parameters, strict: false },
      { type: 'namespace', name: 'clock', tools: [{ type: 'function', name: 'wait' }] },
    ])
    expect(JSON.stringify(crossing.body)).not.toContain('defer_loading')
    expect(asObjects(crossing.body['input']).map((item) => item['type'])).toEqual([
      'message',
      'function_call',
      'function_call_output',
    ])
  })

  it('stays what it is where it is known', () => {
    const { crossing } = cross(responses)
    expect(crossing.body['tools']).toEqual([search])
    expect(crossing.body['input']).toMatchObject(history)
  })

  it('is called by the item that the client knows, whole and streamed', () => {
    const call = { id: 'call_1', type: 'function', function: { name: 'tool_search', arguments: '{"query":"wait"}' } }
    const head = { id: 'chatcmpl-1', created: 1, model: 'm' }
    const whole: JsonObject = {
      ...head,
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', tool_calls: [call] }, finish_reason: 'tool_calls' }],
    }
    const item = {
      id: 'tsc_call_1',
      type: 'tool_search_call',
      call_id: 'call_1',
      execution: 'client',
      arguments: { query: 'wait' },
      status: 'completed',
    }
    const asked = { tools: [search] }
    expect(crossAnswer('chat', 'responses', whole, asked).answer['output']).toEqual([item])
    const chunk = (delta: JsonObject, finish: string | null): JsonObject => ({
      ...head,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, finish_reason: finish }],
    })
    const stream = [chunk({ role: 'assistant', tool_calls: [{ index: 0, ...call }] }, null), chunk({}, 'tool_calls')]
    const events = crossStream('chat', 'responses', [...stream, '[DONE]'], asked).answer
    expect(events.map((event) => (event === '[DONE]' ? event : event['type']))).toEqual([
      'response.created',
      'response.in_progress',
      'response.output_item.added',
      'response.output_item.done',
      'response.completed',
    ])
    expect(events[3]).toMatchObject({ item })
  })
})
