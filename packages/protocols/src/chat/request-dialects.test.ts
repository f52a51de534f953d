import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../core/json.ts'
import type { Loss } from '../core/loss.ts'
import type { ProtocolId } from '../core/protocol.ts'
import { plainTraits, type Traits } from '../core/traits.ts'
import { messages } from '../messages/index.ts'
import { responses } from '../responses/index.ts'
import { translate } from '../translate.ts'
import { chat } from './index.ts'

const protocols = { chat, messages, responses }
const hi = { role: 'user', content: 'Hi' }

function send(from: ProtocolId, to: ProtocolId, request: JsonObject, traits: Partial<Traits> = {}) {
  const losses: Loss[] = []
  const { body } = translate({
    from: protocols[from],
    to: protocols[to],
    body: { model: 'm', ...request },
    model: 'm',
    issuer: 's:m',
    traits: { ...plainTraits, ...traits },
    lose: (loss) => losses.push(loss),
  })
  return { body, losses: losses.map(({ path }) => path) }
}

describe.each(['messages', 'responses'] as const)('a chat request for %s', (to) => {
  it('loses nothing by what says no more than its absence would', () => {
    const { losses } = send('chat', to, {
      messages: [hi],
      modalities: ['text'],
      max_tokens: 99,
      max_completion_tokens: 99,
      n: 1,
      logit_bias: {},
      frequency_penalty: 0,
    })
    expect(losses).toEqual([])
    expect(send('chat', to, { messages: [hi], modalities: ['text', 'audio'] }).losses).toEqual(['modalities'])
    expect(send('chat', to, { messages: [hi], max_tokens: 99, max_completion_tokens: 98 }).losses).toEqual([
      'max_tokens',
    ])
  })

  it('takes the name of a function result for no name of a speaker', () => {
    const { losses } = send('chat', to, {
      messages: [
        hi,
        { role: 'assistant', content: null, function_call: { name: 'look', arguments: '{}' } },
        { role: 'function', name: 'look', content: 'seen' },
      ],
      functions: [{ name: 'look', parameters: { type: 'object', properties: {} } }],
    })
    expect(losses).toEqual([])
  })
})

it('a function result goes to a chat server as it came', () => {
  const conversation = [
    hi,
    { role: 'assistant', content: null, function_call: { name: 'look', arguments: '{}' } },
    { role: 'function', name: 'look', content: 'seen' },
  ]
  const { body } = send('chat', 'chat', { messages: conversation, functions: [{ name: 'look' }] })
  expect(body['messages']).toEqual(conversation)
})

describe('a cache mark of the whole request', () => {
  const cache_control = { type: 'ephemeral', ttl: '1h' }

  it('is read where OpenRouter and Messages have it', () => {
    const { body, losses } = send('chat', 'messages', { messages: [hi], cache_control })
    expect(body['cache_control']).toEqual(cache_control)
    expect(losses).toEqual([])
  })

  it('stays for a chat server', () => {
    expect(send('chat', 'chat', { messages: [hi], cache_control }).body['cache_control']).toEqual(cache_control)
  })
})

describe('a cache breakpoint of a part', () => {
  const breakpoint = { prompt_cache_breakpoint: { mode: 'explicit' } }
  const picture = { type: 'image_url', image_url: { url: 'https://a.example/b.png' } }
  const file = { type: 'file', file: { filename: 'a.pdf', file_data: 'data:application/pdf;base64,JVBERi0=' } }
  const content = [
    { type: 'text', text: 'One', ...breakpoint },
    { ...picture, ...breakpoint },
    { ...file, ...breakpoint },
  ]
  const request = { messages: [{ role: 'user', content }] }

  it('is a mark for Messages', () => {
    const { body, losses } = send('chat', 'messages', request)
    const mark = { cache_control: { type: 'ephemeral' } }
    expect(body['messages']).toMatchObject([{ content: [mark, mark, mark] }])
    expect(losses).toEqual([])
  })

  it('stays as it is for a chat server', () => {
    expect(send('chat', 'chat', request).body['messages']).toEqual(request.messages)
  })
})

describe('a spoken answer in history', () => {
  const spoken = { role: 'assistant', audio: { id: 'audio_1' } }
  const conversation = [hi, spoken, hi]

  it('goes to a chat server as it came', () => {
    expect(send('chat', 'chat', { messages: conversation }).body['messages']).toEqual([
      hi,
      { ...spoken, content: null },
      hi,
    ])
  })

  it.each(['messages', 'responses'] as const)('is named as a loss for %s', (to) => {
    expect(send('chat', to, { messages: conversation }).losses).toHaveLength(1)
  })
})

describe('a cache mark of a tool', () => {
  const look = { name: 'look', description: 'Looks', parameters: { type: 'object', properties: {} } }
  const mark = { type: 'ephemeral' }

  it('is read where LiteLLM puts it, inside the function', () => {
    const tools = [{ type: 'function', function: { ...look, cache_control: mark } }]
    const { body } = send('chat', 'messages', { messages: [hi], tools })
    expect(body['tools']).toMatchObject([{ name: 'look', cache_control: mark }])
  })

  it('stays where it was for a chat server, and goes where that takes none', () => {
    const tools = [{ type: 'function', function: { ...look, cache_control: { ...mark, ttl: '1h' } } }]
    expect(send('chat', 'chat', { messages: [hi], tools }).body['tools']).toEqual(tools)
    const bare = send('chat', 'chat', { messages: [hi], tools }, { cacheMarks: 'none' })
    expect(bare.body['tools']).toEqual([{ type: 'function', function: look }])
  })
})

describe('reasoning that is asked for by `thinking`', () => {
  const reasoning = { adaptive: false, member: 'thinking' as const }
  const ask = (request: JsonObject) =>
    send('messages', 'chat', { max_tokens: 9000, messages: [hi], ...request }, { reasoning })

  it('is switched off', () => {
    const { body, losses } = ask({ thinking: { type: 'disabled' } })
    expect(body).toMatchObject({ thinking: { type: 'disabled' } })
    expect(body).not.toHaveProperty('reasoning_effort')
    expect(losses).toEqual([])
    const none = send('responses', 'chat', { input: 'Hi', reasoning: { effort: 'none' } }, { reasoning })
    expect(none.body).toMatchObject({ thinking: { type: 'disabled' } })
    expect(none.body).not.toHaveProperty('reasoning_effort')
  })

  it('is switched on, with the effort that was meant', () => {
    expect(ask({ thinking: { type: 'enabled', budget_tokens: 4000 } }).body).toMatchObject({
      thinking: { type: 'enabled' },
      reasoning_effort: 'low',
    })
    const adaptive = ask({ thinking: { type: 'adaptive' }, output_config: { effort: 'max' } })
    expect(adaptive.body).toMatchObject({ thinking: { type: 'enabled' }, reasoning_effort: 'max' })
  })

  it('is left alone where nothing was said', () => {
    expect(ask({}).body).not.toHaveProperty('thinking')
  })
})

describe('reasoning that is not to be', () => {
  const off = { max_tokens: 9000, messages: [hi], thinking: { type: 'disabled' } }

  it('is named as a loss where the server has no word for it', () => {
    expect(send('messages', 'chat', off).losses).toEqual(['reasoning'])
    expect(send('messages', 'chat', off, { reasoning: { adaptive: false, efforts: ['low'] } }).losses).toEqual([
      'reasoning',
    ])
  })

  it('is none where the model does not reason, or can be told', () => {
    expect(send('messages', 'chat', off, { reasoning: { adaptive: false, efforts: [] } }).losses).toEqual([])
    const told = send('messages', 'chat', off, { reasoning: { adaptive: false, efforts: ['none', 'low'] } })
    expect(told.body['reasoning_effort']).toBe('none')
    expect(told.losses).toEqual([])
  })
})

it('says nothing of an effort that is called `default`, which only Groq knows', () => {
  for (const target of ['messages', 'responses'] as const) {
    const { body, losses } = send('chat', target, { messages: [hi], reasoning_effort: 'default' })
    expect(JSON.stringify(body)).not.toContain('effort')
    expect(losses).toEqual([])
  }
})
