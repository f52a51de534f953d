import { describe, expect, it } from 'vitest'
import { chat } from '../chat/index.ts'
import { asObjects, type Json, type JsonObject } from '../core/json.ts'
import type { Loss } from '../core/loss.ts'
import { plainTraits } from '../core/traits.ts'
import { messages } from '../messages/index.ts'
import { responses } from '../responses/index.ts'
import { translate } from '../translate.ts'

const protocols = { chat, responses, messages }

/** What is reported of a Responses request on its way to another protocol. */
function lostOf(to: 'chat' | 'messages', body: JsonObject): readonly string[] {
  const losses: Loss[] = []
  translate({
    from: responses,
    to: protocols[to],
    body: { model: 'm', input: 'Hi', ...body },
    model: 'm',
    issuer: 'i',
    traits: plainTraits,
    lose: (loss) => losses.push(loss),
  })
  return losses.map((loss) => loss.path)
}

const weather = { type: 'function', name: 'weather', parameters: { type: 'object', properties: {} }, strict: false }

describe.each(['chat', 'messages'] as const)('a Responses request for %s', (to) => {
  it('loses nothing where its members only say what goes without saying', () => {
    const stated = {
      background: false,
      conversation: null,
      include: [],
      max_tool_calls: null,
      metadata: {},
      moderation: null,
      parallel_tool_calls: true,
      previous_response_id: null,
      prompt: null,
      reasoning: { effort: null, summary: null, generate_summary: null },
      service_tier: 'auto',
      store: false,
      stream_options: null,
      text: { format: { type: 'text' }, verbosity: 'medium' },
      tool_choice: 'auto',
      tools: [],
      truncation: 'disabled',
      user: null,
    }
    expect(lostOf(to, stated)).toEqual([])
  })

  it('reports what it asks for and does not get', () => {
    const asked = { truncation: 'auto', max_tool_calls: 3, background: true, reasoning: { context: 'all_turns' } }
    expect(lostOf(to, asked).toSorted()).toEqual(['background', 'max_tool_calls', 'reasoning.context', 'truncation'])
  })

  it('reports what its tools say beyond the words of the target, once for all tools', () => {
    const tool = { ...weather, output_schema: { type: 'object' }, async: true, allowed_callers: ['programmatic'] }
    const paths = lostOf(to, {
      tools: [tool, { ...tool, name: 'time' }, { ...weather, name: 'place', defer_loading: false }],
    })
    expect(paths.toSorted()).toEqual(['tools.allowed_callers', 'tools.async', 'tools.output_schema'])
    expect(lostOf(to, { tools: [{ ...weather, allowed_callers: ['direct'] }] })).toEqual([])
  })

  it('reports who has called a tool and whether its result may be awaited, of a shell’s calls too', () => {
    const caller = { type: 'program', caller_id: 'p1' }
    const call = { type: 'function_call', call_id: 'c1', name: 'weather', arguments: '{}', async: true }
    const run = { type: 'shell_call', call_id: 'c2', action: { commands: ['ls'] }, status: 'completed', caller }
    const output = { outcome: { type: 'exit', exit_code: 0 }, stdout: 'a', stderr: '' }
    const input = [
      { role: 'user', content: 'Hi' },
      call,
      { type: 'function_call_output', call_id: 'c1', output: 'fine', agent: { agent_name: 'second' } },
      run,
      { type: 'shell_call_output', call_id: 'c2', output: [output] },
    ]
    const lost = lostOf(to, { input, tools: [weather, { type: 'shell', environment: { type: 'local' } }] })
    expect(lost).toEqual(['turns[3].caller', 'turns[1].async', 'turns[2].agent'])
  })

  it('reports the phase of a message and the detail of a file, once', () => {
    const said = (phase: string): JsonObject => ({ type: 'message', role: 'assistant', phase, content: 'Hm' })
    const file = {
      type: 'input_file',
      filename: 'a.pdf',
      file_data: 'data:application/pdf;base64,JVBERi0',
      detail: 'low',
    }
    const ask = { role: 'user', content: [file] }
    expect(lostOf(to, { input: [ask, said('commentary'), said('final_answer'), ask] })).toEqual([
      'turns[1].phase',
      'turns[0].detail',
    ])
    const call = { type: 'function_call', call_id: 'c', name: 'weather', arguments: '{}' }
    const output = { type: 'function_call_output', call_id: 'c', output: [file] }
    expect(lostOf(to, { input: [call, output], tools: [weather] })).toContain('turns[1].detail')
  })

  it('reports the words about a group of tools, and a search that may not leave the index', () => {
    const group = { type: 'namespace', name: 'crm', description: 'Customers.', tools: [weather] }
    expect(lostOf(to, { tools: [group] })).toEqual(['tools.namespace.description'])
    expect(lostOf(to, { tools: [{ type: 'web_search', external_web_access: true }] })).toEqual([])
    expect(lostOf(to, { tools: [{ type: 'web_search', external_web_access: false }] })).toEqual([
      'tools.external_web_access',
    ])
  })
})

it.each(['chat', 'responses'] as const)('Claude Code loses nothing for %s by keeping its thinking', (to) => {
  const lost = (keep: Json): readonly string[] => {
    const losses: string[] = []
    translate({
      from: messages,
      to: protocols[to],
      body: {
        model: 'm',
        max_tokens: 99,
        messages: [{ role: 'user', content: 'Hi' }],
        context_management: { edits: [{ type: 'clear_thinking_20251015', keep }] },
      },
      model: 'm',
      issuer: 'i',
      traits: plainTraits,
      lose: (loss) => losses.push(loss.path),
    })
    return losses
  }
  expect(lost('all')).toEqual([])
  expect(lost({ type: 'thinking_turns', value: 1 })).toEqual(['context_management'])
})

it.each(['responses', 'messages'] as const)('a Chat Completions request for %s loses what it switches off', (to) => {
  const lost = (isOn: boolean): readonly string[] => {
    const losses: string[] = []
    const body = {
      model: 'm',
      messages: [{ role: 'user', content: 'Hi' }],
      include_reasoning: isOn,
      provider: { allow_fallbacks: isOn },
      skip_special_tokens: isOn,
    }
    const lose = (loss: Loss): unknown => losses.push(loss.path)
    translate({ from: chat, to: protocols[to], body, model: 'm', issuer: 'i', traits: plainTraits, lose })
    return losses
  }
  expect(lost(true)).toEqual([])
  expect(lost(false)).toEqual(['include_reasoning', 'provider', 'skip_special_tokens'])
})

describe('a breakpoint of a whole request', () => {
  const cache_control = { type: 'ephemeral', ttl: '1h' }
  const use = { type: 'tool_use', id: 'c1', name: 'f', input: {} }
  const result = { type: 'tool_result', tool_use_id: 'c1', content: 'done' }
  const called = [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: [use] },
    { role: 'user', content: [result] },
  ]

  function written(turns: readonly JsonObject[], cacheMarks: 'none' | 'parts' | 'messages'): readonly JsonObject[] {
    const losses: Loss[] = []
    const body = { model: 'm', max_tokens: 99, messages: turns, cache_control }
    const traits = { ...plainTraits, cacheMarks }
    const lose = (loss: Loss): unknown => losses.push(loss)
    const crossing = translate({ from: messages, to: chat, body, model: 'm', issuer: 'i', traits, lose })
    expect(losses).toEqual([])
    return asObjects(crossing.body['messages'])
  }

  it('is one at the end of the conversation for Chat Completions, where it has them', () => {
    const hi = [{ role: 'user', content: 'Hi' }]
    expect(written(hi, 'parts')).toEqual([{ role: 'user', content: [{ type: 'text', text: 'Hi', cache_control }] }])
    expect(written(hi, 'messages')).toEqual([{ role: 'user', content: 'Hi', cache_control }])
    expect(written(hi, 'none')).toEqual(hi)
  })

  it('is that of the last result after a call', () => {
    expect(written(called, 'messages').at(-1)).toMatchObject({ role: 'tool', cache_control })
    expect(written(called, 'parts').at(-1)).toMatchObject({ content: [{ text: 'done', cache_control }] })
  })

  it('leaves alone one that stands there already', () => {
    const marked = { type: 'text', text: 'Hi', cache_control: { type: 'ephemeral' } }
    expect(written([{ role: 'user', content: [marked] }], 'parts')).toMatchObject([{ content: [marked] }])
  })
})

it('a search that is left out is reported once', () => {
  const losses: string[] = []
  const body = { model: 'm', input: 'Hi', tools: [{ type: 'web_search', external_web_access: false }] }
  const traits = { ...plainTraits, hostedTools: false }
  const lose = (loss: Loss): unknown => losses.push(loss.path)
  translate({ from: responses, to: messages, body, model: 'm', issuer: 'i', traits, lose })
  expect(losses).toEqual(['tools[0]'])
})

describe('how much a web search reads', () => {
  const asked = { tools: [{ type: 'web_search', search_context_size: 'high' }] }

  it('is said in both protocols of OpenAI', () => {
    const losses: Loss[] = []
    const options = { model: 'm', issuer: 'i', traits: plainTraits, lose: (loss: Loss) => losses.push(loss) }
    const there = translate({ ...options, from: responses, to: chat, body: { model: 'm', input: 'Hi', ...asked } })
    expect(there.body['web_search_options']).toEqual({ search_context_size: 'high' })
    const body = {
      model: 'm',
      messages: [{ role: 'user', content: 'Hi' }],
      web_search_options: { search_context_size: 'low' },
    }
    const back = translate({ ...options, from: chat, to: responses, body })
    expect(back.body['tools']).toEqual([{ type: 'web_search', search_context_size: 'low' }])
    expect(losses).toEqual([])
  })

  it('is reported where it cannot be said', () => {
    expect(lostOf('messages', asked)).toEqual(['tools[0].searchContextSize'])
  })
})

describe('a cache breakpoint of Responses', () => {
  it('is a mark for Messages, with the nearest lifetime', () => {
    const text = (words: string, breakpoint: JsonObject): JsonObject => ({
      type: 'input_text',
      text: words,
      prompt_cache_breakpoint: { mode: 'explicit', ...breakpoint },
    })
    const content = [text('One', { ttl: '12h' }), text('Two', {})]
    const options = { model: 'm', issuer: 'i', traits: plainTraits, lose: () => {} }
    const body = { model: 'm', input: [{ role: 'user', content }] }
    const crossed = translate({ ...options, from: responses, to: messages, body })
    expect(crossed.body['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'One', cache_control: { type: 'ephemeral', ttl: '1h' } },
          { type: 'text', text: 'Two', cache_control: { type: 'ephemeral' } },
        ],
      },
    ])
    expect(translate({ ...options, from: responses, to: responses, body }).body['input']).toEqual([
      { type: 'message', role: 'user', content },
    ])
  })
})

describe('where the user of a web search is', () => {
  const options = { model: 'm', issuer: 'i', traits: plainTraits, lose: () => {} }
  const ask = (place: JsonObject): JsonObject => ({
    model: 'm',
    input: 'Hi',
    tools: [{ type: 'web_search', user_location: place }],
  })

  it('is said in Chat Completions without the members that are null', () => {
    const body = ask({ type: 'approximate', city: 'Rome', region: null })
    const place = { type: 'approximate', approximate: { city: 'Rome' } }
    const crossed = translate({ ...options, from: responses, to: chat, body })
    expect(crossed.body['web_search_options']).toEqual({ user_location: place })
  })

  it('has the type in Messages that Responses lets be left out', () => {
    const crossed = translate({ ...options, from: responses, to: messages, body: ask({ city: 'Rome' }) })
    expect(crossed.body['tools']).toMatchObject([{ user_location: { type: 'approximate', city: 'Rome' } }])
  })
})

describe('the sources of an earlier answer', () => {
  const said = (annotations: readonly JsonObject[]): JsonObject => ({
    input: [
      { role: 'user', content: 'Hi' },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'Cats.', annotations }] },
      { role: 'user', content: 'Go on' },
    ],
  })
  const page = { type: 'url_citation', url: 'https://a', title: 'A', start_index: 0, end_index: 4 }
  const file = { type: 'file_citation', file_id: 'file_1', filename: 'a.txt', index: 0 }

  it('are reported where they cannot go back', () => {
    expect(lostOf('chat', said([page, file]))).toEqual(['citations'])
    expect(lostOf('chat', said([file]))).toEqual(['citations'])
    expect(lostOf('messages', said([file]))).toEqual(['turns[1].parts[0].annotations'])
    expect(lostOf('chat', said([]))).toEqual([])
  })
})

describe('tools that a search found', () => {
  const found = { type: 'function', name: 'found', parameters: { type: 'object', properties: {} }, strict: false }
  const history = [
    { type: 'tool_search_call', call_id: 's1', execution: 'client', arguments: {}, status: 'completed' },
    { type: 'tool_search_output', call_id: 's1', execution: 'client', tools: [found, weather], status: 'completed' },
    { role: 'user', content: 'Go' },
  ]

  it.each([chat, messages])('can be called on the way to another protocol, each once', (to) => {
    const options = { model: 'm', issuer: 'i', traits: plainTraits, lose: () => {} }
    const { body } = translate({
      ...options,
      from: responses,
      to,
      body: { model: 'm', input: history, tools: [weather] },
    })
    const names = JSON.stringify(body['tools']).match(/"name":"\w+"/g)
    expect(names).toEqual(['"name":"weather"', '"name":"found"'])
  })

  it('stay in their item where it is known', () => {
    const options = { model: 'm', issuer: 'i', traits: plainTraits, lose: () => {} }
    const { body } = translate({ ...options, from: responses, to: responses, body: { model: 'm', input: history } })
    expect(body['tools']).toBeUndefined()
    expect(body['input']).toMatchObject(history)
  })
})

it('where the prompt is cached is said by chat clients as by those of Responses', () => {
  const mark = { prompt_cache_breakpoint: { mode: 'explicit' } }
  const url = 'data:image/png;base64,AA=='
  const content = [
    { type: 'text', text: 'Hi', ...mark },
    { type: 'image_url', image_url: { url }, ...mark },
  ]
  const body = { model: 'm', messages: [{ role: 'user', content }] }
  const options = { model: 'm', issuer: 'i', traits: plainTraits, lose: () => {} }
  expect(translate({ ...options, from: protocols.chat, to: responses, body }).body['input']).toMatchObject([
    {
      content: [
        { type: 'input_text', text: 'Hi', ...mark },
        { type: 'input_image', image_url: url, ...mark },
      ],
    },
  ])
})

it('how the prompt is cached is said alike in Chat Completions and Responses, and lost in Messages alone', () => {
  const options = { mode: 'explicit', ttl: '30m' }
  const ask = { model: 'm', prompt_cache_options: options }
  const send = (from: 'chat' | 'responses', to: 'chat' | 'responses' | 'messages'): [JsonObject, readonly string[]] => {
    const losses: Loss[] = []
    const body = from === 'chat' ? { ...ask, messages: [{ role: 'user', content: 'Hi' }] } : { ...ask, input: 'Hi' }
    const given = { model: 'm', issuer: 'i', traits: plainTraits, lose: (loss: Loss) => losses.push(loss) }
    const crossing = translate({ from: protocols[from], to: protocols[to], body, ...given })
    return [crossing.body, losses.map((loss) => loss.path)]
  }
  for (const from of ['chat', 'responses'] as const) {
    for (const to of ['chat', 'responses'] as const)
      expect(send(from, to)).toMatchObject([{ prompt_cache_options: options }, []])
    expect(send(from, 'messages')).toMatchObject([{ model: 'm' }, ['cacheOptions']])
  }
})

describe.each(['chat', 'messages'] as const)('a Responses request of a computer for %s', (to) => {
  const check = { id: 'sc_1', code: 'malicious_instructions', message: 'Look twice.' }
  const ask = (checks: readonly JsonObject[]): readonly string[] =>
    lostOf(to, {
      tools: [{ type: 'computer_use_preview', display_width: 9, display_height: 9, environment: 'browser' }],
      input: [
        { role: 'user', content: 'Hi' },
        {
          type: 'computer_call',
          id: 'cu_1',
          call_id: 'c1',
          action: { type: 'screenshot' },
          pending_safety_checks: checks,
          status: 'completed',
        },
        {
          type: 'computer_call_output',
          call_id: 'c1',
          acknowledged_safety_checks: checks,
          output: { type: 'computer_screenshot', image_url: 'data:image/png;base64,AA==' },
        },
      ],
    })

  it('reports the safety checks that were asked and confirmed', () => {
    expect(ask([check])).toEqual(['turns[1].pending_safety_checks', 'turns[2].acknowledged_safety_checks'])
  })

  it('reports nothing where there were none', () => {
    expect(ask([])).toEqual([])
  })

  it('reports the choice of an MCP server', () => {
    const tools = [weather, { type: 'mcp', server_label: 'a', server_url: 'https://a.test', require_approval: 'never' }]
    expect(lostOf(to, { tools, tool_choice: { type: 'mcp', server_label: 'a' } })).toContain('toolChoice')
  })
})
