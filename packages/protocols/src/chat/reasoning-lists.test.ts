import { describe, expect, it } from 'vitest'
import { asObjects, type JsonObject } from '../core/json.ts'
import { foldEvents } from '../core/reply.ts'
import { plainTraits } from '../core/traits.ts'
import { send } from '../crossing/crossed-requests.test-support.ts'
import { messages } from '../messages/index.ts'
import { responses } from '../responses/index.ts'
import { chat } from './index.ts'

const encrypted = (index: number, data: string): JsonObject => ({ type: 'reasoning.encrypted', index, data })

function read(deltas: readonly JsonObject[]): ReturnType<typeof foldEvents> {
  const reader = chat.readEvents('test')
  const chunks = deltas.map((delta) => ({ data: { id: 'x', model: 'm', choices: [{ index: 0, delta }] } }))
  const last = { data: { id: 'x', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] } }
  return foldEvents([...[...chunks, last].flatMap((chunk) => [...reader.push(chunk)]), ...reader.end()])
}

/** What the next request says of the answer. */
function goBack(deltas: readonly JsonObject[]): JsonObject {
  const { parts } = read(deltas)
  const turns = [{ role: 'assistant' as const, parts }]
  const prompt = { model: 'm', turns, tools: [], sampling: {}, stream: false }
  const body = chat.writeRequest(prompt, plainTraits, () => undefined)
  return asObjects(body['messages'])[0] ?? {}
}

const sealedBytes = (deltas: readonly JsonObject[]): number =>
  read(deltas).parts.reduce((sum, part) => sum + (part.kind === 'reasoning' ? (part.seal?.data.length ?? 0) : 0), 0)

describe('sealed details that take turns with words', () => {
  const taking = (turns: number): JsonObject[] =>
    Array.from({ length: turns }, (_, index) => ({
      content: `word ${index} `,
      reasoning_details: [encrypted(index, 'x'.repeat(100))],
    }))

  it('are sealed once each, however many there are', () => {
    expect(sealedBytes(taking(200))).toBeLessThan(2.2 * sealedBytes(taking(100)))
  })

  it('go back as one list in their order', () => {
    expect(goBack(taking(20))['reasoning_details']).toEqual(taking(20).flatMap((one) => one['reasoning_details']))
  })

  it('go back with the readable ones between them', () => {
    const summary = (index: number): JsonObject => ({ type: 'reasoning.summary', index, summary: `Thought ${index}.` })
    const details = [summary(0), encrypted(1, 'a'), summary(2), encrypted(3, 'b'), summary(4)]
    const deltas = details.map((one, at) => ({ content: `word ${at} `, reasoning_details: [one] }))
    expect(goBack(deltas)['reasoning_details']).toEqual(details)
  })

  it('are whole where an entry comes in pieces before and after a word', () => {
    const deltas = [
      { content: 'One ', reasoning_details: [encrypted(0, 'ab')] },
      { content: 'two.', reasoning_details: [encrypted(0, 'cd')] },
    ]
    expect(goBack(deltas)['reasoning_details']).toEqual([encrypted(0, 'abcd')])
  })

  it('are no new seal where a word comes with an entry that says nothing more', () => {
    const empty = { type: 'reasoning.encrypted', index: 0, data: '' }
    const deltas = [
      { reasoning_details: [encrypted(0, 'ab')] },
      { content: 'One ', reasoning_details: [empty] },
      { content: 'two.', reasoning_details: [empty] },
    ]
    expect(read(deltas).parts.filter((part) => part.kind === 'reasoning')).toHaveLength(1)
  })
})

describe('thoughts with the same number in two answers', () => {
  it('stay two where the first is signed', () => {
    const thought = (text: string): JsonObject => ({ type: 'reasoning.text', index: 0, text, signature: `s-${text}` })
    const deltas = ['One', 'Two'].map((text) => ({ content: text, reasoning_details: [thought(text)] }))
    expect(goBack(deltas)['reasoning_details']).toEqual([thought('One'), thought('Two')])
  })
})

describe('blocks of Messages in the history of a client of LiteLLM', () => {
  const thinking_blocks = [
    { type: 'thinking', thinking: 'Hm.', signature: 'SIG' },
    { type: 'redacted_thinking', data: 'RD' },
  ]
  const ask = (more: JsonObject): JsonObject => ({
    model: 'm',
    messages: [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Yes.', thinking_blocks, ...more },
      { role: 'user', content: 'On' },
    ],
  })

  it.each([{}, { reasoning_content: 'Hm.' }])('go back to Messages as they were, beside %o', (more) => {
    const [body, losses] = send(chat, messages, ask(more))
    const said = { role: 'assistant', content: [...thinking_blocks, { type: 'text', text: 'Yes.' }] }
    expect([asObjects(body['messages'])[1], losses]).toEqual([said, []])
  })

  it('without words leave those of the message where they are', () => {
    const more = { thinking_blocks: [{ type: 'redacted_thinking', data: 'RD' }], reasoning_content: 'Hm.' }
    expect(send(chat, chat, ask(more))[0]).toMatchObject(ask(more))
  })

  it('are one block where a client gives back the pieces of a stream', () => {
    const pieces = [
      { type: 'thinking', thinking: 'H', signature: '' },
      { type: 'thinking', thinking: 'm.', signature: '' },
      { type: 'thinking', thinking: '', signature: 'S' },
    ]
    const [body, losses] = send(chat, messages, ask({ thinking_blocks: pieces, reasoning_content: 'Hm.' }))
    const [thought] = asObjects(asObjects(body['messages'])[1]?.['content'])
    expect([thought, losses]).toEqual([{ type: 'thinking', thinking: 'Hm.', signature: 'S' }, []])
  })

  it('stay apart where several of an answer are redacted', () => {
    const blocks = ['A', 'B'].map((data) => ({ type: 'redacted_thinking', data }))
    expect(goBack([{ thinking_blocks: blocks }, { content: 'Yes.' }])['thinking_blocks']).toEqual(blocks)
  })

  it('stay where they were for Chat Completions, and are reported where nobody can read them', () => {
    for (const more of [{}, { reasoning_content: 'Hm.' }])
      expect(send(chat, chat, ask(more))[0]).toMatchObject(ask(more))
    expect(send(chat, responses, ask({}))[1]).toHaveLength(2)
  })
})

describe('signed details of Anthropic in the history of a client of OpenRouter', () => {
  const format = 'anthropic-claude-v1'
  const reasoning_details = [
    { type: 'reasoning.text', text: 'Hm.', signature: 'SIG', format, index: 0 },
    { type: 'reasoning.encrypted', data: 'RD', id: null, format, index: 1 },
  ]
  const ask = (more: JsonObject): JsonObject => ({
    model: 'm',
    messages: [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: 'Yes.', ...more },
      { role: 'user', content: 'On' },
    ],
  })
  const spoken = { type: 'text', text: 'Yes.' }
  const thought = { type: 'thinking', thinking: 'Hm.', signature: 'SIG' }

  it.each([{}, { reasoning: 'Hm.' }])('go back to Messages as the blocks that they were, beside %o', (more) => {
    const [body, losses] = send(chat, messages, ask({ reasoning_details, ...more }))
    const content = [thought, { type: 'redacted_thinking', data: 'RD' }, spoken]
    expect([asObjects(body['messages'])[1], losses]).toEqual([{ role: 'assistant', content }, []])
  })

  it('are one block where a client gives back the pieces of a stream', () => {
    const pieces = [
      { type: 'reasoning.text', text: 'H', format, index: 0 },
      { type: 'reasoning.text', text: 'm.', format, index: 0 },
      { type: 'reasoning.text', signature: 'SIG', format, index: 0 },
    ]
    const [body, losses] = send(chat, messages, ask({ reasoning_details: pieces, reasoning: 'Hm.' }))
    expect([asObjects(body['messages'])[1]?.['content'], losses]).toEqual([[thought, spoken], []])
  })

  it.each(['openai-responses-v1', 'google-gemini-v1', null])('of format %o are no seals of Messages', (other) => {
    const details = reasoning_details.map((entry) => ({ ...entry, format: other }))
    const [body] = send(chat, messages, ask({ reasoning_details: details, reasoning: 'Hm.' }))
    expect(JSON.stringify(body)).not.toMatch(/SIG|RD/)
  })

  it('stay where they were for Chat Completions, and their words reach those who cannot read the signatures', () => {
    for (const more of [{}, { reasoning: 'Hm.' }]) {
      const asked = ask({ reasoning_details, ...more })
      expect(asObjects(send(chat, chat, asked)[0]['messages'])[1]).toMatchObject({ reasoning_details })
    }
    expect(send(chat, responses, ask({ reasoning_details }))[1]).toHaveLength(2)
  })
})
