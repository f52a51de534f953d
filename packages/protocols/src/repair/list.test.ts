import { describe, expect, it } from 'vitest'
import { chat } from '../chat/index.ts'
import type { JsonObject } from '../core/json.ts'
import type { Loss } from '../core/loss.ts'
import type { Part } from '../core/part.ts'
import type { Prompt, Turn } from '../core/prompt.ts'
import type { ProtocolId } from '../core/protocol.ts'
import { plainTraits } from '../core/traits.ts'
import { responses } from '../responses/index.ts'
import { translate } from '../translate.ts'
import { contentsOf, type Contents } from './contents.ts'
import { repairs } from './list.ts'
import type { Way } from './repair.ts'

const text: Part = { kind: 'text', text: 'Hi' }
const call: Part = { kind: 'tool-call', id: 'not fine', name: 'look up', input: '{}', form: 'text' }
const result = (...content: Part[]): Part => ({ kind: 'tool-result', id: 'x', content, failed: false, form: 'json' })
const document: Part = { kind: 'media', mediaType: 'text/plain', source: { text: 'Words' }, name: 'title' }
const native = (protocol: ProtocolId, value: JsonObject): Part => ({ kind: 'native', protocol, value })
const items: readonly Part[] = [
  native('responses', { type: 'web_search_call', action: { query: 'cats' } }),
  native('responses', { type: 'additional_tools', tools: [{ type: 'odd' }] }),
  native('messages', { type: 'tool_removal', tool: { type: 'tool_reference', name: 'a' } }),
]
const seal = { issuer: 'another', protocol: 'chat', data: 'S' } as const
const reasoning: Part = { kind: 'reasoning', text: 'So.', form: 'full', seal }

/** Turns with one thing in them each, and one with everything. */
const conversations: readonly (readonly Turn[])[] = [
  [{ role: 'user', parts: [text] }],
  [{ role: 'assistant', parts: [call] }],
  [{ role: 'user', parts: [result(text)] }],
  [{ role: 'user', parts: [result(document)] }],
  [{ role: 'user', parts: [document] }],
  ...items.map((item): Turn[] => [{ role: 'user', parts: [item] }]),
  ...items.map((item): Turn[] => [{ role: 'user', parts: [result(item)] }]),
  [{ role: 'assistant', parts: [reasoning, text] }],
  [{ role: 'assistant', parts: [{ kind: 'compaction', text: 'So far.', seal }] }],
  [{ role: 'system', parts: [text], extras: { messages: { clear_at: 'next_user_message' } } }],
  [
    { role: 'system', parts: [text], extras: { messages: { output_config: { effort: 'low' } } } },
    { role: 'user', parts: [text, document, ...items] },
    { role: 'assistant', parts: [reasoning, call, { kind: 'compaction', text: 'So far.' }] },
    { role: 'user', parts: [result(document)] },
  ],
]

const all: Contents = {
  calls: true,
  media: true,
  natives: true,
  reasoning: true,
  compactions: true,
  settings: true,
}
const protocols = ['chat', 'responses', 'messages'] as const
const ways = protocols.flatMap((from) => protocols.map((to) => ({ from, to })))

describe.each(ways)('the repairs from $from to $to', ({ from, to }) => {
  it('have nothing to do where a conversation does not hold what they look for', () => {
    for (const turns of conversations)
      for (const repair of repairs) {
        const losses: Loss[] = []
        const lose = (loss: Loss): void => void losses.push(loss)
        const way: Way = { from, to, traits: plainTraits, issuer: 'me', lose, hearThoughts: () => {}, undo: () => {} }
        const prompt: Prompt = { model: 'm', turns, tools: [], sampling: {}, stream: false }
        if (repair.isNeeded(way, prompt, contentsOf(prompt)) || !repair.isNeeded(way, prompt, all)) continue
        expect(repair.mend(prompt, way), repair.name).toBe(prompt)
        expect(losses, repair.name).toEqual([])
      }
  })

  it('are needed for no contents of a plain question and its answer', () => {
    const turns: Turn[] = [
      { role: 'user', parts: [text] },
      { role: 'assistant', parts: [text] },
    ]
    const prompt: Prompt = { model: 'm', turns, tools: [], sampling: {}, stream: false }
    expect(contentsOf(prompt)).toEqual(Object.fromEntries(Object.keys(all).map((name) => [name, false])))
  })
})

describe('what a repair brings into a conversation', () => {
  it('is mended by those behind it: a call that was an item gets its missing result', () => {
    const body = {
      model: 'm',
      tools: [{ type: 'tool_search', execution: 'client', parameters: { type: 'object' } }],
      input: [
        { type: 'message', role: 'user', content: 'Go.' },
        { type: 'tool_search_call', call_id: 'c', execution: 'client', arguments: { query: 'a' } },
        { type: 'message', role: 'user', content: 'Well?' },
      ],
    }
    const lose = (): void => {}
    const options = { from: responses, to: chat, body, model: 'm', issuer: 'me', traits: plainTraits, lose }
    expect(translate(options).body['messages']).toMatchObject([
      { role: 'user' },
      { role: 'assistant', tool_calls: [{ id: 'c' }] },
      { role: 'tool', tool_call_id: 'c' },
      { role: 'user' },
    ])
  })
})
