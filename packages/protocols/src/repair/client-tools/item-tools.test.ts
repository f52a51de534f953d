import { describe, expect, it } from 'vitest'
import { chat } from '../../chat/index.ts'
import { crossAnswer, crossStream } from '../../crossing/crossed-answers.test-support.ts'
import { send } from '../../crossing/crossed-requests.test-support.ts'
import { asObject, asObjects, asString, parseJson, type JsonObject } from '../../core/json.ts'
import { messages } from '../../messages/index.ts'
import { responses } from '../../responses/index.ts'
import { expectValid, schema } from '../../crossing/schema.test-support.ts'

const validResponse = schema('openai.responses.response')
const validEvent = schema('openai.responses.stream-event')
const validInput = schema('openai.responses.request')

const picture = 'data:image/png;base64,AAAA'
const preview = { type: 'computer_use_preview', display_width: 800, display_height: 600, environment: 'linux' }

/** A tool of Responses, the item of a call of it, the arguments that this stands for, and the item of what came of it. */
interface Case {
  readonly tool: JsonObject
  readonly call: JsonObject
  readonly given: JsonObject
  readonly output: JsonObject
  readonly said: string
}

const cases: readonly Case[] = [
  {
    tool: { type: 'local_shell' },
    call: {
      type: 'local_shell_call',
      id: 'lsh_c1',
      call_id: 'c1',
      action: { type: 'exec', command: ['ls', '-l'], env: { A: 'b' }, timeout_ms: 5 },
      status: 'completed',
    },
    given: { command: ['ls', '-l'], env: { A: 'b' }, timeout_ms: 5 },
    output: { type: 'local_shell_call_output', id: 'lsh_c1', call_id: 'c1', output: 'a file' },
    said: 'a file',
  },
  {
    tool: { type: 'shell', environment: { type: 'local' } },
    call: {
      type: 'shell_call',
      id: 'sh_c1',
      call_id: 'c1',
      action: { commands: ['ls', 'pwd'], timeout_ms: null, max_output_length: 99 },
      environment: null,
      status: 'completed',
    },
    given: { commands: ['ls', 'pwd'], max_output_length: 99 },
    output: {
      type: 'shell_call_output',
      call_id: 'c1',
      output: [
        { stdout: 'a file', stderr: 'beware', outcome: { type: 'exit', exit_code: 3 } },
        { stdout: '', stderr: '', outcome: { type: 'timeout' } },
      ],
    },
    said: 'Exit code: 3\na file\nbeware\n\nTimed out',
  },
  {
    tool: { type: 'apply_patch' },
    call: {
      type: 'apply_patch_call',
      id: 'apc_c1',
      call_id: 'c1',
      operation: { type: 'update_file', path: 'a.ts', diff: '@@\n-a\n+b' },
      status: 'completed',
    },
    given: { type: 'update_file', path: 'a.ts', diff: '@@\n-a\n+b' },
    output: { type: 'apply_patch_call_output', call_id: 'c1', status: 'completed', output: 'Patched' },
    said: 'Patched',
  },
  {
    tool: preview,
    call: {
      type: 'computer_call',
      id: 'cu_c1',
      call_id: 'c1',
      action: { type: 'click', x: 1, y: 2, button: 'right' },
      pending_safety_checks: [],
      status: 'completed',
    },
    given: { type: 'click', x: 1, y: 2, button: 'right' },
    output: {
      type: 'computer_call_output',
      call_id: 'c1',
      output: { type: 'computer_screenshot', image_url: picture },
    },
    said: picture,
  },
  {
    tool: { type: 'computer' },
    call: {
      type: 'computer_call',
      id: 'cu_c1',
      call_id: 'c1',
      actions: [{ type: 'screenshot' }, { type: 'type', text: 'Hi' }],
      pending_safety_checks: [],
      status: 'completed',
    },
    given: { actions: [{ type: 'screenshot' }, { type: 'type', text: 'Hi' }] },
    output: {
      type: 'computer_call_output',
      call_id: 'c1',
      output: { type: 'computer_screenshot', image_url: picture },
    },
    said: picture,
  },
]

const typeOf = ({ tool }: Case): string => String(tool['type'])

describe.each(cases.map((one) => [typeOf(one), one] as const))('%s, which a client of Responses runs', (type, one) => {
  const { tool, call, given, output, said } = one
  const asked = {
    model: 'm',
    input: [{ role: 'user', content: 'Hi' }, call, output, { role: 'user', content: 'And now?' }],
    tools: [tool],
    tool_choice: { type },
  }

  it('is a function of Chat Completions, with its calls and results of earlier turns', () => {
    expectValid(validInput, [{ ...asked, tool_choice: 'auto' }])
    const [body, losses] = send(responses, chat, asked)
    expect(losses).toEqual([])
    const [written] = asObjects(body['tools'])
    expect(asObject(written?.['function'])).toMatchObject({ name: type, parameters: { type: 'object' } })
    expect(body['tool_choice']).toEqual({ type: 'function', function: { name: type } })
    const [, assistant, result] = asObjects(body['messages'])
    const [called] = asObjects(assistant?.['tool_calls'])
    expect(called).toMatchObject({ id: 'c1', function: { name: type } })
    expect(parseJson(asString(asObject(called?.['function'])?.['arguments']) ?? '')).toEqual(given)
    expect(result?.['tool_call_id']).toBe('c1')
    if (said === picture) expect(JSON.stringify(body['messages'])).toContain(picture)
    else expect(result?.['content']).toBe(said)
  })

  it('is a tool of Messages, with its calls and results of earlier turns', () => {
    const [body, losses] = send(responses, messages, asked)
    expect(losses).toEqual([])
    expect(asObjects(body['tools'])).toMatchObject([{ name: type, input_schema: { type: 'object' } }])
    expect(body['tool_choice']).toEqual({ type: 'tool', name: type })
    const [, assistant, user] = asObjects(body['messages'])
    expect(assistant?.['content']).toEqual([{ type: 'tool_use', id: 'c1', name: type, input: given }])
    const [result] = asObjects(user?.['content'])
    expect(result).toMatchObject({ type: 'tool_result', tool_use_id: 'c1' })
    expect(JSON.stringify(result?.['content'])).toContain(said === picture ? 'AAAA' : JSON.stringify(said).slice(1, -1))
  })

  it('stays what it is in its own protocol', () => {
    const [body] = send(responses, responses, asked)
    expect(body).toMatchObject({ input: [{}, call, output, {}], tools: [tool], tool_choice: { type } })
  })

  it('is called by its own item in an answer of Messages, whole and streamed', () => {
    const use = { type: 'tool_use', id: 'c1', name: type, input: given }
    const message = { id: 'msg_1', model: 'm', content: [use], stop_reason: 'tool_use', usage: {} }
    const { answer, losses } = crossAnswer('messages', 'responses', message, { tools: [tool] })
    expectValid(validResponse, [answer])
    expect([answer['output'], losses]).toEqual([[call], []])

    const events = [
      { type: 'message_start', message: { ...message, content: [], stop_reason: null } },
      { type: 'content_block_start', index: 0, content_block: { ...use, input: {} } },
      {
        type: 'content_block_delta',
        index: 0,
        delta: { type: 'input_json_delta', partial_json: JSON.stringify(given) },
      },
      { type: 'content_block_stop', index: 0 },
      { type: 'message_delta', delta: { stop_reason: 'tool_use' }, usage: {} },
      { type: 'message_stop' },
    ]
    expectItemStream(crossStream('messages', 'responses', events, { tools: [tool] }).answer, call)
  })

  it('is called by its own item in an answer of Chat Completions, whole and streamed', () => {
    const called = { id: 'c1', type: 'function', function: { name: type, arguments: JSON.stringify(given) } }
    const choice = {
      index: 0,
      message: { role: 'assistant', content: null, tool_calls: [called] },
      finish_reason: 'tool_calls',
    }
    const completion = { id: 'x', model: 'm', choices: [choice] }
    const { answer, losses } = crossAnswer('chat', 'responses', completion, { tools: [tool] })
    expectValid(validResponse, [answer])
    expect([answer['output'], losses]).toEqual([[call], []])

    const half = JSON.stringify(given).length / 2
    const chunk = (delta: JsonObject, finish_reason: string | null = null): JsonObject => ({
      id: 'x',
      model: 'm',
      choices: [{ index: 0, delta, finish_reason }],
    })
    const piece = (text: string): JsonObject => chunk({ tool_calls: [{ index: 0, function: { arguments: text } }] })
    const events = [
      chunk({ role: 'assistant', tool_calls: [{ index: 0, ...called, function: { name: type, arguments: '' } }] }),
      piece(JSON.stringify(given).slice(0, half)),
      piece(JSON.stringify(given).slice(half)),
      chunk({}, 'tool_calls'),
      '[DONE]' as const,
    ]
    expectItemStream(crossStream('chat', 'responses', events, { tools: [tool] }).answer, call)
  })
})

function expectItemStream(answer: readonly (JsonObject | '[DONE]')[], call: JsonObject): void {
  const events = answer.filter((event) => event !== '[DONE]')
  expectValid(validEvent, events)
  const about = events.filter((event) => event['output_index'] === 0)
  expect(about.map((event) => event['type'])).toEqual(['response.output_item.added', 'response.output_item.done'])
  expect(asObject(about[0]?.['item'])).toMatchObject({ id: call['id'], call_id: 'c1', status: 'in_progress' })
  expect(about[1]?.['item']).toEqual(call)
  expect(asObject(events.at(-1)?.['response'])?.['output']).toEqual([call])
}

describe('a tool that a client of Responses runs', () => {
  it('has another name where the client has a function of its own', () => {
    const own = { type: 'function', name: 'shell', parameters: { type: 'object' } }
    const [body] = send(responses, chat, { model: 'm', input: 'Hi', tools: [own, { type: 'shell' }] })
    expect(asObjects(body['tools']).map((tool) => asObject(tool['function'])?.['name'])).toEqual(['shell', 'shell_2'])
    const called = { id: 'c1', type: 'function', function: { name: 'shell', arguments: '{}' } }
    const completion = {
      id: 'x',
      model: 'm',
      choices: [{ message: { tool_calls: [called] }, finish_reason: 'tool_calls' }],
    }
    const { answer } = crossAnswer('chat', 'responses', completion, { tools: [own, { type: 'shell' }] })
    expect(asObjects(answer['output'])).toMatchObject([{ type: 'function_call', name: 'shell' }])
  })

  it('has its output found by the id of the item, as the local shell names it', () => {
    const action = { type: 'exec', command: ['ls'], env: {} }
    const call = { type: 'local_shell_call', id: 'lsh_1', call_id: 'c1', action, status: 'completed' }
    const output = { type: 'local_shell_call_output', id: 'lsh_1', output: 'a file' }
    const [body] = send(responses, chat, { model: 'm', input: [call, output], tools: [{ type: 'local_shell' }] })
    expect(asObjects(body['messages']).at(-1)).toEqual({ role: 'tool', tool_call_id: 'c1', content: 'a file' })
  })

  it.each([
    [
      { type: 'computer_screenshot', image_url: picture, detail: 'high' },
      { url: picture, detail: 'high' },
    ],
    [{ type: 'input_image', image_url: picture }, { url: picture }],
  ])('shows the screen as it was seen: %j', (output, shown) => {
    const call = { type: 'computer_call', call_id: 'c1', actions: [{ type: 'screenshot' }], status: 'completed' }
    const input = [{ role: 'user', content: 'Hi' }, call, { type: 'computer_call_output', call_id: 'c1', output }]
    const [body, losses] = send(responses, chat, { model: 'm', input, tools: [{ type: 'computer' }] })
    expect(JSON.stringify(body['messages'])).toContain(JSON.stringify(shown))
    expect(losses).toEqual([])
  })

  it('is a loss where the provider runs it', () => {
    const tools = [{ type: 'shell', environment: { type: 'container_auto' } }]
    const [body, losses] = send(responses, chat, { model: 'm', input: 'Hi', tools })
    expect([body['tools'], losses.map(({ path }) => path)]).toEqual([undefined, ['tools[0]']])
  })

  it('can be one of those that are allowed', () => {
    const tools = [{ type: 'shell' }, { type: 'function', name: 'f', parameters: { type: 'object' } }]
    const tool_choice = { type: 'allowed_tools', mode: 'required', tools: [{ type: 'shell' }] }
    const [body, losses] = send(responses, messages, { model: 'm', input: 'Hi', tools, tool_choice })
    expect([body['tool_choice'], losses]).toEqual([{ type: 'tool', name: 'shell' }, []])
  })

  it('is not said to be complete where its call was cut', () => {
    const called = { id: 'c1', type: 'function', function: { name: 'shell', arguments: '{"comm' } }
    const completion = {
      id: 'x',
      model: 'm',
      choices: [{ message: { tool_calls: [called] }, finish_reason: 'length' }],
    }
    const { answer } = crossAnswer('chat', 'responses', completion, { tools: [{ type: 'shell' }] })
    expectValid(validResponse, [answer])
    expect(asObjects(answer['output'])).toMatchObject([{ type: 'shell_call', status: 'incomplete' }])
  })

  const actions: readonly JsonObject[] = [
    { type: 'click', button: 'middle', x: '1', y: 2.5 },
    { type: 'double_click' },
    { type: 'drag', path: [{ x: 1 }] },
    { type: 'keypress', keys: 'ctrl' },
    { type: 'move' },
    { type: 'scroll', y: 1 },
    { type: 'type' },
    { type: 'left_click' },
  ]
  it.each<[string, JsonObject]>([
    ['local_shell', { command: ['ls'], env: { A: 1, B: null }, timeout_ms: 1.5 }],
    ['shell', { commands: 'ls', timeout_ms: '5', max_output_length: 'all' }],
    ['apply_patch', { type: 'rename_file', path: 'a' }],
    ...actions.map((given): [string, JsonObject] => ['computer_use_preview', given]),
    ...actions.map((given): [string, JsonObject] => ['computer', given]),
  ])('has the members that clients of %s read, whatever the model gave: %j', (type, given) => {
    const called = { id: 'c1', type: 'function', function: { name: type, arguments: JSON.stringify(given) } }
    const completion = { id: 'x', model: 'm', choices: [{ message: { tool_calls: [called] }, finish_reason: 'stop' }] }
    const { answer } = crossAnswer('chat', 'responses', completion, {
      tools: [type === 'computer_use_preview' ? preview : { type }],
    })
    expect(asObjects(answer['output'])).toHaveLength(1)
    expectValid(validResponse, [answer])
    expectValid(validInput, [{ model: 'm', input: answer['output'] }])
  })

  it('tells that it failed', () => {
    const call = {
      type: 'apply_patch_call',
      call_id: 'c1',
      operation: { type: 'delete_file', path: 'a' },
      status: 'completed',
    }
    const output = { type: 'apply_patch_call_output', call_id: 'c1', status: 'failed', output: 'No such file' }
    const input = [{ role: 'user', content: 'Hi' }, call, output]
    const [body] = send(responses, messages, { model: 'm', input, tools: [{ type: 'apply_patch' }] })
    const [result] = asObjects(asObjects(body['messages'])[2]?.['content'])
    expect(result).toMatchObject({ is_error: true, content: 'No such file' })
  })
})
