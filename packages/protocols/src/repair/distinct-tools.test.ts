import { expect, it } from 'vitest'
import { chat } from '../chat/index.ts'
import { send } from '../crossing/crossed-requests.test-support.ts'
import type { JsonObject } from '../core/json.ts'
import { plainTraits } from '../core/traits.ts'
import { messages } from '../messages/index.ts'
import { responses } from '../responses/index.ts'
import { translate } from '../translate.ts'

function sent(tools: readonly JsonObject[], to: typeof messages | typeof responses = messages) {
  const lost: string[] = []
  const body = { model: 'm', messages: [{ role: 'user', content: 'Hi' }], tools }
  const lose = ({ path }: { path: string }): void => void lost.push(path)
  const crossing = translate({ from: chat, to, body, model: 'm', issuer: 'i', traits: plainTraits, lose })
  return { tools: crossing.body['tools'], lost }
}

const tool = (name: string, description = 'd'): JsonObject => ({
  type: 'function',
  function: { name, description, parameters: { type: 'object', properties: {} } },
})

it('a tool that is named twice goes to Messages once', () => {
  expect(sent([tool('a'), tool('b'), tool('a')])).toMatchObject({ tools: [{ name: 'a' }, { name: 'b' }], lost: [] })
})

it('another tool of a name is reported, the first one sent', () => {
  const { tools, lost } = sent([tool('a', 'one'), tool('a', 'two')])
  expect([tools, lost]).toMatchObject([[{ name: 'a', description: 'one' }], ['tools[1]']])
})

it('servers of Chat Completions get a tool of another client once: DeepSeek and Gemini refuse two of a name', () => {
  const own = { type: 'function', name: 'a', parameters: { type: 'object', properties: {} } }
  const [body, losses] = send(responses, chat, { model: 'm', input: 'Hi', tools: [own, own] })
  expect([body['tools'], losses]).toMatchObject([[{ function: { name: 'a' } }], []])
  expect(body['tools']).toHaveLength(1)
})

it('Responses takes them as they are', () => {
  expect(sent([tool('a'), tool('a')], responses).tools).toHaveLength(2)
})
