import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fixtures } from '../recordings.ts'
import { protocols } from './conversation.ts'
import { startBridge, type Bridge } from './crossing.ts'
import { at, bag, bags, isBag, list, type Bag } from './json.ts'
import type { Name } from './said.ts'

let bridge: Bridge

beforeAll(async () => {
  bridge = await startBridge()
})
afterAll(() => bridge.close())

/** The earlier requests of a conversation: the body cut before each of its answers, and the whole. */
function turnsOf(client: Name, body: Bag): readonly Bag[] {
  const slot = client === 'responses' ? 'input' : 'messages'
  const items = list(body[slot])
  const cuts = items.flatMap((item, index) => {
    const before = bag(items[index - 1])
    const starts = isAnswer(item) && index > 0 && !isAnswer(before) && before['role'] !== 'system'
    return starts ? [index] : []
  })
  return [...cuts, items.length].map((end) => ({ ...body, [slot]: items.slice(0, end) }))
}

function isAnswer(item: unknown): boolean {
  const type = String(bag(item)['type'] ?? '')
  return bag(item)['role'] === 'assistant' || type === 'reasoning' || type.endsWith('_call')
}

/** The upstream's items with what a cache mark adds taken off: marks move with the conversation, and cost nothing. */
function itemsOf(server: Name, sent: Bag): readonly string[] {
  return bags(at(sent, server === 'responses' ? 'input' : 'messages')).map(unmarked)
}

function unmarked(item: Bag): string {
  const { copilot_cache_control: _mark, ...others } = item
  const blocks = typeof others['content'] === 'string' ? [{ type: 'text', text: others['content'] }] : others['content']
  return JSON.stringify({ ...others, content: blocks }, (name, value: unknown) => {
    if (name === 'cache_control') return undefined
    return value
  })
}

/** Items that bring tools in mid-conversation: elsewhere they can only join the others, at the front. */
const addsTools = /"type": ?"(?:additional_tools|tool_search_output)"/

describe.each(protocols)('%s client', (client) => {
  const conversations = fixtures('recorded-requests', client).filter(({ body }) => {
    const asked: unknown = JSON.parse(body)
    return isBag(asked) && asked['conversation'] === undefined && turnsOf(client, asked).length > 1
  })

  describe.each(protocols)('to a model that speaks %s', (server) => {
    test.each(conversations.filter(({ body }) => server === 'responses' || !addsTools.test(body)))(
      'what was sent is what the next turn begins with: $name',
      async ({ body }) => {
        let before: Bag | undefined
        for (const turn of turnsOf(client, bag(JSON.parse(body)))) {
          const { status, sent, answer } = await bridge.cross(client, server, { ...turn, model: `only-${server}` })
          expect(status, JSON.stringify(answer)).toBe(200)
          if (before) {
            expect(JSON.stringify(sent['tools'])).toBe(JSON.stringify(before['tools']))
            expect(sent['instructions'] ?? sent['system']).toEqual(before['instructions'] ?? before['system'])
            const [earlier, later] = [itemsOf(server, before), itemsOf(server, sent)]
            expect(later.slice(0, earlier.length)).toEqual(earlier)
          }
          before = sent
        }
      },
    )
  })
})
