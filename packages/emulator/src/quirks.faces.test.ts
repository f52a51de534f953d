import { describe, expect, test } from 'vitest'
import { isObject, objectsOf, stringOf } from './json.ts'
import type { JsonObject } from './json.ts'
import type { QuirkName } from './quirks.ts'
import { withTrial } from './trial.test-support.ts'
import type { Trial, TrialAnswer } from './trial.test-support.ts'

type FaceQuirk = Extract<QuirkName, `chat-${string}` | `responses-${string}` | `messages-${string}`>

/** Shows the difference that a quirk makes; the type of the table makes sure that none is left out. */
type Demonstration = (on: Trial, off: Trial) => Promise<void>

const tool = (name: string) => ({
  type: 'function',
  function: { name, parameters: { type: 'object', properties: {} } },
})
const calling = {
  messages: [{ role: 'user', content: 'call tools a with {"text":"some longer text"} and b' }],
  tools: [tool('a'), tool('b')],
}
const chat = (trial: Trial, more: object): Promise<TrialAnswer> =>
  trial.post('/chat/completions', { model: 'gpt-4.1', messages: [{ role: 'user', content: 'hello' }], ...more })
const respond = (trial: Trial, more: object): Promise<TrialAnswer> =>
  trial.post('/responses', {
    model: 'gpt-5.4',
    input: 'hello',
    reasoning: { effort: 'low', summary: 'auto' },
    include: ['reasoning.encrypted_content'],
    ...more,
  })
const send = (trial: Trial, more: object, headers = {}): Promise<TrialAnswer> =>
  trial.post(
    '/v1/messages',
    { model: 'claude-sonnet-4.5', max_tokens: 2000, messages: [{ role: 'user', content: 'hello' }], ...more },
    headers,
  )

const choicesOf = ({ json, events }: TrialAnswer): readonly JsonObject[] =>
  objectsOf(json['choices']).concat(events.flatMap((event) => objectsOf(event['choices'])))
const deltasOf = (answer: TrialAnswer): readonly JsonObject[] =>
  choicesOf(answer).map(({ delta }) => (isObject(delta) ? delta : {}))
const toolDeltas = (answer: TrialAnswer): readonly JsonObject[] =>
  deltasOf(answer).flatMap((delta) => objectsOf(delta['tool_calls']))
const outputOf = ({ json, events }: TrialAnswer): readonly JsonObject[] => {
  const last = events.at(-1)?.['response']
  return objectsOf((isObject(last) ? last : json)['output'])
}
const types = ({ events }: TrialAnswer): readonly string[] => events.map(({ type }) => stringOf(type))
const thinking = { model: 'gemini-3.1-pro-preview', stream: true }
const claude = { model: 'claude-haiku-4.5' }
const talk = { text: 'Looking.', toolCalls: [{ name: 'a', arguments: {} }], times: 0 }

const demonstrations: Record<FaceQuirk, Demonstration> = {
  'chat-split-choices': async (on, off) => {
    for (const trial of [on, off]) trial.emulator.play([talk])
    const [split, joined] = [await chat(on, claude), await chat(off, claude)]
    expect(choicesOf(split)).toMatchObject([
      { index: 0, finish_reason: 'stop' },
      { index: 1, finish_reason: 'tool_calls', message: { content: null } },
    ])
    expect(choicesOf(joined)).toMatchObject([{ message: { content: 'Looking.', tool_calls: [{}] } }])
  },
  'chat-split-choices-stream': async (on, off) => {
    for (const trial of [on, off]) trial.emulator.play([talk])
    const indexes = async (trial: Trial) =>
      new Set(choicesOf(await chat(trial, { ...claude, stream: true })).map(({ index }) => index))
    expect([(await indexes(on)).size, (await indexes(off)).size]).toEqual([2, 1])
  },
  'chat-missing-index': async (on, off) => {
    for (const stream of [true, false]) {
      expect(choicesOf(await chat(on, { stream })).some((choice) => 'index' in choice)).toBe(false)
      expect(choicesOf(await chat(off, { stream })).every((choice) => 'index' in choice)).toBe(true)
    }
  },
  'chat-azure-shape': async (on, off) => {
    const [odd, plain] = [(await chat(on, {})).json, (await chat(off, {})).json]
    expect(odd).not.toHaveProperty('object')
    expect(odd).not.toHaveProperty('created')
    expect(odd).toHaveProperty('choices.0.message.padding')
    expect(plain).toMatchObject({ object: 'chat.completion' })
    expect((await chat(on, { model: 'gpt-5.2' })).json).toHaveProperty('object')
  },
  'chat-missing-content': async (on, off) => {
    expect((await chat(on, calling)).json).not.toHaveProperty('choices.0.message.content')
    expect((await chat(off, calling)).json).toHaveProperty('choices.0.message.content', null)
  },
  'chat-empty-first-chunk': async (on, off) => {
    expect((await chat(on, { stream: true })).events[0]).toMatchObject({ choices: [], created: 0, id: '' })
    expect((await chat(off, { stream: true })).events[0]).toMatchObject({ choices: [{ delta: { role: 'assistant' } }] })
  },
  'chat-no-done': async (on, off) => {
    const done = async (trial: Trial) => (await chat(trial, { stream: true })).text.includes('[DONE]')
    expect([await done(on), await done(off)]).toEqual([false, true])
  },
  'chat-tool-index-constant': async (on, off) => {
    const indexes = async (trial: Trial) =>
      new Set(toolDeltas(await chat(trial, { ...calling, stream: true })).map(({ index }) => index))
    expect([[...(await indexes(on))], [...(await indexes(off))]]).toEqual([[0], [0, 1]])
  },
  'chat-tool-index-missing': async (on, off) => {
    expect(toolDeltas(await chat(on, { ...calling, stream: true })).some((call) => 'index' in call)).toBe(false)
    expect(toolDeltas(await chat(off, { ...calling, stream: true })).every((call) => 'index' in call)).toBe(true)
  },
  'chat-tool-repeats': async (on, off) => {
    const pieces = async (trial: Trial) => toolDeltas(await chat(trial, { ...calling, stream: true })).slice(1, 2)
    expect(await pieces(on)).toMatchObject([{ id: expect.any(String), function: { name: '' } }])
    expect((await pieces(off))[0]).not.toHaveProperty('id')
  },
  'chat-finish-stop': async (on, off) => {
    expect((await chat(on, calling)).json).toHaveProperty('choices.0.finish_reason', 'stop')
    expect((await chat(off, calling)).json).toHaveProperty('choices.0.finish_reason', 'tool_calls')
  },
  'chat-opaque-after-finish': async (on, off) => {
    const late = async (trial: Trial) => {
      const choices = choicesOf(await chat(trial, thinking))
      const finish = choices.findIndex((choice) => choice['finish_reason'] !== null)
      const opaque = choices.findIndex(({ delta }) => isObject(delta) && 'reasoning_opaque' in delta)
      expect(opaque).toBeGreaterThan(0)
      return opaque > finish
    }
    expect([await late(on), await late(off)]).toEqual([true, false])
  },
  'chat-null-choices': async (on, off) => {
    const references = async (trial: Trial) =>
      (await chat(trial, { stream: true })).events.filter((event) => event['choices'] === null)
    expect(await references(on)).toMatchObject([{ copilot_references: [{}] }])
    expect(await references(off)).toEqual([])
  },
  'chat-error-mid-stream': async (on, off) => {
    expect((await chat(on, { stream: true })).events.at(-1)).toMatchObject({
      choices: null,
      error: { code: 'internal_error' },
    })
    expect((await chat(off, { stream: true })).text).toContain('[DONE]')
  },
  'chat-max-tokens-refused': async (on, off) => {
    const more = { model: 'gpt-5.2', max_tokens: 100 }
    expect((await chat(on, more)).json).toHaveProperty('error.param', 'max_tokens')
    expect((await chat(off, more)).status).toBe(200)
    expect((await chat(on, { model: 'gpt-5.2', max_completion_tokens: 100 })).status).toBe(200)
  },
  'responses-unstable-ids': async (on, off) => {
    const ids = async (trial: Trial) => {
      const { events } = await respond(trial, { stream: true })
      const of = (event: JsonObject): unknown => (isObject(event['item']) ? event['item']['id'] : event['item_id'])
      return events.filter(({ output_index }) => output_index === 1).map(of)
    }
    const [moving, fixed] = [await ids(on), await ids(off)]
    expect(new Set(moving).size).toBe(moving.length)
    expect(moving.every((id) => stringOf(id).length >= 300)).toBe(true)
    expect([...new Set(fixed)]).toEqual([expect.stringMatching(/^msg_/)])
  },
  'responses-replay-refused': async (on, off) => {
    const replay = async (trial: Trial) =>
      respond(trial, { input: [...outputOf(await respond(trial, {})), { role: 'user', content: 'more' }] })
    const refused = await replay(on)
    expect([refused.status, refused.text]).toEqual([401, expect.stringContaining('does not belong to this connection')])
    expect((await replay(off)).status).toBe(200)
  },
  'responses-replay-as-400': async (on, off) => {
    const replay = async (trial: Trial) => respond(trial, { input: outputOf(await respond(trial, {})) })
    expect((await replay(on)).json).toMatchObject({ error: { code: 'bad_request', type: 'websocket_error' } })
    expect((await replay(off)).status).toBe(401)
  },
  'responses-no-ids': async (on, off) => {
    const input = [
      {
        type: 'message',
        role: 'assistant',
        id: 'msg_1',
        status: 'completed',
        content: [{ type: 'output_text', text: 'a', annotations: [] }],
      },
    ]
    expect([(await respond(on, { input })).status, (await respond(off, { input })).status]).toEqual([401, 200])
  },
  'responses-reference-refused': async (on, off) => {
    const input = [{ type: 'item_reference', id: 'msg_1' }]
    const refused = await respond(on, { input })
    expect([refused.status, refused.json]).toEqual([404, { error: { message: '', code: 'not_found' } }])
    expect((await respond(off, { input })).status).toBe(200)
  },
  'responses-tools-refused': async (on, off) => {
    for (const type of ['image_generation', 'namespace', 'web_search']) {
      const tools = [{ type, name: 'x', description: 'd', tools: [{ type: 'function', name: 'f' }] }]
      expect((await respond(on, { tools })).json).toMatchObject({
        error: { code: 'unsupported_value', param: 'tools' },
      })
      expect((await respond(off, { tools })).status).toBe(200)
    }
  },
  'responses-custom-refused': async (on, off) => {
    const tools = [{ type: 'custom', name: 'apply_patch' }]
    expect((await respond(on, { tools })).json).toMatchObject({ error: { code: 'unsupported_value' } })
    const made = await respond(off, { tools, input: 'call tool apply_patch' })
    expect(outputOf(made).at(-1)).toMatchObject({ type: 'custom_tool_call', input: 'call tool apply_patch' })
  },
  'responses-odd-fields': async (on, off) => {
    const [odd, plain] = [await respond(on, { stream: true }), await respond(off, { stream: true })]
    expect(odd.events.at(-1)).toMatchObject({ response: { service_tier: 'priority', output_text: null } })
    expect(odd.events.find(({ type }) => type === 'response.output_text.delta')).toHaveProperty('obfuscation')
    expect(plain.text).not.toMatch(/obfuscation|service_tier/)
  },
  'responses-late-summaries': async (on, off) => {
    const [late, early] = [await respond(on, { stream: true }), await respond(off, { stream: true })]
    expect(types(late)).not.toContain('response.reasoning_summary_text.delta')
    expect(outputOf(late)[0]).toMatchObject({ summary: [{ type: 'summary_text' }] })
    expect(types(early)).toContain('response.reasoning_summary_text.delta')
  },
  'responses-empty-summary': async (on, off) => {
    expect(outputOf(await respond(on, {}))[0]).toMatchObject({ type: 'reasoning', summary: [] })
    expect(outputOf(await respond(off, {}))[0]).toMatchObject({ type: 'reasoning', summary: [{}] })
  },
  'responses-phase': async (on, off) => {
    expect(outputOf(await respond(on, {}))[1]).toMatchObject({ phase: 'final_answer' })
    expect(outputOf(await respond(off, {}))[1]).not.toHaveProperty('phase')
  },
  'responses-incomplete-item': async (on, off) => {
    const more = { input: 'word '.repeat(100), max_output_tokens: 16, stream: true }
    const [cut, closed] = [await respond(on, more), await respond(off, more)]
    expect(types(cut).at(-1)).toBe('response.incomplete')
    expect(outputOf(cut)[1]).toMatchObject({ status: 'incomplete' })
    expect(outputOf(closed)[1]).toMatchObject({ status: 'completed' })
  },
  'responses-overflow-vague': async (on, off) => {
    const more = { model: 'gpt-5-mini', input: 'word '.repeat(110_000) }
    expect((await respond(on, more)).json).toMatchObject({
      error: { code: 'invalid_request_body', message: expect.stringMatching(/^Your input exceeds the context window/) },
    })
    expect((await respond(off, more)).json).toMatchObject({
      error: {
        code: 'model_max_prompt_tokens_exceeded',
        message: expect.stringMatching(/exceeds the limit of 128000/),
      },
    })
  },
  'messages-strict': async (on, off) => {
    const text = (mark: object) => ({ type: 'text', text: 'x', cache_control: { type: 'ephemeral', ...mark } })
    const tools = [{ name: 't', input_schema: { type: 'object', $schema: 'x' } }]
    const use = { role: 'assistant', content: [{ type: 'tool_use', id: 'toolu_1', name: 't', input: {} }] }
    const user = { role: 'user', content: 'a' }
    const refused: readonly [object, RegExp][] = [
      [
        { system: [text({}), text({ scope: 'global' })] },
        /^{"message":"system\.1\.cache_control\.ephemeral\.scope: Extra inputs are not permitted"}$/,
      ],
      [{ system: Array.from({ length: 5 }, () => text({})) }, /maximum of 4 blocks with cache_control/],
      [{ tools }, /\$schema: Extra inputs/],
      [
        { messages: [{ role: 'user', content: [{ type: 'text', text: '' }] }] },
        /text content blocks must be non-empty/,
      ],
      [{ messages: [user, use, user] }, /`tool_use` ids were found without `tool_result`/],
      [{ messages: [user, { role: 'system', content: 'b' }, user] }, /Unexpected role \\"system\\"/],
      [{ service_tier: 'auto' }, /service_tier: Extra inputs/],
      [{ system: 'x-anthropic-billing-header: cc' }, /reserved keyword/],
      [{ tools: [{ type: 'web_search_20250305', name: 'web_search' }] }, /web search tool is not supported/],
    ]
    for (const [more, reason] of refused) {
      const answer = await send(on, more)
      expect([answer.status, answer.text]).toEqual([400, expect.stringMatching(reason)])
      expect((await send(off, more)).text).not.toMatch(reason)
    }
  },
  'messages-bedrock-shape': async (on, off) => {
    expect((await send(on, {})).json).toMatchObject({
      id: expect.stringMatching(/^msg_bdrk_/),
      model: 'claude-sonnet-4-5-20250929',
      context_management: { applied_edits: [] },
    })
    expect((await send(off, {})).json).toMatchObject({
      id: expect.stringMatching(/^msg_01/),
      model: 'claude-sonnet-4.5',
    })
  },
  'messages-citations': async (on, off) => {
    expect((await send(on, { stream: true })).text).toContain('IPCodeCitations')
    expect((await send(off, { stream: true })).text).not.toContain('IPCodeCitations')
  },
  'messages-stray-done': async (on, off) => {
    expect((await send(on, { stream: true })).text).toMatch(/data: \[DONE\]\n\n$/)
    expect((await send(off, { stream: true })).text).not.toContain('[DONE]')
  },
  'messages-anthropic-errors': async (on, off) => {
    expect((await send(on, { model: 'nothing' })).json).toMatchObject({
      type: 'error',
      error: { type: 'invalid_request_error' },
    })
    expect((await send(off, { model: 'nothing' })).json).toMatchObject({ error: { code: 'model_not_supported' } })
  },
}

describe('quirks of chat, responses and messages', () => {
  // Object.entries of the table above: its keys are quirk names.
  for (const [name, demonstrate] of Object.entries(demonstrations) as [FaceQuirk, Demonstration][]) {
    test(name, async () => {
      await withTrial({ quirks: { [name]: true } }, (on) =>
        withTrial({ quirks: { [name]: false } }, (off) => demonstrate(on, off)),
      )
    })
  }
})
