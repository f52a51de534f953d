import { describe, expect, test } from 'vitest'
import { withTrial } from '../../trial.test-support.ts'
import type { Trial } from '../../trial.test-support.ts'

const bearer = { authorization: 'Bearer sk-trial' }
const messages = [{ role: 'user', content: 'hi' }]
const chat = (trial: Trial, more: object) =>
  trial.post('/openai/v1/chat/completions', { model: 'gpt-4.1', messages, ...more }, bearer)
const respond = (trial: Trial, more: object) =>
  trial.post('/openai/v1/responses', { model: 'gpt-5.2', input: 'hi', ...more }, bearer)

describe('the OpenAI face refuses', () => {
  const errors: readonly (readonly [string, (trial: Trial) => ReturnType<typeof chat>, number, object])[] = [
    [
      'no key',
      ({ get }) => get('/openai/v1/models', { authorization: '' }),
      401,
      { code: null, message: expect.stringMatching(/^You didn't provide an API key/) },
    ],
    [
      'another key',
      ({ get }) => get('/openai/v1/models', { authorization: 'Bearer gho_x' }),
      401,
      { code: 'invalid_api_key', message: expect.stringMatching(/^Incorrect API key provided: \*/) },
    ],
    ['an unknown model', (trial) => chat(trial, { model: 'gpt-9' }), 404, { code: 'model_not_found', param: null }],
    ['an unknown model on responses', (trial) => respond(trial, { model: 'gpt-9' }), 400, { code: 'model_not_found' }],
    [
      'an unknown address',
      ({ get }) => get('/openai/v1/nothing', bearer),
      404,
      { message: 'Invalid URL (GET /v1/nothing)' },
    ],
    [
      'unknown members of chat',
      (trial) => chat(trial, { top_k: 1 }),
      400,
      { message: 'Unrecognized request argument supplied: top_k', code: null },
    ],
    [
      'unknown members of responses',
      (trial) => respond(trial, { top_k: 1 }),
      400,
      { message: "Unknown parameter: 'top_k'.", code: 'unknown_parameter' },
    ],
    [
      'encrypted reasoning of a model that does not reason',
      (trial) => respond(trial, { model: 'gpt-4o-mini', include: ['reasoning.encrypted_content'] }),
      400,
      { message: 'Encrypted content is not supported with this model.', param: 'include', code: null },
    ],
    [
      'cache marks',
      (trial) =>
        chat(trial, {
          messages: [{ role: 'user', content: [{ type: 'text', text: 'a', cache_control: { type: 'ephemeral' } }] }],
        }),
      400,
      { param: 'messages[0].content[0].cache_control' },
    ],
    [
      'reasoning of other vendors',
      (trial) => chat(trial, { messages: [{ role: 'assistant', content: 'a', reasoning_content: 'b' }, ...messages] }),
      400,
      { message: "Unknown parameter: 'messages[0].reasoning_content'." },
    ],
    [
      'foreign content parts',
      (trial) => chat(trial, { messages: [{ role: 'user', content: [{ type: 'input_text', text: 'a' }] }] }),
      400,
      { code: 'invalid_value', param: 'messages[0].content[0].type' },
    ],
    [
      'max_tokens for models that reason',
      (trial) => chat(trial, { model: 'gpt-5.2', max_tokens: 5 }),
      400,
      { code: 'unsupported_parameter', param: 'max_tokens' },
    ],
    [
      'sampling for models that reason',
      (trial) => chat(trial, { model: 'o4-mini', temperature: 0.5 }),
      400,
      { code: 'unsupported_value', param: 'temperature' },
    ],
    ['sampling on responses', (trial) => respond(trial, { model: 'gpt-5-mini', top_p: 0.5 }), 400, { param: 'top_p' }],
    [
      'an unknown effort',
      (trial) => chat(trial, { model: 'gpt-5-mini', reasoning_effort: 'xhigh' }),
      400,
      { code: 'unsupported_value', param: 'reasoning_effort' },
    ],
    [
      'an effort for models that do not reason',
      (trial) => respond(trial, { model: 'gpt-4.1', reasoning: { effort: 'low' } }),
      400,
      { param: 'reasoning.effort' },
    ],
    [
      'chat with models for responses',
      (trial) => chat(trial, { model: 'gpt-5.4-pro' }),
      404,
      { message: 'This model is only supported in v1/responses and not in v1/chat/completions.', param: 'model' },
    ],
    [
      'foreign encrypted content',
      (trial) =>
        respond(trial, { input: [{ type: 'reasoning', summary: [], encrypted_content: 'Zm9yZWlnbg==' }, ...messages] }),
      400,
      { code: 'invalid_encrypted_content' },
    ],
    [
      'references to what is not kept',
      (trial) => respond(trial, { input: [{ type: 'item_reference', id: 'msg_1' }] }),
      404,
      { message: expect.stringMatching(/^Item with id 'msg_1' not found/) },
    ],
    [
      'unknown earlier responses',
      (trial) => respond(trial, { previous_response_id: 'resp_1' }),
      400,
      { code: 'previous_response_not_found' },
    ],
    [
      'ids of another kind',
      (trial) =>
        respond(trial, { input: [{ type: 'function_call', id: 'x', call_id: 'c', name: 'a', arguments: '{}' }] }),
      400,
      { param: 'input[0].id' },
    ],
    [
      'outputs without a call',
      (trial) => respond(trial, { input: [{ type: 'function_call_output', call_id: 'c', output: 'a' }] }),
      400,
      { message: expect.stringMatching(/^No tool call found/) },
    ],
    [
      'tool results without a call',
      (trial) => chat(trial, { messages: [{ role: 'tool', tool_call_id: 'x', content: 'a' }] }),
      400,
      { param: 'messages.[0].role' },
    ],
    [
      'a prompt over the window',
      (trial) => chat(trial, { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'a '.repeat(300_000) }] }),
      400,
      { code: 'context_length_exceeded', param: 'messages' },
    ],
    [
      'a body that is no JSON',
      ({ post }) => post('/openai/v1/chat/completions', '{', bearer),
      400,
      { message: expect.stringMatching(/^We could not parse/) },
    ],
    [
      'dimensions over the most',
      ({ post }) =>
        post('/openai/v1/embeddings', { model: 'text-embedding-3-small', input: 'a', dimensions: 9999 }, bearer),
      400,
      { param: 'dimensions' },
    ],
  ]
  for (const [name, ask, status, error] of errors) {
    test(name, async () => {
      await withTrial({}, async (trial) => {
        const answer = await ask(trial)
        expect(answer).toMatchObject({ status, json: { error: { type: 'invalid_request_error', ...error } } })
        expect(Object.keys(answer.json['error'] ?? {})).toEqual(['message', 'type', 'param', 'code'])
      })
    })
  }
})

/** A tool whose schema leaves its object open. */
const open = { type: 'object', properties: { a: { type: 'string' } } }
const tool = (name: string, more: object = {}) => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties: {} }, ...more },
})
const flat = (name: string, more: object = {}) => ({
  type: 'function',
  name,
  strict: false,
  parameters: { type: 'object', properties: {} },
  ...more,
})
const called = (id: string, name = 'a') => [
  ...messages,
  { role: 'assistant', content: null, tool_calls: [{ id, type: 'function', function: { name, arguments: '{}' } }] },
  { role: 'tool', tool_call_id: id, content: 'a' },
]
const said = (id: string, type = 'output_text') => ({
  type: 'message',
  id,
  role: 'assistant',
  status: 'completed',
  content: [{ type, text: 'a', annotations: [] }],
})
const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,iVBORw0KGgo=' } }
const closed = /'additionalProperties' is required to be supplied and to be false/

/** What is refused of chat: the members, and what the refusal says. */
const ofChat: readonly (readonly [string, object, object])[] = [
  ['names of tools with dots', { tools: [tool('a.b')] }, { code: 'invalid_value', param: 'tools[0].function.name' }],
  ['long names of tools', { tools: [tool('a'.repeat(65))] }, { code: 'string_above_max_length' }],
  [
    'strict tools with open objects',
    { tools: [tool('a', { strict: true, parameters: open })] },
    { message: expect.stringMatching(closed), code: 'invalid_function_parameters' },
  ],
  [
    'strict formats with open objects',
    { response_format: { type: 'json_schema', json_schema: { name: 'a', strict: true, schema: open } } },
    { message: expect.stringMatching(closed), param: 'response_format' },
  ],
  [
    'names of formats with blanks',
    { response_format: { type: 'json_schema', json_schema: { name: 'a b', schema: open } } },
    { param: 'response_format.json_schema.name' },
  ],
  ['JSON without the word', { response_format: { type: 'json_object' } }, { param: 'messages' }],
  ['a choice without tools', { tool_choice: 'none' }, { param: 'tool_choice' }],
  ['parallel calls without tools', { parallel_tool_calls: false }, { param: 'parallel_tool_calls' }],
  ['no tools in a list', { tools: [] }, { code: 'empty_array', param: 'tools' }],
  [
    'a choice of no tool',
    { tools: [tool('a')], tool_choice: { type: 'function', function: { name: 'b' } } },
    { param: 'tool_choice' },
  ],
  ['options of a stream without one', { stream_options: { include_usage: true } }, { param: 'stream_options' }],
  ['metadata of what is not stored', { metadata: { a: 'b' } }, { param: 'metadata' }],
  ['two limits', { max_tokens: 5, max_completion_tokens: 5 }, { code: 'invalid_parameter_combination' }],
  ['long names of users', { user: 'a'.repeat(65) }, { code: 'string_above_max_length', param: 'user' }],
  ['verbosity of older models', { verbosity: 'low' }, { code: 'unsupported_value', param: 'verbosity' }],
  ['stops of models that reason', { model: 'gpt-5.2', stop: ['a'] }, { code: 'unsupported_parameter', param: 'stop' }],
  [
    'stops beside a penalty of none',
    { model: 'gpt-5.4', presence_penalty: 0, stop: ['a'] },
    { code: 'unsupported_parameter', param: 'stop' },
  ],
  [
    'penalties of models that reason',
    { model: 'gpt-5-mini', presence_penalty: 1 },
    { code: 'unsupported_parameter', param: 'presence_penalty' },
  ],
  ['logprobs of models that reason', { model: 'gpt-5-mini', logprobs: true }, { param: 'logprobs' }],
  [
    'functions of newer models that reason',
    { model: 'gpt-5.4', tools: [tool('a')], reasoning_effort: 'low' },
    { param: 'reasoning_effort', code: null },
  ],
  ['messages without content', { messages: [{ role: 'user', content: null }] }, { param: 'messages.[0].content' }],
  [
    'images from tools',
    { messages: [...called('c').slice(0, 2), { role: 'tool', tool_call_id: 'c', content: [image] }] },
    { message: expect.stringMatching(/^Invalid 'messages\[2\]'. Image URLs are only allowed/) },
  ],
  ['long ids of calls', { messages: called('c'.repeat(41)) }, { param: 'messages[1].tool_calls[0].id' }],
  [
    'names of calls with dots',
    { messages: called('c', 'a.b') },
    { param: 'messages[1].tool_calls[0].function.name', code: 'invalid_value' },
  ],
  [
    'no calls in a list',
    { messages: [{ role: 'assistant', content: 'a', tool_calls: [] }, ...messages] },
    { code: 'empty_array', param: 'messages[0].tool_calls' },
  ],
  [
    'names of speakers with blanks',
    { messages: [{ role: 'user', name: 'a b', content: 'a' }] },
    { param: 'messages[0].name' },
  ],
]

/** The same of Responses. */
const ofResponses: readonly (readonly [string, object, object])[] = [
  ['names of tools with dots', { tools: [flat('a.b')] }, { code: 'invalid_value', param: 'tools[0].name' }],
  [
    'strict tools with open objects',
    { tools: [flat('a', { strict: true, parameters: open })] },
    { message: expect.stringMatching(closed), code: 'invalid_function_parameters' },
  ],
  [
    'strict formats with open objects',
    { text: { format: { type: 'json_schema', name: 'a', strict: true, schema: open } } },
    { message: expect.stringMatching(closed), code: 'invalid_json_schema', param: 'text.format.schema' },
  ],
  [
    'JSON without the word in the input',
    { instructions: 'Answer in JSON.', text: { format: { type: 'json_object' } } },
    { param: 'input' },
  ],
  ['a call that has to be made of no tool', { tool_choice: 'required' }, { param: 'tool_choice' }],
  [
    'a choice of no tool',
    { tools: [flat('a')], tool_choice: { type: 'function', name: 'b' } },
    { param: 'tool_choice' },
  ],
  ['long names of caches', { prompt_cache_key: 'a'.repeat(65) }, { code: 'string_above_max_length' }],
  ['verbosity of older models', { model: 'gpt-4.1', text: { verbosity: 'low' } }, { param: 'text.verbosity' }],
  ['long ids', { input: [said(`msg_${'a'.repeat(64)}`), ...messages] }, { param: 'input[0].id' }],
  ['ids with slashes', { input: [said('msg_a/b'), ...messages] }, { param: 'input[0].id' }],
  [
    'an id twice',
    { input: [said('msg_1'), said('msg_1'), ...messages] },
    { message: expect.stringMatching(/^Duplicate item found with id msg_1\./), param: 'input' },
  ],
  [
    'what a user says by the assistant',
    { input: [said('msg_1', 'input_text'), ...messages] },
    { message: "Invalid value: 'input_text'. Supported values are: 'output_text' and 'refusal'." },
  ],
  [
    'names of calls with dots',
    { input: [{ type: 'function_call', call_id: 'c', name: 'a.b', arguments: '{}' }] },
    { param: 'input[0].name' },
  ],
]

describe('what OpenAI refuses', () => {
  test.each(ofChat)('of chat: %s', async (_name, more, error) => {
    await withTrial({}, async (trial) => {
      expect(await chat(trial, more)).toMatchObject({ status: 400, json: { error } })
    })
  })

  test('but not the stops of its newest and small models', async () => {
    await withTrial(
      { faces: { openai: { extraModels: [{ id: 'gpt-5.5', efforts: ['none', 'low'] }] } } },
      async (trial) => {
        for (const model of ['gpt-5.5', 'gpt-5.4-mini', 'gpt-4.1']) {
          expect((await chat(trial, { model, stop: ['a'] })).status).toBe(200)
        }
      },
    )
  })

  test.each(ofResponses)('of Responses: %s', async (_name, more, error) => {
    await withTrial({}, async (trial) => {
      expect(await respond(trial, more)).toMatchObject({ status: 400, json: { error } })
    })
  })

  test('of a kept answer: a call without the reasoning that led to it', async () => {
    await withTrial({}, async (trial) => {
      const tools = [flat('read')]
      const asked = { reasoning: { effort: 'low', summary: 'auto' }, tools, input: 'call tool read with {"path":"x"}' }
      const [reasoning, call] = (await respond(trial, asked)).json['output'] as { type: string; call_id: string }[]
      expect([reasoning?.type, call?.type]).toEqual(['reasoning', 'function_call'])
      const output = { type: 'function_call_output', call_id: call?.call_id, output: 'a' }
      expect((await respond(trial, { tools, input: [reasoning, call, output] })).status).toBe(200)
      expect(await respond(trial, { tools, input: [call, output] })).toMatchObject({
        status: 400,
        json: {
          error: { message: expect.stringMatching(/^Item 'fc_.*' of type 'function_call' was provided without/) },
        },
      })
    })
  })
})
