import { BetaMessageStream } from '@anthropic-ai/sdk/lib/BetaMessageStream'
import { describe, expect, it } from 'vitest'
import type { ReplyEvent } from '../core/events.ts'
import type { Loss } from '../core/loss.ts'
import type { ToolCallPart } from '../core/part.ts'
import type { Asked, WireEvent } from '../core/protocol.ts'
import { foldEvents, type Finish } from '../core/reply.ts'
import { noUsage } from '../core/usage.ts'
import { readRequest } from './read-request.ts'
import { writeReply } from './reply.ts'
import { writeEvents } from './write-events.ts'

const asked: Asked = { prompt: readRequest({ model: 'asked', messages: [] }), now: 0, newId: () => 'id' }

/** The events of an answer with one call, whose arguments come in these pieces. */
function callIn(pieces: readonly string[], finish: Finish = 'tool-calls'): ReplyEvent[] {
  const part: ToolCallPart = { kind: 'tool-call', id: 'call_1', name: 'f', form: 'json', input: '' }
  return [
    { type: 'start', id: 'r', model: 'm' },
    { type: 'part-start', index: 0, part },
    ...pieces.map((text) => ({ type: 'part-delta', index: 0, text }) as const),
    { type: 'part-end', index: 0, part: { ...part, input: pieces.join('') } },
    { type: 'end', finish, usage: noUsage },
  ]
}

function stream(events: readonly ReplyEvent[]): { written: WireEvent[]; losses: Loss[] } {
  const losses: Loss[] = []
  const writer = writeEvents(asked, (loss) => losses.push(loss))
  return { written: [...events.flatMap((event) => [...writer.push(event)]), ...writer.end()], losses }
}

function whole(events: readonly ReplyEvent[]): { content: unknown; losses: Loss[] } {
  const losses: Loss[] = []
  const { content } = writeReply(foldEvents(events), asked, (loss) => losses.push(loss))
  return { content: JSON.parse(JSON.stringify(content)), losses }
}

/** What the official client makes of the stream. */
async function heard(written: readonly WireEvent[]): Promise<unknown> {
  const lines = written.map(({ data }) => `${JSON.stringify(data)}\n`).join('')
  const message = await BetaMessageStream.fromReadableStream(new Response(lines).body!).finalMessage()
  return JSON.parse(JSON.stringify(message.content))
}

describe('arguments that are no object, streamed to a client of Messages', () => {
  it.each([
    ['a list', ['[1', ',12345678901234567890]']],
    ['a text', ['"fo', 'o"']],
    ['words', ['ls ', '-la "x"']],
    ['a number', ['1', '2']],
    ['nothing at all', ['nu', 'll']],
    ['white space', [' ', '\n']],
    ['an object after white space', [' ', '\n', ' {"a"', ':1}']],
    ['an object', ['{"a"', ':', '1}']],
    ['no pieces', []],
  ])(
    '%s: the official client reads what it reads of the whole answer, and the same is reported',
    async (_name, pieces) => {
      const events = callIn(pieces)
      const { written, losses } = stream(events)
      const expected = whole(events)

      expect(await heard(written)).toEqual(expected.content)
      expect(losses).toEqual(expected.losses)
    },
  )

  it('the client hears of the call before its arguments are whole', () => {
    const writer = writeEvents(asked, () => {})
    const begun = callIn(['[1']).slice(0, 3)
    expect(begun.flatMap((event) => [...writer.push(event)]).map(({ event }) => event)).toEqual([
      'message_start',
      'content_block_start',
    ])
  })

  it('an object that proves to be none is reported, as what was written cannot be taken back', () => {
    const { written, losses } = stream(callIn(['{"a":1}', ', {"b":2}']))
    expect(losses).toEqual([{ path: 'parts[0].input', why: expect.stringContaining('not a JSON object') }])
    expect(JSON.stringify(written)).toContain(JSON.stringify(', {"b":2}').slice(1, -1))
  })

  it('arguments that the limit of the answer cut are no loss of a stream: the API itself ends so', () => {
    expect(stream(callIn(['{"a":'], 'length')).losses).toEqual([])
  })
})
