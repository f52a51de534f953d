import { expect, it } from 'vitest'
import { chat } from '../chat/index.ts'
import { send } from '../crossing/crossed-requests.test-support.ts'
import { messages } from '../messages/index.ts'
import { responses } from '../responses/index.ts'

const input_examples = [{ city: 'Rome' }, { city: 'Bern', unit: 'c' }]
const bare = { name: 'weather', input_schema: { type: 'object' } }

function ask(...tools: object[]) {
  return { model: 'm', max_tokens: 99, messages: [{ role: 'user', content: 'Hi' }], tools: tools as (typeof bare)[] }
}

it('examples of a tool’s input are told with the tool', () => {
  const told = 'Examples of its input:\n{"city":"Rome"}\n{"city":"Bern","unit":"c"}'
  const asked = ask({ ...bare, description: 'Tells it.', input_examples }, { ...bare, name: 'other', input_examples })
  const [body, losses] = send(messages, responses, asked)
  expect(body['tools']).toMatchObject([{ description: `Tells it.\n\n${told}` }, { description: told }])
  expect(losses).toEqual([])
  expect(send(messages, chat, asked)[0]['tools']).toMatchObject([
    { function: { description: `Tells it.\n\n${told}` } },
    { function: { description: told } },
  ])
})

it('examples of a tool of the client’s that Anthropic’s models know are told too', () => {
  const [body] = send(messages, chat, ask({ type: 'bash_20250124', name: 'bash', input_examples: [{ command: 'ls' }] }))
  expect(JSON.stringify(body['tools'])).toContain(String.raw`Examples of its input:\n{\"command\":\"ls\"}`)
})

it('examples of a tool’s input stay where they are in Messages', () => {
  const asked = ask({ ...bare, input_examples })
  expect(send(messages, messages, asked)[0]['tools']).toEqual(asked.tools)
})
