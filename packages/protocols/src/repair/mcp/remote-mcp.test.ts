import { describe, expect, it } from 'vitest'
import { chat } from '../../chat/index.ts'
import { crossAnswer, crossStream } from '../../crossing/crossed-answers.test-support.ts'
import { send } from '../../crossing/crossed-requests.test-support.ts'
import { asObjects, type JsonObject } from '../../core/json.ts'
import { plainTraits } from '../../core/traits.ts'
import { messages } from '../../messages/index.ts'
import { responses } from '../../responses/index.ts'
import { expectValid, schema } from '../../crossing/schema.test-support.ts'

const server = { type: 'mcp', server_label: 'docs', server_url: 'https://mcp.example/sse', require_approval: 'never' }
const ask = (tool: JsonObject, input: readonly JsonObject[] = []): JsonObject => ({
  model: 'm',
  input: [...input, { role: 'user', content: 'Look it up' }],
  tools: [tool],
})

const url = { type: 'url', name: 'docs', url: 'https://mcp.example/sse' }
const toolset = { type: 'mcp_toolset', mcp_server_name: 'docs' }
const askMessages = (more: JsonObject, before: readonly JsonObject[] = []): JsonObject => ({
  model: 'm',
  max_tokens: 100,
  messages: [...before, { role: 'user', content: 'Look it up' }],
  mcp_servers: [url],
  tools: [toolset],
  ...more,
})

describe('an MCP server that a client of Responses has called', () => {
  it('is called by Messages', () => {
    const [body, losses] = send(responses, messages, ask({ ...server, authorization: 'T' }))
    expect(body['mcp_servers']).toEqual([{ ...url, authorization_token: 'T' }])
    expect(body['tools']).toEqual([toolset])
    expect(losses).toEqual([])
    expectValid(schema('anthropic.beta.messages.request'), [body])
  })

  it.each([
    [{ allowed_tools: ['search'] }, { default_config: { enabled: false }, configs: { search: { enabled: true } } }, []],
    [
      { allowed_tools: { tool_names: ['search'] } },
      { default_config: { enabled: false }, configs: { search: { enabled: true } } },
      [],
    ],
    [
      { require_approval: { never: { tool_names: ['search', 'read'] } }, allowed_tools: ['read', 'write'] },
      { default_config: { enabled: false }, configs: { read: { enabled: true } } },
      ['tools[0].require_approval'],
    ],
    [
      { require_approval: { always: { tool_names: ['write'] } } },
      { configs: { write: { enabled: false } } },
      ['tools[0].require_approval'],
    ],
  ])('has only the tools there that may be called unasked: %j', (said, written, lost) => {
    const [body, losses] = send(responses, messages, ask({ ...server, ...said }))
    expect(body['tools']).toEqual([{ ...toolset, ...written }])
    expect(losses.map(({ path }) => path)).toEqual(lost)
  })

  it.each([
    { require_approval: 'always' },
    { require_approval: null },
    { require_approval: { never: { read_only: true } } },
    { require_approval: { never: { read_only: true, tool_names: ['erase'] } } },
    { allowed_tools: { read_only: true } },
    { server_url: undefined, connector_id: 'connector_gmail' },
  ])('is left out, and reported, where it would be called with less asked: %j', (said) => {
    const [body, losses] = send(responses, messages, ask({ ...server, ...said }))
    expect([body['mcp_servers'], body['tools']]).toEqual([undefined, undefined])
    expect(losses.map(({ path }) => path)).toEqual(['tools[0]'])
  })

  it('has a bearer token of its headers said, and the others reported without their values', () => {
    const headers = { Authorization: 'Bearer T', 'X-Team': 'secret' }
    const [body, losses] = send(responses, messages, ask({ ...server, headers }))
    expect(body['mcp_servers']).toEqual([{ ...url, authorization_token: 'T' }])
    expect(losses.map(({ path }) => path)).toEqual(['tools[0].headers'])
    expect(JSON.stringify(losses)).not.toContain('secret')
  })

  it('is reported where the target calls none', () => {
    for (const [to, traits] of [
      [messages, { ...plainTraits, hostedTools: false }],
      [chat, plainTraits],
    ] as const) {
      const [body, losses] = send(responses, to, ask(server), traits)
      expect(body['tools']).toBeUndefined()
      expect(losses.map(({ path }) => path)).toEqual(['tools[0]'])
    }
  })

  it('has its calls of earlier turns as blocks, those of others in words', () => {
    const call = { type: 'mcp_call', id: 'mcp_1', server_label: 'docs', name: 'search', arguments: '{"q":"x"}' }
    const list = { type: 'mcp_list_tools', id: 'mcpl_1', server_label: 'docs', tools: [] }
    const history = [
      list,
      { ...call, output: 'found', error: null },
      { ...call, id: 'mcp_2', output: null, error: { type: 'http_error', code: 500, message: 'broken' } },
      { ...call, id: 'mcp_3', server_label: 'other', output: 'elsewhere' },
      { ...call, id: 'mcp_4', output: null, status: 'incomplete' },
    ]
    const [body, losses] = send(responses, messages, ask(server, [{ role: 'user', content: 'Hi' }, ...history]))
    const use = { type: 'mcp_tool_use', id: 'mcptoolu_1', name: 'search', server_name: 'docs', input: { q: 'x' } }
    const result = { type: 'mcp_tool_result', tool_use_id: 'mcptoolu_1', is_error: false }
    expect(asObjects(asObjects(body['messages'])[1]?.['content'])).toEqual([
      use,
      { ...result, content: [{ type: 'text', text: 'found' }] },
      { ...use, id: 'mcptoolu_2' },
      { ...result, tool_use_id: 'mcptoolu_2', is_error: true, content: [{ type: 'text', text: 'broken' }] },
      { type: 'text', text: expect.stringContaining('elsewhere') },
      { ...use, id: 'mcptoolu_4' },
      {
        ...result,
        tool_use_id: 'mcptoolu_4',
        is_error: true,
        content: [{ type: 'text', text: 'The call was not finished.' }],
      },
    ])
    expect(losses).toHaveLength(1)
    expectValid(schema('anthropic.beta.messages.request'), [body])
  })
})

describe('an MCP server that a client of Chat Completions names as Responses does', () => {
  it('is called by either of the others', () => {
    const body = { model: 'm', messages: [{ role: 'user', content: 'Hi' }], tools: [server] }
    expect(send(chat, responses, body)).toMatchObject([{ tools: [server] }, []])
    expect(send(chat, messages, body)).toMatchObject([{ mcp_servers: [url], tools: [toolset] }, []])
  })

  it('is left out, and reported, where each call has to be approved: nobody could be asked', () => {
    const { require_approval: _never, ...asking } = server
    const body = { model: 'm', messages: [{ role: 'user', content: 'Hi' }], tools: [asking] }
    for (const to of [responses, messages]) {
      const [sent, losses] = send(chat, to, body)
      expect([sent['tools'], losses.map(({ path }) => path)]).toEqual([undefined, ['tools[0]']])
    }
    const some = { ...server, require_approval: { never: { tool_names: ['search'] } } }
    expect(send(chat, responses, { ...body, tools: [some] })).toMatchObject([{ tools: [some] }, []])
  })
})

describe('an approval of a call', () => {
  it.each([
    [chat, true],
    [messages, false],
  ])('is told in words', (to, approve) => {
    const request = {
      type: 'mcp_approval_request',
      id: 'mcpr_1',
      server_label: 'docs',
      name: 'erase',
      arguments: '{"all":1}',
    }
    const answer = { type: 'mcp_approval_response', approval_request_id: 'mcpr_1', approve, reason: 'because' }
    const [body] = send(responses, to, { model: 'm', input: [{ role: 'user', content: 'Hi' }, request, answer] })
    const said = JSON.stringify(body['messages'])
    expect(said).toMatch(/erase.*all/)
    expect(said).toContain(approve ? 'approved' : 'not approved')
    expect(said).toContain('because')
  })
})

describe('an MCP server that a client of Messages has called', () => {
  it('is called by Responses, unasked as it is there', () => {
    const body = askMessages({ mcp_servers: [{ ...url, name: 'my docs', authorization_token: 'T' }], tools: [] })
    const [sent, losses] = send(messages, responses, body)
    expect(sent['tools']).toEqual([{ ...server, server_label: 'my_docs', authorization: 'T' }])
    expect(losses).toEqual([])
  })

  it.each([
    [{ default_config: { enabled: false }, configs: { search: { enabled: true } } }, ['search']],
    [{ configs: { write: { enabled: false } }, tools: [{ name: 'write' }, { name: 'search' }] }, ['search']],
  ])('has only its tools that are switched on: %j', (said, allowed) => {
    const [sent] = send(messages, responses, askMessages({ tools: [{ ...toolset, ...said }] }))
    expect(sent['tools']).toEqual([{ ...server, allowed_tools: allowed }])
  })

  it('has the tools that the first version names', () => {
    const older = { ...url, tool_configuration: { allowed_tools: ['search'] } }
    const [sent] = send(messages, responses, askMessages({ mcp_servers: [older], tools: undefined }))
    expect(sent['tools']).toEqual([{ ...server, allowed_tools: ['search'] }])
  })

  it('is called where it was named first, when two have one name', () => {
    const [sent, losses] = send(messages, responses, askMessages({ mcp_servers: [url, { ...url, url: 'https://b' }] }))
    expect([sent['tools'], losses.map(({ path }) => path)]).toEqual([[server], ['mcp_servers[1]']])
  })

  it('is left out, and reported, where more could be called than is switched on', () => {
    const [sent, losses] = send(
      messages,
      responses,
      askMessages({ tools: [{ ...toolset, configs: { write: { enabled: false } } }] }),
    )
    expect(sent['tools']).toBeUndefined()
    expect(losses.map(({ path }) => path)).toEqual(['mcp_servers[0]'])
  })

  it('is reported where the target calls none', () => {
    const [, losses] = send(messages, chat, askMessages({}))
    expect(losses.map(({ path }) => path).toSorted()).toEqual(['mcp_servers', 'tools[0]'])
  })

  it('has its calls of earlier turns as items', () => {
    const content = [
      { type: 'mcp_tool_use', id: 'mcptoolu_1', name: 'search', server_name: 'docs', input: { q: 'x' } },
      {
        type: 'mcp_tool_result',
        tool_use_id: 'mcptoolu_1',
        is_error: false,
        content: [{ type: 'text', text: 'found' }],
      },
    ]
    const before = [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content },
    ]
    const [sent, losses] = send(messages, responses, askMessages({}, before))
    expect(asObjects(sent['input'])[1]).toMatchObject({
      type: 'mcp_call',
      id: 'mcp_1',
      server_label: 'docs',
      name: 'search',
      arguments: '{"q":"x"}',
      output: 'found',
    })
    expect(losses).toEqual([])
    expectValid(schema('openai.responses.request'), [sent])
  })
})

const use = { type: 'mcp_tool_use', id: 'mcptoolu_1', name: 'search', server_name: 'docs', input: { q: 'x' } }
const result = {
  type: 'mcp_tool_result',
  tool_use_id: 'mcptoolu_1',
  is_error: false,
  content: [{ type: 'text', text: 'found' }],
}
const message = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'served',
  content: [{ type: 'text', text: 'I look. ' }, use, result, { type: 'text', text: 'There.' }],
  stop_reason: 'end_turn',
  stop_sequence: null,
  usage: { input_tokens: 5, output_tokens: 3 },
}
const call = {
  id: 'mcp_1',
  type: 'mcp_call',
  server_label: 'docs',
  name: 'search',
  arguments: '{"q":"x"}',
  output: 'found',
  error: null,
  status: 'completed',
}

describe('a call by Messages for a client of Responses', () => {
  it('is the item that it is there, whole and streamed', () => {
    const whole = crossAnswer('messages', 'responses', message, { tools: [server] })
    expectValid(schema('openai.responses.response'), [whole.answer])
    expect(asObjects(whole.answer['output']).map((item) => item['type'])).toEqual(['message', 'mcp_call', 'message'])
    expect(asObjects(whole.answer['output'])[1]).toEqual(call)
    expect(whole.losses).toEqual([])

    const { answer } = crossStream('messages', 'responses', streamed(), { tools: [server] })
    expectValid(schema('openai.responses.stream-event'), answer)
    const about = asObjects(answer).filter((event) => event['output_index'] === 1)
    expect(about.map((event) => String(event['type']).replace('response.', ''))).toEqual([
      'output_item.added',
      'mcp_call.in_progress',
      'mcp_call_arguments.delta',
      'mcp_call_arguments.done',
      'mcp_call.completed',
      'output_item.done',
    ])
    expect(about.at(-1)?.['item']).toEqual(call)
  })

  it('comes behind what the server offered, under an id that other answers have not', () => {
    const listing = { type: 'mcp_tool_listing', mcp_server_name: 'docs', tools: [{ name: 'search', input_schema: {} }] }
    const ids = ['msg_1', 'msg_2'].map((id) => {
      const listed = { ...message, id, content: [listing, use, result] }
      const { answer } = crossAnswer('messages', 'responses', listed, { tools: [server] })
      expect(asObjects(answer['output'])).toMatchObject([{ type: 'mcp_list_tools' }, call])
      return asObjects(answer['output'])[0]?.['id']
    })
    expect(new Set(ids).size).toBe(2)
  })

  it('is not finished where the turn pauses before its result', () => {
    const paused = { ...message, content: [use], stop_reason: 'pause_turn' }
    const { answer } = crossAnswer('messages', 'responses', paused, { tools: [server] })
    expect(asObjects(answer['output'])[0]).toMatchObject({ type: 'mcp_call', status: 'incomplete', output: null })
  })
})

describe('a call by Responses for a client of Messages', () => {
  const items = [
    { type: 'mcp_list_tools', id: 'mcpl_1', server_label: 'docs', tools: [] },
    call,
    { type: 'message', id: 'msg_1', role: 'assistant', content: [{ type: 'output_text', text: 'There.' }] },
  ]
  const response = { id: 'resp_1', object: 'response', model: 'served', status: 'completed', output: items }
  const asked = { mcp_servers: [url], tools: [toolset] }

  it('is two blocks, whole and streamed', () => {
    const { answer, losses } = crossAnswer('responses', 'messages', response, asked)
    expect(answer['content']).toEqual([use, result, { type: 'text', text: 'There.' }])
    expect(losses).toEqual([])

    const stream = crossStream('responses', 'messages', [{ type: 'response.completed', response }], asked)
    const starts = asObjects(stream.answer).filter((event) => event['type'] === 'content_block_start')
    expect(starts.map((event) => event['index'])).toEqual([0, 1, 2])
    expect(starts[0]?.['content_block']).toEqual({ ...use, input: {} })
    expect(starts[1]?.['content_block']).toEqual(result)
  })

  it('is reported when the server could not be asked for its tools', () => {
    const output = [{ ...items[0], error: 'refused' }]
    const { losses } = crossAnswer('responses', 'messages', { ...response, output }, asked)
    expect(losses).toHaveLength(1)
  })
})

function streamed(): readonly JsonObject[] {
  return [
    { type: 'message_start', message: { ...message, content: [], stop_reason: null } },
    ...message.content.flatMap((block, index): JsonObject[] => {
      if (block.type === 'mcp_tool_result')
        return [
          { type: 'content_block_start', index, content_block: block },
          { type: 'content_block_stop', index },
        ]
      const isText = 'text' in block
      const delta = isText
        ? { type: 'text_delta', text: block.text }
        : { type: 'input_json_delta', partial_json: '{"q":"x"}' }
      const start = isText ? { ...block, text: '' } : { ...block, input: {} }
      return [
        { type: 'content_block_start', index, content_block: start },
        { type: 'content_block_delta', index, delta },
        { type: 'content_block_stop', index },
      ]
    }),
    { type: 'message_delta', delta: { stop_reason: 'end_turn', stop_sequence: null }, usage: { output_tokens: 3 } },
    { type: 'message_stop' },
  ]
}
