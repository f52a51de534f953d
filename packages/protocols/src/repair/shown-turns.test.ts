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
    expect(losses).toHaveLength(1)
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
    const [, losses] = shown([user('one'), { role: 'system', content: 'note', timing: { at: 1 } }])
    expect(losses).toEqual([{ path: 'turns[1].timing', why: 'only Messages has settings of a turn' }])
  })

  it('states the effort of the turn that it stands in', () => {
    const state = (effort: string): JsonObject => ({ role: 'system', content: [], output_config: { effort } })
    const call = { role: 'assistant', content: [{ type: 'tool_use', id: 'c', name: 'f', input: {} }] }
    const result = { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c', content: 'r' }] }
    const effortOf = (conversation: readonly JsonObject[]): string | undefined => {
      const prompt = messages.readRequest({ model: 'm', messages: conversation, output_config: { effort: 'high' } })
      return onlyShown(prompt, 'chat', () => expect.unreachable()).reasoning?.effort
    }
    expect(effortOf([user('one'), state('low')])).toBe('low')
    expect(effortOf([user('one'), state('low'), call, result])).toBe('low')
    expect(effortOf([user('one'), state('low'), call, result, state('max')])).toBe('max')
    expect(effortOf([user('one'), state('low'), { role: 'assistant', content: 'two' }, user('three')])).toBe('high')
  })
})

describe('tools that system turns change', () => {
  const tool = (name: string): JsonObject => ({ name, description: `Does ${name}.`, input_schema: { type: 'object' } })
  const change = (type: string, value: JsonObject): JsonObject => ({ type, tool: value })
  const reference = (name: string): JsonObject => ({ type: 'tool_reference', name })

  function offered(...content: readonly JsonObject[]): [readonly unknown[], readonly Turn[], readonly Loss[]] {
    const losses: Loss[] = []
    const prompt = messages.readRequest({
      model: 'm',
      tools: [tool('a'), tool('b')],
      messages: [user('one'), { role: 'system', content }, user('two')],
    })
    const { tools, turns } = onlyShown(prompt, 'chat', (loss) => losses.push(loss))
    return [tools.map((one) => 'name' in one && one.name), turns, losses]
  }

  it('are offered when they are defined on the way', () => {
    const definition = { ...tool('c'), type: 'custom', strict: true, defer_loading: true }
    const [names, turns, losses] = offered(change('tool_addition', { type: 'tool_definition', definition }))
    expect([names, said(turns)]).toEqual([
      ['a', 'b', 'c'],
      ['user: one', 'user: two'],
    ])
    expect(losses.map((loss) => loss.path)).toEqual(['tools'])
  })

  it('are not offered when they were withdrawn, until they are added again', () => {
    const away = change('tool_removal', reference('a'))
    expect(offered(away)[0]).toEqual(['b'])
    expect(offered(away, change('tool_addition', reference('a')))[0]).toEqual(['b', 'a'])
    expect(offered(change('tool_addition', reference('b')), { type: 'text', text: 'note' })).toMatchObject([
      ['a', 'b'],
      [{}, { parts: [{ text: 'note' }] }, {}],
      [{ path: 'tools' }],
    ])
  })

  it('are reported where nobody here knows them', () => {
    const [names, , losses] = offered(change('tool_addition', { type: 'mcp_toolset_reference', server_name: 's' }))
    expect(names).toEqual(['a', 'b'])
    expect(losses).toContainEqual({ path: 'turns[1]', why: 'only Messages changes tools by mcp_toolset_reference' })
  })
})

it('leaves every other prompt as it is, and all of it for a Messages server', () => {
  const plain: Prompt = messages.readRequest({ model: 'm', max_tokens: 9, messages: [user('one')] })
  expect(onlyShown(plain, 'chat', () => {})).toBe(plain)
  const compacted = messages.readRequest({ model: 'm', messages: [{ role: 'assistant', content: [compaction('s')] }] })
  expect(onlyShown(compacted, 'messages', () => {})).toBe(compacted)
})
