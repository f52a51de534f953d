import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../core/json.ts'
import type { Protocol } from '../core/protocol.ts'
import { plainTraits } from '../core/traits.ts'
import { messages } from '../messages/index.ts'
import { responses } from '../responses/index.ts'
import { translate } from '../translate.ts'
import { chat } from './index.ts'

/** The tools and the choice that a target is sent for those of a client of Chat Completions, and the paths of what is lost. */
function send(to: Protocol, members: JsonObject): readonly [JsonObject['tools'], JsonObject['tool_choice'], string[]] {
  const lost: string[] = []
  const body = { model: 'm', messages: [{ role: 'user', content: 'Hi' }], ...members }
  const lose = ({ path }: { readonly path: string }): void => void lost.push(path)
  const sent = translate({ from: chat, to, body, model: 'm', issuer: 'i', traits: plainTraits, lose }).body
  return [sent['tools'], sent['tool_choice'], lost]
}

const rome = { type: 'approximate', city: 'Rome' }

describe('a web search among the tools of Chat Completions', () => {
  it.each([
    ['as Responses has it', { type: 'web_search', filters: { allowed_domains: ['a.b'] }, user_location: rome }],
    [
      'as OpenRouter has it',
      { type: 'openrouter:web_search', parameters: { allowed_domains: ['a.b'], user_location: rome } },
    ],
    ['in its older form', { type: 'web_search_preview_2025_03_11', allowed_domains: ['a.b'], user_location: rome }],
    [
      'as Messages has it',
      { type: 'web_search_20250305', name: 'web_search', allowed_domains: ['a.b'], user_location: rome },
    ],
  ])('%s is the search of Messages and of Responses', (_how, tool) => {
    const name = 'web_search'
    expect(send(messages, { tools: [tool] })).toEqual([
      [{ type: 'web_search_20250305', name, allowed_domains: ['a.b'], user_location: rome }],
      undefined,
      [],
    ])
    expect(send(responses, { tools: [tool] })).toEqual([
      [{ type: name, filters: { allowed_domains: ['a.b'] }, user_location: rome }],
      undefined,
      [],
    ])
  })

  it('keeps the limit and the domains that Messages knows, and how much Responses reads', () => {
    const parameters = { excluded_domains: ['a.b'], max_uses: 3 }
    const [tools, , lost] = send(messages, { tools: [{ type: 'openrouter:web_search', parameters }] })
    expect(tools).toMatchObject([{ blocked_domains: ['a.b'], max_uses: 3 }])
    expect(lost).toEqual([])
    const size = { search_context_size: 'high' }
    expect(send(responses, { tools: [{ type: 'web_search', ...size }] })[0]).toEqual([{ type: 'web_search', ...size }])
  })

  it('loses by name what only its vendor has', () => {
    const parameters = { engine: 'exa', max_results: 3 }
    expect(send(messages, { tools: [{ type: 'openrouter:web_search', parameters }] })[2]).toEqual([
      'tools.engine',
      'tools.max_results',
    ])
    const glm = { type: 'web_search', web_search: { enable: true, search_engine: 'search_pro' } }
    expect(send(responses, { tools: [glm] })).toEqual([[{ type: 'web_search' }], undefined, ['tools.search_engine']])
  })

  it('is none where it is switched off', () => {
    expect(send(messages, { tools: [{ type: 'web_search', web_search: { enable: false } }] })[0]).toBeUndefined()
  })

  it('may be demanded by its type', () => {
    const asked = { tools: [{ type: 'openrouter:web_search' }], tool_choice: { type: 'openrouter:web_search' } }
    expect(send(messages, asked).slice(1)).toEqual([{ type: 'tool', name: 'web_search' }, []])
    expect(send(responses, asked).slice(1)).toEqual(['required', []])
  })

  it.each([
    { type: 'openrouter:web_search', parameters: { engine: 'exa' } },
    { type: 'web_search', web_search: { enable: true } },
  ])('is written back as it came: %j', (tool) => {
    const asked = { tools: [tool], tool_choice: { type: tool.type } }
    expect(send(chat, asked)).toEqual([[tool], asked.tool_choice, []])
  })
})

describe('a tool of Chat Completions that is named in no way of its own', () => {
  it('is reported, not refused', () => {
    expect(send(messages, { tools: [{ googleSearch: {} }] })).toEqual([undefined, undefined, ['tools[0]']])
  })
})

describe('a web search for a chat server that has it among its tools', () => {
  const traits = { ...plainTraits, hostedTools: false, searchTool: 'vendor:search' }
  const hi = [{ role: 'user', content: 'Hi' }]

  function sendTo(from: Protocol, members: JsonObject): readonly [JsonObject, string[]] {
    const lost: string[] = []
    const lose = ({ path }: { readonly path: string }): void => void lost.push(path)
    const body = { model: 'm', ...members }
    return [translate({ from, to: chat, body, model: 'm', issuer: 'i', traits, lose }).body, lost]
  }

  it('is that tool with all that can be said of it, and may be demanded', () => {
    const tool = { type: 'web_search_20250305', name: 'web_search', blocked_domains: ['a.b'], user_location: rome }
    const choice = { type: 'tool', name: 'web_search' }
    const [body, lost] = sendTo(messages, { max_tokens: 99, messages: hi, tools: [tool], tool_choice: choice })
    expect(body['tools']).toEqual([
      { type: 'vendor:search', parameters: { excluded_domains: ['a.b'], user_location: rome } },
    ])
    expect([body['tool_choice'], lost]).toEqual([{ type: 'vendor:search' }, []])
  })

  it('is one, and has what cannot be said reported', () => {
    const tool = { type: 'web_search_20250305', name: 'web_search', max_uses: 3 }
    expect(sendTo(messages, { max_tokens: 99, messages: hi, tools: [tool] })[1]).toEqual(['tools[0].maxUses'])
    const size = { search_context_size: 'high' }
    const searches = [
      { type: 'web_search', ...size },
      { type: 'web_search_preview', ...size },
    ]
    const [body, lost] = sendTo(responses, { input: 'Hi', tools: searches })
    expect([body['tools'], lost]).toEqual([[{ type: 'vendor:search', parameters: size }], []])
  })
})
