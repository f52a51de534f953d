import { describe, expect, test } from 'vitest'
import type { Conversation } from './conversation.ts'
import { readModel } from '../copilot/catalog.ts'
import { exampleOf } from './example-document.ts'
import { speak } from './speak.ts'

const tools = [
  { name: 'Read', schema: { type: 'object', properties: { file_path: { type: 'string' } }, required: ['file_path'] } },
  { name: 'Bash', schema: { type: 'object', properties: { command: { type: 'string' } }, required: ['command'] } },
  { name: 'patch', schema: {}, custom: true },
]
const base: Conversation = {
  face: 'chat',
  model: readModel({ id: 'm' }),
  stream: false,
  question: 'hello',
  attachments: [],
  results: [],
  tools,
  choice: 'auto',
  single: false,
  stop: [],
  thinking: 'off',
  logprobs: false,
  segments: [],
}
const say = (more: Partial<Conversation>): unknown[] =>
  speak({ ...base, ...more }).parts.map((part) => {
    if (part.type === 'tool-call') return [part.name, part.arguments]
    return 'text' in part ? part.text : part.type
  })

describe('the stand-in model', () => {
  test.each([
    ['echoes', {}, ['You said: hello']],
    [
      'thinks first',
      { thinking: 'shown' as const },
      [expect.stringContaining('The request is: hello'), 'You said: hello'],
    ],
    ['reads a file', { question: 'Read the file src/a.ts and then say it' }, [['Read', '{"file_path":"src/a.ts"}']]],
    [
      'reads a file at the end of a sentence',
      { question: 'please read the file a.txt.' },
      [['Read', '{"file_path":"a.txt"}']],
    ],
    ['runs a command', { question: 'run `ls -l`' }, [['Bash', '{"command":"ls -l"}']]],
    [
      'calls what is named, with what is given',
      { question: 'call tools Read with {"file_path":"{}"} and Bash with {"command":"x"}, please' },
      [
        ['Read', '{"file_path":"{}"}'],
        ['Bash', '{"command":"x"}'],
      ],
    ],
    [
      'calls one tool when only one is wanted',
      { question: 'use tools Read and Bash', single: true },
      [['Read', '{"file_path":"example"}']],
    ],
    ['gives free text to a custom tool', { question: 'call tool patch' }, [['patch', 'call tool patch']]],
    ['calls no tool that is not declared', { question: 'call tool other' }, ['You said: call tool other']],
    ['calls the tool that is forced', { choice: { name: 'Bash' } }, [['Bash', '{"command":"example"}']]],
    ['calls some tool when it must', { choice: 'required' as const }, [['Read', '{"file_path":"example"}']]],
    [
      'calls none when it may not',
      { choice: 'none' as const, question: 'call tool Bash' },
      ['You said: call tool Bash'],
    ],
    [
      'answers with results, so that loops end',
      { question: 'call tool Bash', results: [{ name: 'Bash', text: 'ok\n' }] },
      ['The tool Bash answered: ok'],
    ],
    [
      'describes what it sees',
      { attachments: [{ mediaType: 'image/png', bytes: 8 }] },
      ['I see image/png of 8 bytes. You said: hello'],
    ],
    [
      'follows a schema',
      { format: { type: 'object', properties: { n: { type: 'integer' } }, required: ['n'] } },
      ['{"n":0}'],
    ],
    ['stops at a stop sequence', { stop: ['ll'] }, ['You said: he']],
    ['stops at the limit', { maxTokens: 2 }, ['You said']],
  ])('%s', (_name, more, expected) => {
    expect(say(more)).toEqual(expected)
  })

  test('says why it stopped', () => {
    const finish = (more: Partial<Conversation>) => speak({ ...base, ...more }).finish
    expect([finish({}), finish({ maxTokens: 1 }), finish({ stop: ['You'] }), finish({ choice: 'required' })]).toEqual([
      'stop',
      'length',
      'stop-sequence',
      'tool-calls',
    ])
  })
})

test('an example follows references, unions, enums and bounds', () => {
  const schema = {
    $defs: { kind: { enum: ['a', 'b'] } },
    type: 'object',
    properties: {
      kind: { $ref: '#/$defs/kind' },
      list: { type: 'array', minItems: 2, items: { anyOf: [{ type: 'number', minimum: 5 }, { type: 'null' }] } },
      word: { type: ['string', 'null'], maxLength: 3 },
      optional: { type: 'string' },
    },
    required: ['kind', 'list', 'word'],
  }
  expect(exampleOf(schema, schema)).toEqual({ kind: 'a', list: [5, 5], word: 'exa' })
})
