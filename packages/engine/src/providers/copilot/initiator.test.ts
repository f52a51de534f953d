import type { JsonObject, ProtocolId } from '@crossfeed/protocols'
import { describe, expect, it } from 'vitest'
import type { ClientHeaders } from '../provider.ts'
import { initiatorOf } from './initiator.ts'

const user = (content: JsonObject['content']): JsonObject => ({ role: 'user', content })
const assistant = { role: 'assistant', content: 'Hi' }
const reminder = '<system-reminder>\nBe careful\n</system-reminder>'
const text = (words: string): JsonObject => ({ type: 'text', text: words })
const result = { type: 'tool_result', tool_use_id: 't', content: 'r' }
const loaded = { type: 'tool_result', tool_use_id: 't', content: [{ type: 'tool_reference', tool_name: 'f' }] }
const compaction = 'Your task is to create a detailed summary of the conversation so far, paying attention to…'
const image = { type: 'image_url', image_url: { url: 'data:image/png;base64,AA' } }

type Case = readonly [what: string, list: JsonObject['messages'], expected: 'user' | 'agent']

const chat: readonly Case[] = [
  ['a first prompt', [{ role: 'system', content: 's' }, user('Hello')], 'user'],
  ['a later prompt', [user('Hello'), assistant, user('More')], 'user'],
  ['a prompt with a reminder after it', [user('Hello'), { role: 'system', content: 's' }], 'user'],
  ['a tool result', [user('Hello'), assistant, { role: 'tool', tool_call_id: 'c', content: 'r' }], 'agent'],
  ['an assistant last', [user('Hello'), assistant], 'agent'],
  ['a prompt after a tool result', [user('a'), { role: 'tool', content: 'r' }, user('b')], 'user'],
  ['an image that a tool returned', [user('a'), { role: 'tool', content: 'r' }, user([image])], 'agent'],
  [
    'the same with its label',
    [user('a'), { role: 'tool' }, user([text('Attached image(s) from tool result:'), image])],
    'agent',
  ],
  ['an image with a question', [user('a'), { role: 'tool' }, user([text('What is it?'), image])], 'user'],
  ['an image of the person', [user([image])], 'user'],
  ['compaction', [user('a'), assistant, user(compaction)], 'agent'],
  [
    'compaction named by the system text',
    [{ role: 'system', content: 'You are a helpful AI assistant tasked with summarizing conversations.' }, user('a')],
    'agent',
  ],
  ['nothing at all', [], 'agent'],
]

const messages: readonly Case[] = [
  ['a first prompt', [user('Hello')], 'user'],
  ['a first prompt beside reminders', [user([text(reminder), text('Hello')])], 'user'],
  ['a first turn of reminders only', [user([text(reminder)])], 'user'],
  ['a system turn at the end', [user('Hello'), { role: 'system', content: 's' }], 'user'],
  ['a tool result', [user('a'), assistant, user([result])], 'agent'],
  ['a tool result and a reminder', [user('a'), assistant, user([result, text(reminder)])], 'agent'],
  ['a loaded tool', [user('a'), assistant, user([loaded, text('Tool loaded.')])], 'agent'],
  ['a tool result and a person’s words', [user('a'), assistant, user([result, text('Stop')])], 'user'],
  ['a tool result and words with a reminder', [user('a'), assistant, user([result, text(`${reminder}Stop`)])], 'user'],
  ['an unclosed reminder tag', [user('a'), assistant, user([result, text('<system-reminder> what is this?')])], 'user'],
  ['reminders only, later', [user('a'), assistant, user(reminder)], 'agent'],
  ['compaction behind a reminder', [user('a'), assistant, user([text(reminder), text(compaction)])], 'agent'],
  ['a person who quotes compaction far down', [user(`${'word '.repeat(200)}${compaction}`)], 'user'],
]

const responses: readonly Case[] = [
  ['a text', 'Hello', 'user'],
  [
    'a message of the user',
    [
      { role: 'developer', content: 'd' },
      { type: 'message', ...user([{ type: 'input_text', text: 'a' }]) },
    ],
    'user',
  ],
  [
    'a function output',
    [user('a'), { type: 'function_call', call_id: 'c' }, { type: 'function_call_output', call_id: 'c' }],
    'agent',
  ],
  ['a custom tool output', [user('a'), { type: 'custom_tool_call_output', call_id: 'c', output: 'r' }], 'agent'],
  ['a user after an output', [user('a'), { type: 'function_call_output' }, user('b')], 'user'],
  [
    'a tool’s image after an output',
    [user('a'), { type: 'function_call_output' }, user([{ type: 'input_image' }])],
    'agent',
  ],
  ['reasoning last', [user('a'), { type: 'reasoning', summary: [] }], 'agent'],
  ['a compaction trigger', [user('a'), { type: 'compaction_trigger' }], 'agent'],
  [
    'compaction',
    [user([{ type: 'input_text', text: 'You are performing a CONTEXT CHECKPOINT COMPACTION.' }])],
    'agent',
  ],
  ['tools before the prompt', [{ type: 'additional_tools', tools: [] }, user('a')], 'user'],
]

function initiator(
  protocol: ProtocolId,
  list: JsonObject['messages'],
  headers: ClientHeaders = {},
  rule: 'lastItem' | 'anyAssistant' = 'lastItem',
): string {
  return initiatorOf(protocol, { [protocol === 'responses' ? 'input' : 'messages']: list }, headers, rule).initiator
}

describe('who caused a call', () => {
  it.each(chat)('chat: %s', (_what, list, expected) => expect(initiator('chat', list)).toBe(expected))
  it.each(messages)('messages: %s', (_what, list, expected) => expect(initiator('messages', list)).toBe(expected))
  it.each(responses)('responses: %s', (_what, list, expected) => expect(initiator('responses', list)).toBe(expected))

  it.each([
    ['a sub-agent of Claude Code', { 'x-claude-code-agent-id': 'a1' }, 'subagent-header'],
    ['a sub-agent of Codex', { 'x-openai-subagent': 'review' }, 'subagent-header'],
    ['a client that says so', { 'x-initiator': 'agent' }, 'client-header'],
  ])('%s is believed', (_what, headers, why) => {
    expect(initiatorOf('chat', { messages: [user('a')] }, headers, 'lastItem')).toEqual({ initiator: 'agent', why })
  })

  it('a client that says user is believed when the last item agrees', () => {
    const headers = { 'x-initiator': 'user' }
    expect(initiator('chat', [user('a')], headers)).toBe('user')
    expect(initiator('chat', [user('a'), assistant], headers)).toBe('agent')
  })

  const facts = '{"session_id":"s","agent_id":"a","agent_type":"t"}'
  it.each([
    [
      'a whole marker',
      [user([text(`<system-reminder>__SUBAGENT_MARKER__${facts}</system-reminder>`), text('Go')])],
      'agent',
    ],
    ['a broken marker', [user(`<system-reminder>__SUBAGENT_MARKER__{"session_id":</system-reminder>Go`)], 'user'],
    [
      'a marker that lacks a fact',
      [user(`<system-reminder>__SUBAGENT_MARKER__{"agent_id":"a"}</system-reminder>Go`)],
      'user',
    ],
    ['a marker outside a reminder', [user(`__SUBAGENT_MARKER__${facts}`)], 'user'],
    [
      'a late marker',
      [user('Go'), assistant, user(`<system-reminder>__SUBAGENT_MARKER__${facts}</system-reminder>Go`)],
      'user',
    ],
  ])('%s', (_what, list, expected) => {
    expect(initiator('messages', list)).toBe(expected)
    expect(initiator('chat', list)).toBe(expected)
  })

  it('counts any assistant turn by the older rule', () => {
    const list = [user('a'), assistant, user('b')]
    expect(initiator('chat', list, {}, 'anyAssistant')).toBe('agent')
    expect(initiator('chat', [user('a')], {}, 'anyAssistant')).toBe('user')
  })
})
