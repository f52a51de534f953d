import { chat, foldEvents, type JsonObject, type WireEvent } from '@crossfeed/protocols'
import { describe, expect, it } from 'vitest'
import { providerOf, targetOf } from '../keyed.test-support.ts'
import { chatToolPieces } from './chat-tool-pieces.ts'
import { chatWholeCalls } from './chat-whole-calls.ts'

const target = targetOf(providerOf({ type: 'compatible' }), 'm', 'chat')
const head = { id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'm' }
const look = { name: 'look', arguments: '{"at":"x"}' }

function chunk(delta: JsonObject, finish_reason: string | null = null): WireEvent {
  return { data: { ...head, choices: [{ index: 0, delta, finish_reason }] } }
}

/** The events that a client gets; those that no mend was wanted for, and those that it left alone, are the very same. */
function mended(events: readonly WireEvent[], spaced = false): readonly WireEvent[] {
  const mender = chatToolPieces.start(target, {}, {})
  if (!mender) throw new Error('a stream of chat is mended')
  return events.flatMap((event) => {
    const raw = `data: ${JSON.stringify(event.data, undefined, spaced ? 1 : undefined)}\n\n`.replace(/\n */g, ' ')
    return mender.wants(raw) ? mender.mend(event) : [event]
  })
}

describe('streamed calls', () => {
  it('that are as they should be stay the very same', () => {
    const events = [
      chunk({
        role: 'assistant',
        tool_calls: [{ index: 0, id: 'c1', type: 'function', function: { ...look, arguments: '' } }],
      }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: '{"at":"x"}' } }] }),
      chunk({}, 'tool_calls'),
    ]
    mended(events).forEach((event, at) => expect(event).toBe(events[at]))
  })

  it.each([false, true])('are found in whatever way they are spaced: %s', (spaced) => {
    const [first] = mended([chunk({ tool_calls: [{ function: look }] })], spaced)
    expect(first?.data).toMatchObject({
      choices: [{ delta: { tool_calls: [{ index: 0, id: 'call_chatcmpl1_0', type: 'function', function: look }] } }],
    })
  })

  it('have their arguments as text', () => {
    const events = [
      chunk({
        tool_calls: [{ index: 0, id: 'c1', type: 'function', function: { name: 'look', arguments: { at: 'x' } } }],
      }),
      chunk({ tool_calls: [{ index: 1, id: 'c2', type: 'function', function: { name: 'look', arguments: null } }] }),
    ]
    const calls = mended(events).map(({ data }) => JSON.stringify(data))
    expect(calls[0]).toContain('"arguments":"{\\"at\\":\\"x\\"}"')
    expect(calls[1]).toContain('"arguments":""')
  })

  it('are no plain end of the answer', () => {
    const calls = chunk({ tool_calls: [{ index: 0, id: 'c1', type: 'function', function: look }] })
    expect(mended([calls, chunk({}, 'stop')]).at(-1)?.data).toMatchObject({
      choices: [{ finish_reason: 'tool_calls' }],
    })
    expect(mended([calls, chunk({}, 'length')]).at(-1)?.data).toMatchObject({ choices: [{ finish_reason: 'length' }] })
    expect(mended([chunk({ content: 'Hi' }), chunk({}, 'stop')]).at(-1)?.data).toMatchObject({
      choices: [{ finish_reason: 'stop' }],
    })
    const both = chunk({ tool_calls: [{ index: 0, id: 'c1', type: 'function', function: look }] }, 'stop')
    expect(mended([both])[0]?.data).toMatchObject({ choices: [{ finish_reason: 'tool_calls' }] })
  })

  it('read the same after the mend', () => {
    const events = [chunk({ tool_calls: [{ function: { name: 'look', arguments: { at: 'x' } } }] }), chunk({}, 'stop')]
    const read = (list: readonly WireEvent[]) => {
      const reader = chat.readEvents('o')
      return foldEvents([...list.flatMap((event) => [...reader.push(event)]), ...reader.end()])
    }
    expect(read(mended(events)).parts).toEqual(read(events).parts)
  })
})

describe('calls of a whole answer', () => {
  const answer = (calls: readonly JsonObject[], finish_reason = 'tool_calls'): JsonObject => ({
    ...head,
    object: 'chat.completion',
    choices: [{ index: 0, message: { role: 'assistant', content: null, tool_calls: calls }, finish_reason }],
  })
  const apply = (reply: JsonObject): JsonObject => chatWholeCalls.apply(reply, target, {})

  it('that are as they should be stay the very same', () => {
    const regular = answer([{ id: 'c1', type: 'function', function: look }])
    expect(apply(regular)).toBe(regular)
    const plain = {
      ...head,
      choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' }, finish_reason: 'stop' }],
    }
    expect(apply(plain)).toBe(plain)
  })

  it('get what is missing: id, type, arguments as text, and the finish that makes clients run them', () => {
    const odd = [{ function: { name: 'look', arguments: { at: 'x' } } }, { id: '', function: { name: 'look' } }]
    expect(apply(answer(odd, 'stop'))).toEqual(
      answer(
        [
          { id: 'call_chatcmpl1_0', type: 'function', function: look },
          { id: 'call_chatcmpl1_1', type: 'function', function: { name: 'look' } },
        ],
        'tool_calls',
      ),
    )
  })

  it('keep a finish that says more', () => {
    const cut = answer([{ id: 'c1', type: 'function', function: look }], 'length')
    expect(apply(cut)).toBe(cut)
  })
})
