import { GatewayError, type JsonObject } from '@crossfeed/protocols'
import { describe, expect, it } from 'vitest'
import { responsesRequestPatches } from './responses.ts'
import { envelope, models, patched } from './target.test-support.ts'

const sealed = 'reasoning.encrypted_content'
const hello = { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hello' }] }

function responses(body: JsonObject, model = models.gpt52): ReturnType<typeof patched> {
  return patched(responsesRequestPatches, { input: [hello], store: false, ...body }, model)
}

describe('responses requests', () => {
  it('stays the same object when nothing has to change', () => {
    const body = { input: [hello], store: false, prompt_cache_key: 'k', include: ['reasoning.encrypted_content'] }
    expect(patched(responsesRequestPatches, body, models.gpt52).body).toBe(body)
    const text = { input: 'Hello', store: false }
    expect(patched(responsesRequestPatches, text, models.gpt52).body).toBe(text)
  })

  it.each([
    ['previous_response_id', { previous_response_id: 'resp_1' }, 'previous_response_not_found'],
    ['conversation', { conversation: 'conv_1' }, 'conversation_not_found'],
    ['input[1]', { input: [hello, { type: 'item_reference', id: 'msg_1' }] }, 'item_not_found'],
  ])('refuses %s, which would need a memory', (param, given, code) => {
    const act = (): unknown => responses(given)
    expect(act).toThrow(GatewayError)
    expect(act).toThrow(expect.objectContaining({ status: 400, upstream: expect.objectContaining({ code, param }) }))
  })

  it.each([
    ['store false always, and asks for sealed reasoning instead', { store: true }, { include: [sealed] }],
    ['neither tier nor client metadata', { service_tier: 'auto', client_metadata: { a: 'b' } }, {}],
    ['no null reference', { previous_response_id: null }, {}],
    ['at most what the model writes', { max_output_tokens: 200_000 }, { max_output_tokens: 128_000 }],
    ['the lowest effort for none', { reasoning: { effort: 'none' } }, { reasoning: { effort: 'low' } }],
    [
      'the nearest lower effort',
      { reasoning: { effort: 'max', summary: 'auto' } },
      { reasoning: { effort: 'xhigh', summary: 'auto' } },
    ],
    ['no choice without tools', { tool_choice: 'auto', tools: [] }, {}],
  ])('sends %s', (_what, given, expected) => {
    expect(responses(given).body).toEqual({ input: [hello], store: false, ...expected })
  })

  it('keeps a choice whose tools are in the input', () => {
    const input = [{ type: 'additional_tools', role: 'developer', tools: [] }, hello]
    expect(responses({ input, tool_choice: 'auto' }).body['tool_choice']).toBe('auto')
  })

  it('leaves out effort where the model has none', () => {
    expect(responses({ reasoning: { effort: 'low' } }, models.gpt4o).body['reasoning']).toBeUndefined()
  })

  it('leaves out every item id and null status, and keeps call ids', () => {
    const { body } = responses({
      input: [
        { ...hello, id: 'msg_1', status: 'completed' },
        { type: 'function_call', id: 'fc_1', call_id: 'c1', name: 'f', arguments: '{}', status: null },
        { type: 'function_call_output', id: 'fco_1', call_id: 'c1', output: 'x' },
      ],
    })
    expect(body['input']).toEqual([
      { ...hello, status: 'completed' },
      { type: 'function_call', call_id: 'c1', name: 'f', arguments: '{}' },
      { type: 'function_call_output', call_id: 'c1', output: 'x' },
    ])
  })

  it('takes back only what it sealed itself', () => {
    const reasoning = (encrypted_content?: string): JsonObject => ({
      type: 'reasoning',
      id: 'rs_1',
      summary: [],
      ...(encrypted_content === undefined ? {} : { encrypted_content }),
    })
    const { body, losses } = responses({
      input: [
        reasoning('bare'),
        reasoning(envelope('copilot:gpt-5.2', 'responses', 'own')),
        reasoning(envelope('codex', 'responses', 'foreign')),
        reasoning(envelope('copilot:gpt-5.2', 'messages', 'other protocol')),
        reasoning(),
        { type: 'compaction', id: 'cmp_1', encrypted_content: envelope('codex', 'responses', 'foreign') },
        { type: 'compaction', id: 'cmp_2', encrypted_content: 'mine' },
        hello,
      ],
    })
    expect(body['input']).toEqual([
      { type: 'reasoning', summary: [], encrypted_content: 'bare' },
      { type: 'reasoning', summary: [], encrypted_content: 'own' },
      { type: 'compaction', encrypted_content: 'mine' },
      hello,
    ])
    expect(losses).toHaveLength(4)
  })

  it('leaves out image generation and a choice that forces it', () => {
    const image = { type: 'image_generation' }
    const other = { type: 'function', name: 'f' }
    expect(responses({ tools: [image, other], tool_choice: image }).body).toMatchObject({
      tools: [other],
      tool_choice: 'auto',
    })
    expect(responses({ tools: [image], tool_choice: image }).body).toEqual({ input: [hello], store: false })
    const allowed = { type: 'allowed_tools', mode: 'required', tools: [image, other] }
    expect(responses({ tools: [image, other], tool_choice: allowed }).body['tool_choice']).toEqual({
      ...allowed,
      tools: [other],
    })
  })

  it('counts the tools of groups', () => {
    const group = { type: 'namespace', name: 'g', tools: Array.from({ length: 129 }, () => ({ type: 'function' })) }
    expect(() => responses({ tools: [group] })).toThrow(/129 tools/)
  })

  it('switches summaries off for the model that cannot give any', () => {
    const spark = { ...models.gpt52, id: 'gpt-5.3-codex-spark-preview' }
    expect(responses({ reasoning: { effort: 'low', summary: 'auto' } }, spark).body['reasoning']).toEqual({
      effort: 'low',
    })
  })
})
