import { expect, test } from 'vitest'
import { withTrial } from '../../trial.test-support.ts'

const headers = { authorization: '', 'x-api-key': 'sk-ant-api03-x', 'anthropic-version': '2023-06-01' }
const ask = { model: 'claude-sonnet-4-6', max_tokens: 2000, messages: [{ role: 'user', content: 'hi there' }] }
const user = (content: unknown) => ({ role: 'user', content })
const assistant = (...content: object[]) => ({ role: 'assistant', content })

const old = 'claude-haiku-4-5'
const call = { type: 'tool_use', id: 'toolu_1', name: 'read', input: {} }
const result = { type: 'tool_result', tool_use_id: 'toolu_1', content: 'a' }
const mark = { cache_control: { type: 'ephemeral' } }
const tool = { name: 'read', input_schema: { type: 'object' } }
const forced = { tools: [tool], tool_choice: { type: 'any' } }
const open = { type: 'object', properties: { a: { type: 'string' } } }
const bounded = { type: 'integer', minimum: 1, maximum: 5 }
const formatOf = (schema: object) => ({ type: 'json_schema', schema })

/** What a request says besides, and the refusal. */
const cases: readonly (readonly [object, RegExp])[] = [
  [{ max_tokens: undefined }, /^max_tokens: Field required/],
  [{ max_tokens: 64_001 }, /^max_tokens: 64001 > 64000/],
  [{ made_up: 1 }, /^made_up: Extra inputs are not permitted/],
  [{ context_management: { edits: [] } }, /^context_management: Extra inputs/],
  [{ messages: [{ ...user('a'), name: 'b' }] }, /^messages.0.name: Extra inputs/],
  [{ messages: [user([{ type: 'text', text: 'a', id: 'b' }])] }, /^messages.0.content.0.text.id: Extra inputs/],
  [{ messages: [user([{ type: 'text', text: '' }])] }, /text content blocks must be non-empty/],
  [{ messages: [user([{ type: 'text', text: ' ' }])] }, /must contain non-whitespace text/],
  [{ messages: [] }, /at least one message/],
  [{ messages: [{ role: 'system', content: 'a' }] }, /Unexpected role "system"/],
  [{ messages: [user('a'), assistant({ type: 'text', text: 'b' })] }, /does not support assistant message prefill/],
  [{ messages: [user('a'), assistant(call), user('b')] }, /`tool_use` ids were found without `tool_result`/],
  [{ messages: [user([{ type: 'tool_result', tool_use_id: 'x' }])] }, /unexpected `tool_use_id`/],
  [
    {
      messages: [
        user('a'),
        assistant({ type: 'thinking', thinking: 'x', signature: 'eA==' }, { type: 'text', text: 'y' }),
        user('b'),
      ],
    },
    /Invalid `signature` in `thinking` block/,
  ],
  [{ system: Array.from({ length: 5 }, () => ({ type: 'text', text: 'a', ...mark })) }, /maximum of 4 blocks/],
  [{ thinking: { type: 'enabled', budget_tokens: 1023 } }, /greater than or equal to 1024/],
  [{ thinking: { type: 'enabled', budget_tokens: 2000 } }, /`max_tokens` must be greater than/],
  [{ thinking: { type: 'adaptive' }, temperature: 0.5 }, /`temperature` may only be set to 1/],
  [
    { thinking: { type: 'enabled', budget_tokens: 1024 }, ...forced },
    /Thinking may not be enabled when tool_choice forces/,
  ],
  [{ model: old, thinking: { type: 'adaptive' } }, /adaptive thinking is not supported/],
  [{ model: old, output_config: { effort: 'low' } }, /does not support the effort parameter/],
  [{ output_config: { effort: 'xhigh' } }, /^output_config.effort: Input should be/],
  [{ model: 'claude-opus-5-5', temperature: 1 }, /`temperature` is deprecated for this model/],
  [{ model: 'claude-opus-5-5', thinking: { type: 'enabled', budget_tokens: 1024 } }, /is not supported for this model/],
  [{ temperature: 1, top_p: 1 }, /cannot both be specified/],
  [{ tools: [{ name: 'a b', input_schema: { type: 'object' } }] }, /String should match pattern/],
  [{ tools: [{ name: 'a' }] }, /input_schema: Field required/],
  [{ tools: [{ name: 'a', input_schema: { type: 'object' }, parameters: {} }] }, /custom.parameters: Extra inputs/],
  [{ tools: [tool, tool] }, /^tools: Tool names must be unique/],
  [{ tool_choice: { type: 'any' } }, /^tool_choice.any may only be specified while providing tools/],
  [{ tools: [tool], tool_choice: { type: 'tool', name: 'b' } }, /^Tool 'b' not found in provided tools/],
  [
    { model: old, messages: [user('a'), assistant({ type: 'text', text: 'b ' })] },
    /cannot end with trailing whitespace/,
  ],
  [{ stop_sequences: ['a', '\n'] }, /^stop_sequences: each stop sequence must contain non-whitespace/],
  [
    { messages: [user('a'), assistant(call), user([result, result])] },
    /^messages.2.content.1: each tool_use must have a single result. Found multiple `tool_result` blocks with id: toolu_1/,
  ],
  [
    { messages: [user('a'), assistant(call, call), user([result])] },
    /^messages.1.content.1: `tool_use` ids must be unique/,
  ],
  [
    { messages: [user('a'), assistant(call), user([{ type: 'text', text: 'b' }, result])] },
    /`tool_use` ids were found without `tool_result` blocks immediately after: toolu_1/,
  ],
  [{ messages: [user([call])] }, /^messages.0: `tool_use` blocks can only be in `assistant` messages/],
  [
    { messages: [user('a'), assistant({ type: 'text', text: 'b' }, result), user('c')] },
    /^messages.1: `tool_result` blocks can only be in `user` messages/,
  ],
  [
    { messages: [user([{ type: 'thinking', thinking: 'a', signature: 'eA==' }])] },
    /^messages.0.content: thinking blocks may only be in `assistant` messages/,
  ],
  [{ messages: [user('a'), assistant({ ...call, input: [] }), user([result])] }, /Input should be a valid dictionary/],
  [{ thinking: { type: 'adaptive' }, top_k: 5 }, /^`top_k` must be unset when thinking is enabled/],
  [{ thinking: { type: 'adaptive' }, top_p: 0.5 }, /^`top_p` must be greater than or equal to 0.95/],
  [
    {
      system: [{ type: 'text', text: 'a', ...mark }],
      messages: [user([{ type: 'text', text: 'b', cache_control: { type: 'ephemeral', ttl: '1h' } }])],
    },
    /^messages.0.content.0.cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m'/,
  ],
  [{ metadata: { user_id: 'a'.repeat(257) } }, /^metadata.user_id: String should have at most 256 characters/],
  [{ output_config: { format: formatOf(open) } }, /^output_config.format.schema: For 'object' type, 'additionalProp/],
  [{ tools: [{ ...tool, strict: true, input_schema: open }] }, /^tools.0.custom: For 'object' type/],
  [
    { output_config: { format: formatOf({ ...open, additionalProperties: false, properties: { a: bounded } }) } },
    /For 'integer' type, properties maximum, minimum are not supported/,
  ],
  [
    {
      messages: [user([{ type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: 'iVBORw0KGgo=' } }])],
    },
    /^messages.0.content.0.image.source.base64: The image was specified using the image\/jpeg media type/,
  ],
]

test.each(cases)('Anthropic refuses %j', async (more, pattern) => {
  await withTrial({}, async ({ post }) => {
    const { status, json } = await post('/anthropic/v1/messages', { ...ask, ...more }, headers)
    const error = { type: 'invalid_request_error', message: expect.stringMatching(pattern) }
    expect([status, json]).toEqual([400, { type: 'error', error, request_id: expect.stringMatching(/^req_/) }])
  })
})

test('Anthropic refuses models that it has not, and in counts what only answers have', async () => {
  await withTrial({}, async ({ post }) => {
    const unknown = await post('/anthropic/v1/messages', { ...ask, model: 'claude-9' }, headers)
    const error = { type: 'not_found_error', message: 'model: claude-9' }
    expect([unknown.status, unknown.json]).toMatchObject([404, { error }])
    const counted = await post('/anthropic/v1/messages/count_tokens', ask, headers)
    expect(counted.json).toMatchObject({ error: { message: 'max_tokens: Extra inputs are not permitted' } })
  })
})
