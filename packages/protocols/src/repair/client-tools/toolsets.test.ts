import { describe, expect, it } from 'vitest'
import { chat } from '../../chat/index.ts'
import { crossAnswer, crossStream } from '../../crossing/crossed-answers.test-support.ts'
import { send } from '../../crossing/crossed-requests.test-support.ts'
import { asObject, asObjects, type JsonObject } from '../../core/json.ts'
import { plainTraits } from '../../core/traits.ts'
import { messages } from '../../messages/index.ts'
import { responses } from '../../responses/index.ts'
import { expectValid, schema } from '../../crossing/schema.test-support.ts'

const computer = { type: 'computer_toolset_20260801' }
const browser = { type: 'browser_toolset_20260801' }
const use = { type: 'tool_use', id: 'c1', name: 'left_click', input: { coordinate: [1, 2] }, toolset_name: 'computer' }
const result = { type: 'tool_result', tool_use_id: 'c1', content: 'done', toolset_name: 'computer' }

function ask(tools: readonly JsonObject[], more: JsonObject = {}): JsonObject {
  const turns = [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: [use] },
    { role: 'user', content: [result] },
  ]
  return { model: 'm', max_tokens: 100, messages: turns, tools, ...more }
}

const ungrouped = { ...plainTraits, namespaces: false }

/** The names of the functions that a chat server is offered. */
function offered(tools: readonly JsonObject[]): readonly unknown[] {
  const [body] = send(messages, chat, ask(tools), ungrouped)
  return asObjects(body['tools']).map((tool) => asObject(tool['function'])?.['name'])
}

describe('a set of tools that Anthropic’s models know', () => {
  it('is functions with the name of the set before their own, at a chat server', () => {
    const [body, losses] = send(messages, chat, ask([computer]), ungrouped)
    expect(offered([computer])).toHaveLength(17)
    expect(offered([computer])).toContain('computer__screenshot')
    expect(JSON.stringify(body['messages'])).toContain('"name":"computer__left_click"')
    expect(losses).toEqual([])
  })

  it('is a group of functions in Responses', () => {
    const [body, losses] = send(messages, responses, ask([browser, computer]))
    expectValid(schema('openai.responses.request'), [body])
    expect(asObjects(body['tools'])).toMatchObject([
      { type: 'namespace', name: 'browser' },
      { type: 'namespace', name: 'computer' },
    ])
    expect(asObjects(body['input'])[1]).toMatchObject({ name: 'left_click', namespace: 'computer' })
    expect(losses).toEqual([])
  })

  it('is offered as far as the client allows', () => {
    const configs = { screenshot: { enabled: false }, javascript_exec: { enabled: true }, zoom: null }
    const names = offered([{ ...browser, configs }])
    expect(names).toContain('browser__javascript_exec')
    expect(names).toContain('browser__zoom')
    expect(names).not.toContain('browser__screenshot')
    expect(names).not.toContain('browser__file_upload')
  })

  it('is the same in a later version, but for tools that are not known', () => {
    const later = {
      type: 'computer_toolset_20270101',
      configs: { teleport: { enabled: true }, gone: { enabled: false } },
    }
    expect(offered([later])).toHaveLength(17)
    expect(send(messages, chat, ask([later]), ungrouped)[1].map(({ path }) => path)).toEqual([
      'tools[0].configs.teleport',
    ])
  })

  it('has its breakpoint behind its last function, and what is put off reported', () => {
    const marked = {
      ...computer,
      cache_control: { type: 'ephemeral', ttl: '1h' },
      configs: { wait: { defer_loading: true } },
    }
    const [body, losses] = send(messages, chat, ask([marked]), ungrouped)
    expect(asObjects(body['tools']).flatMap((tool) => tool['cache_control'] ?? [])).toEqual([marked.cache_control])
    expect(losses.map(({ path }) => path)).toEqual(['tools.defer_loading'])
  })

  it('may have one of its tools chosen', () => {
    const choice = { tool_choice: { type: 'tool', name: 'screenshot' } }
    const chosen = send(messages, chat, ask([computer], choice), ungrouped)[0]['tool_choice']
    expect(chosen).toEqual({ type: 'function', function: { name: 'computer__screenshot' } })
    const own = { name: 'screenshot', input_schema: { type: 'object' } }
    const other = send(messages, chat, ask([computer, own], choice), ungrouped)[0]['tool_choice']
    expect(other).toEqual({ type: 'function', function: { name: 'screenshot' } })
  })

  it.each([
    ['responses', [computer, browser]],
    ['chat', [computer]],
  ] as const)('is called as it is by Messages, at %s', (protocol, tools) => {
    const call = { type: 'function_call', id: 'f1', call_id: 'c1', name: 'left_click', namespace: 'computer' }
    const given = '{"coordinate":[1,2]}'
    const response = { id: 'r', model: 'm', status: 'completed', output: [{ ...call, arguments: given }] }
    const toolCall = { id: 'c1', type: 'function', function: { name: 'computer__left_click', arguments: given } }
    const message = { role: 'assistant', content: null, tool_calls: [toolCall] }
    const whole = protocol === 'chat' ? { choices: [{ message, finish_reason: 'tool_calls' }] } : response
    expect(crossAnswer(protocol, 'messages', whole, { tools }).answer['content']).toEqual([use])
    if (protocol === 'chat') {
      const delta = { tool_calls: [{ index: 0, ...toolCall }] }
      const chunks = [
        { choices: [{ index: 0, delta, finish_reason: null }] },
        { choices: [{ index: 0, delta: {}, finish_reason: 'tool_calls' }] },
      ]
      const { answer } = crossStream('chat', 'messages', [...chunks, '[DONE]'], { tools })
      const started = asObjects(answer).find(({ type }) => type === 'content_block_start')
      expect(started?.['content_block']).toEqual({ ...use, input: {} })
    }
  })

  it('stays what it is in its own protocol', () => {
    const asked = ask([computer, browser])
    const [body] = send(messages, messages, asked)
    expect([body['tools'], body['messages']]).toEqual([asked['tools'], asked['messages']])
  })
})
