import { describe, expect, it } from 'vitest'
import { chat } from '../chat/index.ts'
import type { JsonObject } from '../core/json.ts'
import type { WireEvent } from '../core/protocol.ts'
import { plainTraits } from '../core/traits.ts'
import { messages } from '../messages/index.ts'
import { chain, translate, type Crossing } from '../translate.ts'

const body = { model: 'm', max_tokens: 9, messages: [{ role: 'user', content: 'Hi' }] }

/** A crossing to a server whose answers may hold thoughts, and what it hears of them. */
function cross(thinkTags: true | 'opened'): { readonly crossing: Crossing; readonly heard: boolean[] } {
  const heard: boolean[] = []
  const crossing = translate({
    from: messages,
    to: chat,
    body,
    model: 'm',
    issuer: 'i',
    traits: { ...plainTraits, thinkTags },
    lose: () => {},
    hearThoughts: (areOpen) => void heard.push(areOpen),
  })
  return { crossing, heard }
}

type Read = readonly [blocks: readonly JsonObject[], heard: readonly boolean[]]

function whole(content: string, thinkTags: true | 'opened' = true, finish = 'stop'): Read {
  const { crossing, heard } = cross(thinkTags)
  const choice = { message: { role: 'assistant', content }, finish_reason: finish }
  const { parts } = crossing.readReply({ id: 'x', model: 'm', choices: [choice] })
  return [parts.map(textOf), heard]
}

/** What a client of Messages makes of a stream of these pieces, with a call behind them where one is said. */
function streamed(pieces: readonly string[], thinkTags: true | 'opened', finish = 'stop'): Read {
  const { crossing, heard } = cross(thinkTags)
  const asked = { prompt: crossing.prompt, now: 0, newId: () => 'id' }
  const machine = chain(
    crossing.readEvents(),
    messages.writeEvents(asked, () => {}),
  )
  const chunk = (delta: JsonObject, ending: string | null = null): WireEvent => ({
    data: { id: 'x', model: 'm', choices: [{ index: 0, delta, finish_reason: ending }] },
  })
  const call = { index: 0, id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }
  const calls = finish === 'tool_calls' ? [chunk({ tool_calls: [call] })] : []
  const events = [
    ...pieces.map((content) => chunk({ content })),
    ...calls,
    chunk({}, finish),
    { data: '[DONE]' } as const,
  ]
  const written = [...events.flatMap((event) => machine.push(event)), ...machine.end()]
  const again = messages.readEvents('i')
  const replies = [...written.flatMap((event) => again.push(event)), ...again.end()]
  return [replies.flatMap((event) => (event.type === 'part-end' ? [textOf(event.part)] : [])), heard]
}

function textOf(part: { readonly kind: string }): JsonObject {
  if ('text' in part) return { [part.kind]: String(part.text) }
  return { [part.kind]: 'name' in part ? String(part.name) : '' }
}

const parted = [{ reasoning: 'Hm, so be it.' }, { text: 'Yes.' }]

describe('thoughts that only end, since the model’s template has begun them', () => {
  it.each(['Hm, so be it.\n</think>\n\nYes.', '\nHm, so be it.</think>Yes.', 'Hm, so be it.</think>\nYes.'])(
    'are reasoning in a whole answer: %j',
    (text) => {
      expect(whole(text)).toEqual([parted, [true]])
      expect(whole(text, 'opened')[0]).toEqual(parted)
    },
  )

  it('are reasoning before a call, without a word between', () => {
    const { crossing } = cross(true)
    const call = { id: 'c1', type: 'function', function: { name: 'f', arguments: '{}' } }
    const message = { role: 'assistant', content: 'Hm, so be it.\n</think>\n', tool_calls: [call] }
    const { parts } = crossing.readReply({ id: 'x', model: 'm', choices: [{ message, finish_reason: 'tool_calls' }] })
    expect(parts.map(textOf)).toEqual([{ reasoning: 'Hm, so be it.' }, { 'tool-call': 'f' }])
  })

  it('are reasoning in a stream of which it is known, however it is cut', () => {
    const text = '\nHm, so be it.\n</think>\n\nYes.'
    for (let size = 1; size <= text.length; size++) {
      const pieces = text.match(new RegExp(`.{1,${size}}`, 'gs')) ?? []
      expect(streamed(pieces, 'opened'), `pieces of ${size}`).toEqual([parted, []])
    }
  })

  it('stay words in the first stream that has them, which tells of them', () => {
    const pieces = ['Hm, so ', 'be it.\n</th', 'ink>\n\nYes.']
    expect(streamed(pieces, true)).toEqual([[{ text: pieces.join('') }], [true]])
  })

  it('come as they are thought', () => {
    const machine = cross('opened').crossing.readEvents()
    const events = machine.push({ data: { id: 'x', choices: [{ index: 0, delta: { content: 'Hm' } }] } })
    expect(events.slice(-2)).toMatchObject([{ part: { kind: 'reasoning' } }, { text: 'Hm' }])
  })

  it('are all that there is where the answer was cut within them', () => {
    expect(streamed(['Hm, so'], 'opened', 'length')).toEqual([[{ reasoning: 'Hm, so' }], []])
    expect(whole('Hm, so', 'opened', 'length')).toEqual([[{ reasoning: 'Hm, so' }], []])
  })

  it('may be begun by the model after all', () => {
    expect(streamed(['<thi', 'nk>Hm, so be it.</think>Yes.'], 'opened')).toEqual([parted, []])
  })
})

describe('an answer that was taken for thoughts', () => {
  it('is said after all, and nothing more is expected', () => {
    expect(streamed(['Yes', '.'], 'opened')).toEqual([[{ reasoning: 'Yes.' }, { text: 'Yes.' }], [false]])
    expect(whole('Yes.', 'opened')).toEqual([[{ text: 'Yes.' }], [false]])
  })

  it('is said before the calls that follow it', () => {
    expect(streamed(['Let me see.'], 'opened', 'tool_calls')).toEqual([
      [{ reasoning: 'Let me see.' }, { text: 'Let me see.' }, { 'tool-call': 'f' }],
      [false],
    ])
  })
})

describe('an answer that speaks of the closing tag', () => {
  it.each([
    'It ends with `</think>`, mostly.',
    'Write </think> there.',
    'Write:\n<think>\nHm\n</think>\nSo.',
    'Its end is </think>',
  ])('stays words: %j', (text) => {
    expect(whole(text)).toEqual([[{ text }], []])
    expect(streamed([text], true)).toEqual([[{ text }], []])
  })
})
