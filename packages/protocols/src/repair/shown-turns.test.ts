import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../core/json.ts'
import type { Loss } from '../core/loss.ts'
import type { Prompt, Turn } from '../core/prompt.ts'
import { messages } from '../messages/index.ts'
import { onlyShown } from './shown-turns.ts'

function shown(conversation: readonly JsonObject[], more: JsonObject = {}): [readonly Turn[], readonly Loss[]] {
  const losses: Loss[] = []
  const prompt = messages.readRequest({ model: 'm', max_tokens: 9, messages: conversation, ...more })
  return [onlyShown(prompt, 'chat', (loss) => losses.push(loss)).turns, losses]
}

const said = (turns: readonly Turn[]): readonly string[] =>
  turns.map(({ role, parts }) => `${role}: ${parts.map((part) => ('text' in part ? part.text : part.kind)).join('|')}`)

const user = (content: string): JsonObject => ({ role: 'user', content })
const compaction = (content: string | null): JsonObject => ({ type: 'compaction', content, encrypted_content: 'E' })

describe('a compacted history', () => {
  it('is its summary, as the server shows it: what came before is gone, but for the system text', () => {
    const [turns, losses] = shown(
      [
        user('one'),
        {
          role: 'assistant',
          content: [
            { type: 'text', text: 'two' },
            compaction('first'),
            compaction('so far'),
            { type: 'text', text: 'three' },
          ],
        },
        user('four'),
      ],
      { system: 'rules' },
    )
    expect(said(turns)).toEqual(['system: rules', 'user: so far', 'assistant: three', 'user: four'])
    expect(losses).toEqual([])
  })

  it('is whole where the compaction failed', () => {
    const [turns] = shown([
      user('one'),
      { role: 'assistant', content: [compaction(null), { type: 'text', text: 'two' }] },
      user('three'),
    ])
    expect(said(turns)).toEqual(['user: one', 'assistant: two', 'user: three'])
  })
})

describe('a system turn', () => {
  it('is gone when its time is over', () => {
    const note = { role: 'system', content: 'note', clear_at: 'next_user_message' }
    expect(said(shown([user('one'), note, { role: 'assistant', content: 'two' }, user('three')])[0])).toEqual([
      'user: one',
      'assistant: two',
      'user: three',
    ])
    expect(said(shown([user('one'), note])[0])).toEqual(['user: one', 'system: note'])
    expect(said(shown([user('one'), { ...note, clear_at: 'never' }, user('two')])[0])).toHaveLength(3)
  })

  it('loses settings of its own, and says so', () => {
    const [, losses] = shown([user('one'), { role: 'system', content: 'note', output_config: { effort: 'low' } }])
    expect(losses).toEqual([{ path: 'turns[1].output_config', why: 'only Messages has settings of a turn' }])
  })
})

it('leaves every other prompt as it is, and all of it for a Messages server', () => {
  const plain: Prompt = messages.readRequest({ model: 'm', max_tokens: 9, messages: [user('one')] })
  expect(onlyShown(plain, 'chat', () => {})).toBe(plain)
  const compacted = messages.readRequest({ model: 'm', messages: [{ role: 'assistant', content: [compaction('s')] }] })
  expect(onlyShown(compacted, 'messages', () => {})).toBe(compacted)
})
