import { describe, expect, it } from 'vitest'
import { chat } from '../chat/index.ts'
import { asObjects, type JsonObject } from '../core/json.ts'
import type { Loss } from '../core/loss.ts'
import type { ProtocolId } from '../core/protocol.ts'
import { plainTraits } from '../core/traits.ts'
import { messages } from '../messages/index.ts'
import { responses } from '../responses/index.ts'
import { translate } from '../translate.ts'

const protocols = { chat, responses, messages }
const search = { type: 'web_search_20250305', name: 'web_search' }
const fetchTool = { name: 'fetch', input_schema: { type: 'object' } }

function send(from: ProtocolId, to: ProtocolId, body: JsonObject, hostedTools = true): [JsonObject, readonly Loss[]] {
  const losses: Loss[] = []
  const crossing = translate({
    from: protocols[from],
    to: protocols[to],
    body: { model: 'm', ...body },
    model: 'm',
    issuer: 'i',
    traits: { ...plainTraits, hostedTools },
    lose: (loss) => losses.push(loss),
  })
  return [crossing.body, losses]
}

const asked = { max_tokens: 99, messages: [{ role: 'user', content: 'Hi' }] }
const choice = { type: 'tool', name: 'web_search' }

describe('a search that must be made', () => {
  it('is the demand of the one tool at Responses, which cannot name it', () => {
    const [body, losses] = send('messages', 'responses', { ...asked, tools: [search], tool_choice: choice })
    expect([body['tool_choice'], losses]).toEqual(['required', []])
  })

  it('is the one tool that is allowed there, among others', () => {
    const [body] = send('messages', 'responses', { ...asked, tools: [search, fetchTool], tool_choice: choice })
    expect(body['tool_choice']).toEqual({ type: 'allowed_tools', mode: 'required', tools: [{ type: 'web_search' }] })
  })

  it('is no choice, and a loss, where nobody searches', () => {
    const [body, losses] = send(
      'messages',
      'responses',
      { ...asked, tools: [search, fetchTool], tool_choice: choice },
      false,
    )
    expect(body['tool_choice']).toBeUndefined()
    expect(losses).toContainEqual({ path: 'tool_choice', why: 'the target runs no web search' })
    const [chatBody, chatLosses] = send('messages', 'chat', {
      ...asked,
      tools: [search, fetchTool],
      tool_choice: choice,
    })
    expect(chatBody['tool_choice']).toBeUndefined()
    expect(chatLosses).toContainEqual({ path: 'toolChoice', why: 'Chat Completions cannot demand a web search' })
  })

  it('is the tool of that name at Messages', () => {
    const tools = [{ type: 'web_search' }, { type: 'function', name: 'f', parameters: { type: 'object' } }]
    const [body, losses] = send('responses', 'messages', {
      input: 'Hi',
      tools,
      tool_choice: { type: 'web_search_preview' },
    })
    expect([body['tool_choice'], losses]).toEqual([choice, []])
  })

  it.each([
    ['messages', { ...asked, tools: [search], tool_choice: choice }],
    ['responses', { input: 'Hi', tools: [{ type: 'web_search' }], tool_choice: { type: 'web_search_preview' } }],
  ] as const)('stays as it was said in %s', (protocol, body) => {
    expect(send(protocol, protocol, body)[0]['tool_choice']).toEqual(body.tool_choice)
  })
})

describe('more than one search in a request', () => {
  const place = { type: 'approximate', city: 'Rome' }
  const both = [
    { type: 'web_search_preview', search_context_size: 'low' },
    { type: 'web_search', filters: { allowed_domains: ['a.test'] }, user_location: place, search_context_size: 'low' },
  ]

  it('is one at Messages, which refuses two of a name; what the other asked for is reported', () => {
    const [body, losses] = send('responses', 'messages', { input: 'Hi', tools: both })
    expect(body['tools']).toEqual([search])
    expect(losses.map((loss) => loss.path)).toEqual([
      'tools[1].allowedDomains',
      'tools[1].location',
      'tools[0].searchContextSize',
    ])
  })

  it('is the first at Chat Completions, too', () => {
    const [body, losses] = send('responses', 'chat', { input: 'Hi', tools: both })
    expect(body['web_search_options']).toEqual({ search_context_size: 'low' })
    expect(losses.map((loss) => loss.path)).toEqual(['tools[1].allowedDomains', 'tools[1].location'])
  })

  it('stays at Responses, and is reported once where nobody searches', () => {
    const [body] = send('responses', 'responses', { input: 'Hi', tools: both })
    expect(body['tools']).toEqual(both)
    const [, losses] = send('responses', 'messages', { input: 'Hi', tools: both }, false)
    expect(losses.map((loss) => loss.path)).toEqual(['tools[0]', 'tools[1]'])
  })

  it('may be a function of the client with that name: it has another at Messages, and its own in what comes back', () => {
    const own = { type: 'function', function: { name: 'web_search', parameters: { type: 'object' } } }
    const crossing = translate({
      from: chat,
      to: messages,
      body: {
        model: 'm',
        messages: asked.messages,
        web_search_options: {},
        tools: [own],
        tool_choice: { type: 'function', function: { name: 'web_search' } },
      },
      model: 'm',
      issuer: 'i',
      traits: { ...plainTraits, hostedTools: true },
      lose: () => {},
    })
    const [tool, hosted] = asObjects(crossing.body['tools'])
    expect(hosted).toEqual(search)
    const name = tool?.['name']
    expect(name).toMatch(/^web_search__\w+$/)
    expect(crossing.body['tool_choice']).toEqual({ type: 'tool', name })
    const reply = crossing.readReply({
      id: 'm1',
      type: 'message',
      role: 'assistant',
      model: 'm',
      content: [{ type: 'tool_use', id: 't1', name: String(name), input: {} }],
      stop_reason: 'tool_use',
      stop_sequence: null,
      usage: { input_tokens: 1, output_tokens: 1 },
    })
    expect(reply.parts).toMatchObject([{ kind: 'tool-call', name: 'web_search' }])
  })
})

it('a chosen tool that Responses has not is a loss, not a choice that is refused', () => {
  const tools = [{ type: 'code_execution_20250825', name: 'code_execution' }, fetchTool]
  const tool_choice = { type: 'tool', name: 'code_execution' }
  const [body, losses] = send('messages', 'responses', { ...asked, tools, tool_choice })
  expect(body['tool_choice']).toBeUndefined()
  expect(losses.map((loss) => loss.path)).toEqual(['tools[0]', 'tool_choice'])
})
