import { describe, expect, it } from 'vitest'
import { chat } from '../chat/index.ts'
import { asObjects, type JsonObject } from '../core/json.ts'
import type { Protocol, ProtocolId, WireEvent } from '../core/protocol.ts'
import { plainTraits, type Traits } from '../core/traits.ts'
import { messages } from '../messages/index.ts'
import { responses } from '../responses/index.ts'
import { chain, translate, type Crossing } from '../translate.ts'

const tagging: Traits = { ...plainTraits, thinkTags: true }

const hi = [{ role: 'user', content: 'Hi' }]
const asks: { readonly [P in ProtocolId]: JsonObject } = {
  chat: { model: 'm', messages: hi },
  responses: { model: 'm', input: 'Hi' },
  messages: { model: 'm', max_tokens: 9, messages: hi },
}

function cross(from: Protocol, traits: Traits): Crossing {
  return translate({ from, to: chat, body: asks[from.id], model: 'm', issuer: 'i', traits, lose: () => {} })
}

function whole(from: Protocol, content: string, message: JsonObject = {}, traits = tagging): JsonObject {
  const crossing = cross(from, traits)
  const choice = { message: { role: 'assistant', content, ...message }, finish_reason: 'stop' }
  const reply = crossing.readReply({ id: 'x', model: 'm', choices: [choice] })
  return from.writeReply(reply, { prompt: crossing.prompt, now: 0, newId: () => 'id' }, () => {})
}

/** The blocks that a client of Messages makes of a stream whose content comes in these pieces. */
function streamed(pieces: readonly string[], traits = tagging): readonly JsonObject[] {
  const crossing = cross(messages, traits)
  const asked = { prompt: crossing.prompt, now: 0, newId: () => 'id' }
  const machine = chain(
    crossing.readEvents(),
    messages.writeEvents(asked, () => {}),
  )
  const chunk = (delta: JsonObject, finish: string | null = null): WireEvent => ({
    data: { id: 'x', model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] },
  })
  const events = [...pieces.map((content) => chunk({ content })), chunk({}, 'stop'), { data: '[DONE]' } as const]
  const written = [...events.flatMap((event) => machine.push(event)), ...machine.end()]
  const again = messages.readEvents('i')
  const replies = [...written.flatMap((event) => again.push(event)), ...again.end()]
  return replies.flatMap((event) => (event.type === 'part-end' ? [textOf(event.part)] : []))
}

const textOf = (part: { readonly kind: string }): JsonObject => ({
  [part.kind]: 'text' in part ? String(part.text) : '',
})

const tagged = '<think>\nHm, so be it.\n</think>\n\nYes.'

describe('what stands in think tags at the beginning of an answer', () => {
  it('is reasoning for clients of Messages and Responses', () => {
    expect(whole(messages, tagged)['content']).toMatchObject([
      { type: 'thinking', thinking: 'Hm, so be it.' },
      { type: 'text', text: 'Yes.' },
    ])
    const [thought, said] = asObjects(whole(responses, `\n${tagged}`)['output'])
    expect(thought).toMatchObject({ type: 'reasoning', summary: [{ text: 'Hm, so be it.' }] })
    expect(said).toMatchObject({ type: 'message', content: [{ text: 'Yes.' }] })
  })

  it('keeps the space between thoughts, and none around them, also where each comes alone', () => {
    const pieces = [
      '\n',
      ' ',
      '<think>',
      '\n',
      ' ',
      'Hm',
      '\n',
      '\n',
      ' ',
      'so',
      ' ',
      '\n',
      '</think>',
      '\n',
      ' ',
      'Yes',
      '\n',
      '.',
    ]
    expect(streamed(pieces)).toEqual([{ reasoning: 'Hm\n\n so' }, { text: 'Yes\n.' }])
    expect(streamed(['\n', ' ', '\n', 'Yes'])).toEqual([{ text: '\n \nYes' }])
    expect(streamed(['<think>', 'Hm', '\n', '</thi'])).toEqual([{ reasoning: 'Hm\n</thi' }])
  })

  it('leaves the sources of the words at the words', () => {
    const text = '<think>Hm</think>\n\nSo it is.'
    const cited = (start_index: number, end_index: number): JsonObject => ({
      type: 'url_citation',
      url_citation: { url: 'https://a', title: 'A', start_index, end_index },
    })
    const annotations = [cited(text.length - 6, text.length), cited(7, 9)]
    const [, said] = asObjects(whole(responses, text, { annotations })['output'])
    expect(asObjects(asObjects(said?.['content'])[0]?.['annotations'])).toMatchObject([
      { start_index: 3, end_index: 9 },
      { start_index: 0, end_index: 9 },
    ])
  })

  it('is reasoning however the stream is cut', () => {
    const expected = [{ reasoning: 'Hm, so be it.' }, { text: 'Yes.' }]
    for (let size = 1; size <= tagged.length; size++) {
      const pieces = tagged.match(new RegExp(`.{1,${size}}`, 'gs')) ?? []
      expect(streamed(pieces), `pieces of ${size}`).toEqual(expected)
    }
  })

  it('comes as it is thought, not when it is over', () => {
    const machine = cross(messages, tagging).readEvents()
    const of = (content: string): WireEvent => ({ data: { id: 'x', choices: [{ index: 0, delta: { content } }] } })
    machine.push(of('<think>'))
    const events = machine.push(of('Hm'))
    expect(events.map((event) => event.type)).toEqual(['part-start', 'part-delta'])
  })

  it('is nothing where nothing was thought', () => {
    expect(streamed(['<think>\n\n</think>\n\n', 'Yes.'])).toEqual([{ text: 'Yes.' }])
  })

  it('is all that there is where the answer was cut within it', () => {
    expect(streamed(['<think>Hm, ', 'so <'])).toEqual([{ reasoning: 'Hm, so <' }])
    expect(whole(messages, '<think>Hm')['content']).toMatchObject([{ type: 'thinking', thinking: 'Hm' }])
  })

  it('stays with the calls that follow it', () => {
    const call = { id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }
    expect(whole(messages, tagged, { tool_calls: [call] })['content']).toMatchObject([
      { type: 'thinking' },
      { type: 'text', text: 'Yes.' },
      { type: 'tool_use', id: 'c1' },
    ])
  })
})

describe('an answer', () => {
  it.each(['Yes, <think> is a tag.</think>', '<thinking>Hm</thinking>', '<thin', ' <', 'Yes'])(
    'that begins otherwise stays as it is: %s',
    (text) => {
      expect(whole(messages, text)['content']).toEqual([{ type: 'text', text }])
      expect(streamed([...text])).toEqual([{ text }])
    },
  )

  it('whose thoughts the server parts itself keeps its text', () => {
    expect(whole(messages, '<think>', { reasoning_content: 'Hm' })['content']).toMatchObject([
      { type: 'thinking', thinking: 'Hm' },
      { type: 'text', text: '<think>' },
    ])
  })

  it('stays as it is for clients of Chat Completions, and of servers that do no such thing', () => {
    const [choice] = asObjects(whole(chat, tagged)['choices'])
    expect(choice).toMatchObject({ message: { content: tagged } })
    expect(streamed([tagged], plainTraits)).toEqual([{ text: tagged }])
  })
})
