import { describe, expect, it, vi } from 'vitest'
import type { JsonObject } from '../core/json.ts'
import type { WireEvent } from '../core/protocol.ts'
import { foldEvents, type Reply } from '../core/reply.ts'
import { messages } from '../messages/index.ts'
import { chat } from './index.ts'

const head = { id: 'chatcmpl-1', created: 1, model: 'm' }

function whole(choice: JsonObject): Reply {
  const body = { ...head, object: 'chat.completion', choices: [{ index: 0, finish_reason: 'stop', ...choice }] }
  return chat.readReply(body, 'origin')
}

function fold(...choices: readonly JsonObject[]): Reply {
  const reader = chat.readEvents('origin')
  const events = choices.map((choice): WireEvent => ({
    data: { ...head, object: 'chat.completion.chunk', choices: [{ index: 0, finish_reason: null, ...choice }] },
  }))
  return foldEvents([...events.flatMap((event) => [...reader.push(event)]), ...reader.end()])
}

const end = { delta: {}, finish_reason: 'stop' }

describe('an answer that is said in two members', () => {
  it('is that of the message where an empty delta stands beside it, as with Perplexity', () => {
    const delta = { role: 'assistant', content: '' }
    expect(whole({ message: { role: 'assistant', content: 'Four.' }, delta }).parts).toEqual([
      { kind: 'text', text: 'Four.' },
    ])
    const streamed = fold(
      { delta: { role: 'assistant', content: 'Fo' }, message: { role: 'assistant', content: 'Fo' } },
      { delta: { content: 'ur.' }, message: { role: 'assistant', content: 'Four.' } },
      { delta, message: { role: 'assistant', content: 'Four.' }, finish_reason: 'stop' },
    )
    expect(streamed.parts).toEqual([{ kind: 'text', text: 'Four.' }])
  })

  it('is heard once where the text of older completions stands beside the delta, as with Together', () => {
    const streamed = fold(
      { delta: { role: 'assistant', content: 'Fo' }, text: 'Fo' },
      { delta: { content: 'ur.' }, text: 'ur.' },
      end,
    )
    expect(streamed.parts).toEqual([{ kind: 'text', text: 'Four.' }])
    const thinking = fold({ delta: { content: '', reasoning: 'Hm.' }, text: 'Hm.' }, { delta: { content: 'Yes' } }, end)
    expect(thinking.parts).toMatchObject([{ kind: 'reasoning', text: 'Hm.' }, { text: 'Yes' }])
    expect(fold({ text: 'Four.' }, end).parts).toEqual([{ kind: 'text', text: 'Four.' }])
  })

  it('has the call that is filled in, where the member for the other kind is there but empty', () => {
    const call = { id: 'c1', type: 'function', function: { name: 'look', arguments: '{"at":"x"}' } }
    const twofold = { ...call, custom: { name: '', input: '' } }
    const expected = [{ kind: 'tool-call', id: 'c1', name: 'look', input: '{"at":"x"}', form: 'json' }]
    expect(whole({ message: { content: null, tool_calls: [twofold] } }).parts).toMatchObject(expected)
    expect(fold({ delta: { tool_calls: [{ index: 0, ...twofold }] } }, end).parts).toMatchObject(expected)
    const own = {
      id: 'c1',
      type: 'custom',
      custom: { name: 'note', input: 'x' },
      function: { name: '', arguments: '' },
    }
    expect(whole({ message: { content: null, tool_calls: [own] } }).parts).toMatchObject([
      { name: 'note', input: 'x', form: 'text' },
    ])
    const first = { ...own, custom: { name: 'note', input: '' } }
    const next = { custom: { name: '', input: 'x' }, function: { name: '', arguments: '' } }
    const pieces = [first, next].map((piece) => ({ delta: { tool_calls: [{ index: 0, ...piece }] } }))
    expect(fold(...pieces, end).parts).toMatchObject([{ name: 'note', input: 'x', form: 'text' }])
  })
})

it('takes a whole answer for one where Gemini flags it as thought, but no tag says what of it is', () => {
  const extra_content = { google: { thought: true, thought_signature: 'c2ln' } }
  const { parts } = whole({ message: { role: 'assistant', content: 'It is noon.', extra_content } })
  expect(parts).toMatchObject([{ kind: 'text', text: 'It is noon.' }])
})

it('hears arguments of `null` as none, as Llama writes them for a tool without parameters', () => {
  const call = { index: 0, id: 'c1', type: 'function', function: { name: 'now', arguments: 'null' } }
  const replies = [
    whole({ message: { content: null, tool_calls: [call] } }),
    fold({ delta: { tool_calls: [call] } }, end),
    fold(
      { delta: { tool_calls: [{ ...call, function: { name: 'now', arguments: '' } }] } },
      { delta: { tool_calls: [{ index: 0, function: { arguments: 'null' } }] } },
      end,
    ),
  ]
  for (const reply of replies) {
    const asked = { prompt: chat.readRequest({ model: 'm', messages: [] }), now: 1, newId: () => 'new' }
    const losses: unknown[] = []
    expect(messages.writeReply(reply, asked, (loss) => losses.push(loss))).toMatchObject({
      content: [{ type: 'tool_use', name: 'now', input: {} }],
    })
    expect(losses).toEqual([])
  }
})

/** Pieces of one call, each of which names its tool again. */
function pieces(texts: readonly string[], id?: string): readonly JsonObject[] {
  return texts.map((text) => ({
    delta: { tool_calls: [{ index: 0, ...(id ? { id } : {}), function: { name: 'now', arguments: text } }] },
  }))
}

it('keeps a `null` within arguments, also where each piece names the tool again', () => {
  const texts = ['{"a":', 'null', '}']
  for (const id of ['c1', undefined])
    expect(fold(...pieces(texts, id), end).parts).toMatchObject([{ name: 'now', input: '{"a":null}' }])
})

it('tells calls of one tool apart by whole arguments, which are not parsed after each piece', () => {
  const parse = vi.spyOn(JSON, 'parse')
  try {
    const long = ['{"a":"', ...Array.from({ length: 100 }, () => 'word '), '"}']
    const { parts } = fold(...pieces([...long, ...long]), end)
    expect(parts).toMatchObject([{ input: long.join('') }, { input: long.join('') }])
    expect(parse.mock.calls.length).toBeLessThan(10)
  } finally {
    parse.mockRestore()
  }
})
