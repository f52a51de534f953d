import { describe, expect, it } from 'vitest'
import type { ReplyEvent } from '../core/events.ts'
import type { Loss } from '../core/loss.ts'
import type { Part } from '../core/part.ts'
import { noUsage } from '../core/usage.ts'
import { holdLateSeals } from './late-seals.ts'

const seal = { issuer: 'i', protocol: 'chat', data: 'sealed' } as const
const thought: Part = { kind: 'reasoning', form: 'full', text: '', seal }
const text: Part = { kind: 'text', text: 'Good day.' }
const call: Part = { kind: 'tool-call', form: 'json', id: 'c', name: 'look', input: '{}' }
const item: Part = { kind: 'native', protocol: 'responses', value: { type: 'shell_call', call_id: 'c' } }
const picture: Part = { kind: 'native', protocol: 'responses', value: { type: 'image_generation_call' } }
const end: ReplyEvent = { type: 'end', finish: 'stop', usage: noUsage }
const said = (index: number, part: Part): ReplyEvent[] => [
  { type: 'part-start', index, part },
  { type: 'part-end', index, part },
]

function run(events: readonly ReplyEvent[]): { told: readonly ReplyEvent[]; losses: readonly Loss[] } {
  const losses: Loss[] = []
  const machine = holdLateSeals((loss) => losses.push(loss))
  return { told: [...events.flatMap((event) => machine.push(event)), ...machine.end()], losses }
}

describe('a seal without words', () => {
  it('is left out behind the last word, and the loss is named', () => {
    const { told, losses } = run([...said(0, text), ...said(1, thought), end])
    expect(told).toEqual([...said(0, text), end])
    expect(losses).toMatchObject([{ path: 'parts[1]' }])
  })

  it('is left out behind a picture too', () => {
    const { told } = run([...said(0, text), ...said(1, picture), ...said(2, thought), end])
    expect(told).toEqual([...said(0, text), ...said(1, picture), end])
  })

  it('is left out with others that follow it', () => {
    const { told, losses } = run([...said(0, text), ...said(1, thought), ...said(2, thought), end])
    expect(told).toEqual([...said(0, text), end])
    expect(losses).toMatchObject([{ path: 'parts[1]' }, { path: 'parts[2]' }])
  })

  it.each([
    ['before the first word', [...said(0, thought), ...said(1, text), end]],
    ['before a call', [...said(0, text), ...said(1, thought), ...said(2, call), end]],
    ['after a call', [...said(0, text), ...said(1, call), ...said(2, thought), end]],
    ['after a call that is an item of its own', [...said(0, text), ...said(1, item), ...said(2, thought), end]],
    ['between words', [...said(0, text), ...said(1, thought), ...said(2, text), end]],
  ])('keeps its place %s', (_where, events) => {
    expect(run(events)).toEqual({ told: events, losses: [] })
  })
})

it('reasoning with words goes on behind an answer', () => {
  const bare: Part = { kind: 'reasoning', form: 'full', text: '' }
  const start: ReplyEvent = { type: 'part-start', index: 1, part: bare }
  const delta: ReplyEvent = { type: 'part-delta', index: 1, text: 'Hm' }
  const stop: ReplyEvent = { type: 'part-end', index: 1, part: { ...bare, text: 'Hm' } }
  for (const thinking of [[delta, stop], [stop]]) {
    const events = [...said(0, text), start, ...thinking, end]
    expect(run(events)).toEqual({ told: events, losses: [] })
  }
})
