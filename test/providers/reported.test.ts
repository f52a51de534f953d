import { afterEach, describe, expect, it } from 'vitest'
import { startRefusing, type RefusingSupply } from './refusing-supply.ts'

/** Refusals that users of gateways report, in the words that they quote, each with the thread it is from. */

let supply: RefusingSupply
afterEach(() => supply.close())

async function start(...how: Parameters<typeof startRefusing>): Promise<void> {
  supply = await startRefusing(...how)
}
const sent = (): ReturnType<RefusingSupply['sent']> => supply.sent()
const ask: RefusingSupply['ask'] = (...how) => supply.ask(...how)

describe('an effort that the model has not', () => {
  it.each([
    [
      'Azure, CrestApps/CrestApps.Core#172',
      {
        message:
          "Unsupported value: 'reasoning_effort' does not support 'xhigh' with this model. Supported values are: 'none', 'low', 'medium', and 'high'.",
        param: 'reasoning_effort',
        code: 'unsupported_value',
      },
    ],
    [
      'Azure, BerriAI/litellm#16704',
      {
        message: "Invalid value: 'xhigh'. Supported values are: 'low', 'medium', and 'high'.",
        param: 'reasoning_effort',
        code: 'invalid_value',
      },
    ],
    [
      'SGLang, router-for-me/CLIProxyAPI#1572',
      {
        message:
          "1 validation error:\n  {'type': 'literal_error', 'loc': ('body', 'reasoning_effort'), 'msg': \"Input should be 'low', 'medium' or 'high'\", 'input': 'xhigh', 'ctx': {'expected': \"'low', 'medium' or 'high'\"}}",
      },
    ],
    [
      'Kimi, router-for-me/CLIProxyAPI#1307',
      {
        message:
          "Validation error for `reasoning_effort`: expected one of `'low' | 'medium' | 'high'`, received `'xhigh'`.",
      },
    ],
  ])('becomes the nearest that it has, and that is remembered: %s', async (_from, error) => {
    await start('chat', ({ body }) =>
      ['low', 'medium', 'high'].includes(String(body['reasoning_effort'])) ? undefined : { error },
    )
    const first = await ask('chat', { reasoning_effort: 'xhigh' })
    expect(first.status).toBe(200)
    expect(JSON.stringify(first.headers)).toContain('reasoning_effort:xhigh>high')
    await ask('chat', { reasoning_effort: 'xhigh' })
    await ask('chat', { reasoning_effort: 'low' })
    expect(sent().map((body) => body['reasoning_effort'])).toEqual(['xhigh', 'high', 'high', 'low'])
  })

  it('is left out where it has none but its own default (Groq, earendil-works/pi#1745)', async () => {
    const error = { message: '`reasoning_effort` must be one of `none` or `default`', type: 'invalid_request_error' }
    await start('chat', ({ body }) => (body['reasoning_effort'] === undefined ? undefined : { error }))
    expect((await ask('chat', { reasoning_effort: 'high' })).status).toBe(200)
    expect(sent().at(-1)).not.toHaveProperty('reasoning_effort')
  })

  it('is nothing of the kind where the word is none', async () => {
    const message = "Invalid value: 'hihg'. Supported values are: 'low', 'medium', and 'high'."
    await start('chat', () => ({ error: { message, param: 'reasoning_effort', code: 'invalid_value' } }))
    expect((await ask('chat', { reasoning_effort: 'hihg' })).status).toBe(400)
    expect(supply.calls).toHaveLength(1)
  })
})

describe('betas', () => {
  const betas = 'claude-code-20250219,effort-2025-11-24'
  it('that are refused without a name all go, from such requests (Bedrock, anthropics/claude-code#49648)', async () => {
    const error = { type: 'invalid_request_error', message: 'invalid beta flag' }
    await start('messages', ({ headers }) =>
      String(headers['anthropic-beta'] ?? '').includes('effort') ? { type: 'error', error } : undefined,
    )
    const headers = { 'anthropic-beta': betas }
    expect((await ask('messages', {}, headers)).status).toBe(200)
    expect((await ask('messages', {}, headers)).status).toBe(200)
    await ask('messages', {}, { 'anthropic-beta': 'claude-code-20250219' })
    const heard = supply.calls.map((call) => call.headers['anthropic-beta'])
    expect(heard).toEqual([betas, undefined, undefined, 'claude-code-20250219'])
  })
})

describe('ids of items that a server does not know', () => {
  const input = [
    { role: 'user', content: 'x' },
    { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: null },
    { type: 'function_call', id: 'fc_1', call_id: 'call_1', name: 'look', arguments: '{}' },
    { type: 'function_call_output', call_id: 'call_1', output: 'seen' },
  ]
  it.each([
    [
      'of reasoning (openai/codex#35739, openclaw/openclaw#21782)',
      'rs_1',
      "Item with id 'rs_1' not found. Items are not persisted when `store` is set to false. Try again with `store` set to true, or remove this item from your input.",
    ],
    ['of calls (openai/codex#3528)', 'fc_1', "Item with id 'fc_1' not found."],
    [
      'that are too long for it',
      'fc_1',
      "Invalid 'input[2].id': string too long. Expected a string with maximum length 64, but got a string with length 408 instead.",
    ],
  ])('go: %s', async (_whose, id, message) => {
    await start('responses', ({ body }) =>
      JSON.stringify(body['input']).includes(`"id":"${id}"`)
        ? { error: { message, type: 'invalid_request_error', param: 'input', code: null } }
        : undefined,
    )
    const answer = await ask('responses', { input })
    expect(answer.status).toBe(200)
    expect(JSON.stringify(answer.headers)).toContain('reasoning-stripped')
    const { id: _id, ...call } = input[2] ?? {}
    expect(sent().at(-1)?.['input']).toEqual([input[0], call, input[3]])
  })

  it('are told as unknown where nothing but the id is there', async () => {
    const message = "Item with id 'fc_9' not found."
    await start('responses', () => ({ error: { message, type: 'invalid_request_error', param: 'input', code: null } }))
    const answer = await ask('responses', { input: [...input.slice(0, 1), { type: 'item_reference', id: 'fc_9' }] })
    expect(answer.status).toBe(400)
    expect(supply.calls.length).toBeLessThan(2)
  })
})

it('a feature of Anthropic that no provider of a model has goes with its beta (farion1231/cc-switch#1913)', async () => {
  const beta = 'context-management-2025-06-27'
  const message = `No endpoints available that support Anthropic's context management features (${beta}). Context management requires a supported provider (Anthropic).`
  await start('messages', ({ headers, body }) =>
    String(headers['anthropic-beta']).includes(beta) || body['context_management'] !== undefined
      ? { error: { message, code: 400 } }
      : undefined,
  )
  const asked = { context_management: { edits: [{ type: 'clear_tool_uses_20250919' }] } }
  const answer = await ask('messages', asked, { 'anthropic-beta': `claude-code-20250219,${beta}` })
  expect(answer.status).toBe(200)
  expect(supply.calls).toHaveLength(2)
  expect(supply.calls.at(-1)?.headers['anthropic-beta']).toBe('claude-code-20250219')
})

describe('members', () => {
  it.each([
    [
      'output_config',
      'litellm.BadRequestError: Vertex_aiException BadRequestError - {"type":"error","error":{"type":"invalid_request_error","message":"output_config: Extra inputs are not permitted"}}',
    ],
    [
      'context_management',
      'The model returned the following errors: context_management: Extra inputs are not permitted',
    ],
    ['temperature', '`temperature` is deprecated for this model.'],
    ['top_p', '`top_p` must be unset when thinking is enabled. Please consult our documentation'],
  ])('%s goes, whoever passes the words on', async (member, message) => {
    await start('messages', ({ body }) => (body[member] === undefined ? undefined : { error: { message } }))
    const value = { output_config: { effort: 'low' }, context_management: { edits: [] }, temperature: 0.1, top_p: 0.1 }[
      member
    ]
    expect((await ask('messages', { [member]: value ?? null })).status).toBe(200)
    expect(sent()).toHaveLength(2)
  })
})

describe('one of several values, members or tools', () => {
  it.each([
    ['chat', 'verbosity', { verbosity: 'low' }],
    ['responses', 'text.verbosity', { text: { verbosity: 'low' } }],
  ] as const)('a value of %s that is named before its model goes: %s', async (protocol, param, more) => {
    const message =
      "Unsupported value: 'low' is not supported with the 'gpt-5.1-codex' model. Supported values are: 'medium'."
    const error = { message, type: 'invalid_request_error', param, code: 'unsupported_value' }
    await start(protocol, ({ body }) => (JSON.stringify(body).includes('"low"') ? { error } : undefined))
    const first = await ask(protocol, more)
    expect(first.status).toBe(200)
    expect(JSON.stringify(first.headers)).toContain(`dropped:${param}`)
    await ask(protocol, JSON.parse(JSON.stringify(more).replace('low', 'medium')))
    expect(JSON.stringify(sent().at(-1))).toContain('"medium"')
  })

  it('all members that a validator of Python forbids go at once', async () => {
    const names = ['one', 'two', 'three', 'four', 'five', 'six']
    await start('chat', ({ body }) => {
      const detail = names
        .filter((name) => name in body)
        .map((name) => ({ type: 'extra_forbidden', loc: ['body', name], msg: 'Extra inputs are not permitted' }))
      return detail.length === 0 ? undefined : { detail }
    })
    expect((await ask('chat', Object.fromEntries(names.map((name) => [name, 1])))).status).toBe(200)
    expect(sent()).toHaveLength(2)
  })

  it('a tool that a model has not takes none of the other tools that its service runs away', async () => {
    await start('responses', ({ body }) =>
      JSON.stringify(body['tools']).includes('web_search')
        ? { error: { message: "Hosted tool 'web_search' is not supported with gpt-4.1-nano.", param: 'tools' } }
        : undefined,
    )
    const others = [{ type: 'file_search', vector_store_ids: ['vs_1'] }]
    expect((await ask('responses', { tools: [{ type: 'web_search' }, ...others] })).status).toBe(200)
    expect(sent().at(-1)?.['tools']).toEqual(others)
    await ask('responses', { tools: others })
    expect(sent().at(-1)?.['tools']).toEqual(others)
  })
})

describe('a history that is broken for ever', () => {
  const call = { type: 'tool_use', id: 'toolu_1', name: 'look', input: {} }
  const message =
    'messages.1: `tool_use` ids were found without `tool_result` blocks immediately after: toolu_1. Each `tool_use` block must have a corresponding `tool_result` block in the next message.'
  const messages = [
    { role: 'user', content: 'x' },
    { role: 'assistant', content: [call] },
    { role: 'user', content: 'go on' },
  ]

  it('is mended, once it is refused (anthropics/claude-code#1237)', async () => {
    await start('messages', ({ body }) =>
      JSON.stringify(body['messages']).includes('tool_result')
        ? undefined
        : { type: 'error', error: { type: 'invalid_request_error', message } },
    )
    const answer = await ask('messages', { messages })
    expect(answer.status).toBe(200)
    expect(JSON.stringify(answer.headers)).toContain('history-mended')
    expect(sent()[0]?.['messages']).toEqual(messages)
  })

  it('is mended for Codex too (openai/codex#620)', async () => {
    const error = {
      message: 'No tool output found for function call call_1.',
      type: 'invalid_request_error',
      param: 'input',
    }
    await start('responses', ({ body }) =>
      JSON.stringify(body['input']).includes('function_call_output') ? undefined : { error },
    )
    const input = [
      { role: 'user', content: 'x' },
      { type: 'function_call', call_id: 'call_1', name: 'look', arguments: '{}' },
      { role: 'user', content: 'go on' },
    ]
    expect((await ask('responses', { input })).status).toBe(200)
  })

  it('has its thinking switched off where none was kept (Kilo-Org/kilocode#5219)', async () => {
    const words =
      'messages.1.content.0.type: Expected `thinking` or `redacted_thinking`, but found `tool_use`. When `thinking` is enabled, a final `assistant` message must start with a thinking block'
    await start('messages', ({ body }) => (body['thinking'] === undefined ? undefined : { error: { message: words } }))
    const result = { type: 'tool_result', tool_use_id: 'toolu_1', content: 'seen' }
    const turns = [...messages.slice(0, 2), { role: 'user', content: [result] }]
    const thinking = { type: 'enabled', budget_tokens: 1024 }
    expect((await ask('messages', { messages: turns, max_tokens: 4096, thinking })).status).toBe(200)
  })
})

it('kinds of tools that a server names by what it takes become functions (CommandCodeAI/command-code#885)', async () => {
  const message =
    'Only `type:"function"` tools are supported on this endpoint. Built-in tools (web_search, file_search, code_interpreter, computer_use, mcp) are not executed here.'
  const error = { message, param: 'tools.1.type', type: 'invalid_request_error' }
  await start('responses', ({ body }) =>
    /"custom"|"web_search"/.test(JSON.stringify(body['tools'])) ? { error } : undefined,
  )
  const look = { type: 'function', name: 'look', parameters: { type: 'object', properties: {} } }
  const tools = [look, { type: 'custom', name: 'apply_patch' }, { type: 'web_search' }]
  expect((await ask('responses', { tools })).status).toBe(200)
})

it('what a provider said is told, and mended, where a router only passes it on (gptme/gptme#650)', async () => {
  const raw = JSON.stringify({ error: { message: "Unknown parameter: 'odd'.", type: 'invalid_request_error' } })
  const error = { message: 'Provider returned error', code: 400, metadata: { raw, provider_name: 'OpenAI' } }
  await start('chat', ({ body }) => (body['odd'] === undefined && body['user'] !== 'x' ? undefined : { error }))
  expect((await ask('chat', { odd: 1 })).status).toBe(200)
  const refused = await ask('chat', { user: 'x' })
  expect(JSON.stringify(refused.answer)).toContain("Provider returned error: Unknown parameter: 'odd'.")
})

describe('a model that not all servers know yet', () => {
  const code = 'model_not_available_for_integrator'
  const message = 'model is not available for integrator'
  it('is asked for again (can1357/oh-my-pi#7651)', async () => {
    let refusals = 0
    await start('chat', () => (refusals++ < 2 ? { error: { message, code } } : undefined))
    expect((await ask('chat', {})).status).toBe(200)
    expect(supply.calls).toHaveLength(3)
  })

  it('is told of in the end', async () => {
    await start('chat', () => ({ error: { message, code } }))
    expect((await ask('chat', {})).status).toBe(400)
    expect(supply.calls).toHaveLength(4)
  })
})
