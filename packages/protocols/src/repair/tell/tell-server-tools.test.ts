import { describe, expect, test } from 'vitest'
import { chat } from '../../chat/index.ts'
import type { JsonObject } from '../../core/json.ts'
import type { Loss } from '../../core/loss.ts'
import type { Protocol } from '../../core/protocol.ts'
import { plainTraits } from '../../core/traits.ts'
import { messages } from '../../messages/index.ts'
import { responses } from '../../responses/index.ts'
import { translate } from '../../translate.ts'

function send(from: Protocol, to: Protocol, body: JsonObject): { body: JsonObject; losses: Loss[] } {
  const losses: Loss[] = []
  const crossing = translate({
    from,
    to,
    body,
    model: 'm',
    issuer: 'i',
    traits: plainTraits,
    lose: (loss) => void losses.push(loss),
  })
  return { body: crossing.body, losses }
}

const searched: JsonObject = {
  model: 'm',
  max_tokens: 100,
  messages: [
    { role: 'user', content: 'Cats?' },
    {
      role: 'assistant',
      content: [
        { type: 'server_tool_use', id: 'srvtoolu_1', name: 'web_search', input: { query: 'cats' } },
        {
          type: 'web_search_tool_result',
          tool_use_id: 'srvtoolu_1',
          content: [
            {
              type: 'web_search_result',
              url: 'https://a.test',
              title: 'All cats',
              encrypted_content: 'x9',
              page_age: null,
            },
          ],
        },
        { type: 'text', text: 'Many.' },
      ],
    },
    {
      role: 'user',
      content: [
        {
          type: 'search_result',
          source: 'https://b.test',
          title: 'Dogs',
          content: [{ type: 'text', text: 'A dog barks.' }],
        },
        { type: 'container_upload', file_id: 'file_7' },
        { type: 'text', text: 'And dogs?' },
      ],
    },
  ],
}

const texts = [
  '[web_search: query: cats]',
  '[web_search_tool_result: https://a.test\nAll cats]',
  'Many.',
  '[search_result: https://b.test\nDogs\nA dog barks.]',
  '[container_upload: file_7]',
  'And dogs?',
]

describe('what a provider’s own tools did', () => {
  test.each([chat, responses])('in Messages is told in brackets to $id', (to) => {
    const { body, losses } = send(messages, to, searched)
    const said = JSON.stringify(body)
    const places = texts.map((text) => said.indexOf(JSON.stringify(text).slice(1, -1)))
    expect(
      places.every((place, index) => place > (places[index - 1] ?? -1)),
      said,
    ).toBe(true)
    expect(said).not.toMatch(/x9|srvtoolu/)
    expect(losses.filter((loss) => /in brackets/.test(loss.why))).toHaveLength(4)
  })

  test('stays as it is for Messages', () => {
    expect(JSON.stringify(send(messages, messages, searched).body['messages'])).toBe(
      JSON.stringify(searched['messages']),
    )
  })

  test('inside the result of another tool is told there', () => {
    const { body } = send(messages, chat, {
      ...searched,
      messages: [
        { role: 'user', content: 'Look.' },
        { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'look', input: {} }] },
        {
          role: 'user',
          content: [
            {
              type: 'tool_result',
              tool_use_id: 't1',
              content: [{ type: 'search_result', source: 's', title: 'T', content: [{ type: 'text', text: 'w' }] }],
            },
          ],
        },
      ],
    })
    expect(body['messages']).toMatchObject([{}, {}, { role: 'tool', content: '[search_result: s\nT\nw]' }])
  })

  test.each([chat, messages])('in Responses is told to $id, without ids', (to) => {
    const { body } = send(responses, to, {
      model: 'm',
      input: [
        { role: 'user', content: 'Add.' },
        { type: 'web_search_call', id: 'ws_1', status: 'completed', action: { type: 'search', query: 'sums' } },
        {
          type: 'code_interpreter_call',
          id: 'ci_1',
          code: 'print(2)',
          container_id: 'c',
          outputs: [{ type: 'logs', logs: '2' }],
        },
        { type: 'image_generation_call', id: 'ig_1', status: 'completed', result: 'AAAA' },
        { type: 'item_reference', id: 'ref_1' },
        { role: 'user', content: 'And now?' },
      ],
    })
    const said = JSON.stringify(body)
    expect(said).toContain('[web_search_call: query: sums]')
    expect(said).toContain('[code_interpreter_call: print(2)\\n2]')
    expect(said).not.toMatch(/ref_1|ci_1/)
  })
})

describe('what a computer showed', () => {
  const call = { type: 'computer_call', id: 'cu_1', call_id: 'c1', action: { type: 'wait' }, status: 'completed' }
  const shot = (image_url: string): JsonObject => ({
    type: 'computer_call_output',
    call_id: 'c1',
    output: { type: 'computer_screenshot', image_url },
  })

  test.each([
    [chat, { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA' } }],
    [messages, { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'AAAA' } }],
  ])('is an image, not its bytes in words', (to, image) => {
    const input = [{ role: 'user', content: 'Look' }, call, shot('data:image/png;base64,AAAA')]
    const { body } = send(responses, to, { model: 'm', input })
    const said = JSON.stringify(body['messages'])
    expect(said).toContain(JSON.stringify(image))
    expect(said.split('AAAA')).toHaveLength(2)
  })
})

describe('a program of the model', () => {
  test('is told with its output', () => {
    const program = { type: 'program', id: 'p1', call_id: 'c1', code: 'count()', fingerprint: 'f00' }
    const output = { type: 'program_output', id: 'o1', call_id: 'c1', result: '42', status: 'completed' }
    const { body } = send(responses, chat, { model: 'm', input: [program, output, { role: 'user', content: 'So?' }] })
    const said = JSON.stringify(body['messages'])
    expect(said).toContain('[program: count()]')
    expect(said).toContain('[program_output: 42]')
    expect(said).not.toContain('f00')
  })
})

describe('what a tool tells unasked', () => {
  const told = { type: 'function_call_output', name: 'alarm', output: 'It rings.' }
  const body = { model: 'm', input: [told, { role: 'user', content: 'So?' }] }

  test('is told with the name of the tool', () => {
    expect(JSON.stringify(send(responses, chat, body).body['messages'])).toContain('[alarm: It rings.]')
  })

  test('stays an item in its own protocol', () => {
    expect(send(responses, responses, body).body['input']).toMatchObject([told, { role: 'user' }])
  })
})

test('what a program of Anthropic’s ended with is told in words', () => {
  const result = { type: 'bash_code_execution_result', stdout: 'out', stderr: '', return_code: 3, content: [] }
  const content = [
    { type: 'server_tool_use', id: 's1', name: 'bash_code_execution', input: { command: 'ls' } },
    { type: 'bash_code_execution_tool_result', tool_use_id: 's1', content: result },
  ]
  const turns = [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content },
    { role: 'user', content: 'So?' },
  ]
  const { body } = send(messages, chat, { model: 'm', max_tokens: 9, messages: turns })
  expect(JSON.stringify(body['messages'])).toContain('return_code: 3')
})
