import { describe, expect, it } from 'vitest'
import { chat } from '../../chat/index.ts'
import { crossAnswer } from '../../crossing/crossed-answers.test-support.ts'
import { send } from '../../crossing/crossed-requests.test-support.ts'
import { asObject, asObjects, type JsonObject } from '../../core/json.ts'
import { messages } from '../../messages/index.ts'
import { responses } from '../../responses/index.ts'
import { expectValid, schema } from '../../crossing/schema.test-support.ts'

const validInput = schema('openai.responses.request')

describe('a tool that a client of Messages runs', () => {
  const tools = [
    { type: 'bash_20250124', name: 'bash', cache_control: { type: 'ephemeral' } },
    { type: 'text_editor_20250728', name: 'str_replace_based_edit_tool', max_characters: 900 },
    { type: 'text_editor_20250124', name: 'str_replace_editor' },
    { type: 'memory_20250818', name: 'memory' },
    { type: 'computer_20251124', name: 'computer', display_width_px: 800, display_height_px: 600, enable_zoom: true },
  ]
  const use = { type: 'tool_use', id: 'c1', name: 'bash', input: { command: 'ls' } }
  const asked = {
    model: 'm',
    max_tokens: 100,
    messages: [
      { role: 'user', content: 'Hi' },
      { role: 'assistant', content: [use] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'c1', content: 'a file' }] },
    ],
    tools,
    tool_choice: { type: 'tool', name: 'bash' },
  }
  const edits = 'command path view_range file_text old_str insert_line new_str'
  const members = [
    'command restart',
    `${edits} insert_text`,
    edits,
    `${edits} insert_text old_path new_path`,
    'action coordinate start_coordinate text scroll_direction scroll_amount duration region',
  ]

  it('is a function with the schema of its documents, by its own name', () => {
    for (const to of [chat, responses]) {
      const [body, losses] = send(messages, to, asked)
      const functions = asObjects(body['tools']).map((tool) => asObject(tool['function']) ?? tool)
      expect(functions.map((tool) => tool['name'])).toEqual(tools.map((tool) => tool.name))
      const properties = functions.map((tool) =>
        Object.keys(asObject(asObject(tool['parameters'])?.['properties']) ?? {}),
      )
      expect(properties.map((names) => names.join(' '))).toEqual(members)
      expect(JSON.stringify(functions)).toMatch(/900 characters.*800 × 600/)
      expect(losses).toEqual([])
      expect(JSON.stringify(body['tool_choice'])).toContain('"bash"')
      if (to === responses) expectValid(validInput, [body])
    }
  })

  it('keeps the breakpoint that stands on it', () => {
    const marked = { ...tools[0], cache_control: { type: 'ephemeral', ttl: '1h' } }
    const [body] = send(messages, chat, { ...asked, tools: [marked] })
    expect(asObjects(body['tools'])[0]?.['cache_control']).toEqual({ type: 'ephemeral', ttl: '1h' })
  })

  it('has what else is asked of it reported', () => {
    const deferred = [{ ...tools[0], defer_loading: true, strict: true }]
    const [, losses] = send(messages, chat, { ...asked, tools: deferred })
    expect(losses.map(({ path }) => path.replace('tools.', '')).toSorted()).toEqual(['defer_loading', 'strict'])
  })

  it('has it reported that a program has called it, and not the model', () => {
    const by = (caller: JsonObject): readonly string[] => {
      const turns = [asked.messages[0], { role: 'assistant', content: [{ ...use, caller }] }, asked.messages[2]]
      return send(messages, chat, { ...asked, messages: turns as JsonObject[] })[1].map(({ path }) => path) // objects all
    }
    expect(by({ type: 'direct' })).toEqual([])
    expect(by({ type: 'code_execution_20250825', tool_id: 'x' })).toEqual(['turns[1].caller'])
  })

  it('is called as it is by Messages', () => {
    const called = { type: 'function_call', call_id: 'c1', name: 'bash', arguments: '{"command":"ls"}' }
    const response = { id: 'resp_1', model: 'm', status: 'completed', output: [called] }
    const { answer } = crossAnswer('responses', 'messages', response, { tools })
    expect([answer['content'], answer['stop_reason']]).toEqual([[use], 'tool_use'])
  })

  it('stays what it is in its own protocol', () => {
    expect(send(messages, messages, asked)[0]['tools']).toEqual(tools)
  })
})
