import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { anyTalk, sayIn } from './any-conversation.ts'
import { protocols } from './conversation.ts'
import { startBridge, type Bridge } from './crossing.ts'
import { inventedTable, isExplained, missingTable } from './explained.ts'
import { bags, list, type Bag } from './json.ts'
import { readMeaning } from './meant.ts'
import { compare } from './missing.ts'
import type { Name } from './said.ts'

let bridge: Bridge

beforeAll(async () => {
  bridge = await startBridge()
})
afterAll(() => bridge.close())

describe.each(protocols)('%s client', (client) => {
  test.each(protocols)('any conversation arrives whole at a model that speaks %s', async (server) => {
    await fc.assert(
      fc.asyncProperty(anyTalk, async (talk) => {
        const asked = sayIn(client, talk)
        const { status, sent, answer, losses, changes } = await bridge.cross(client, server, asked)
        expect(status, JSON.stringify(answer)).toBe(200)
        const { missing, invented } = compare(readMeaning(client, asked), readMeaning(server, sent))
        const at = { from: client, to: server, notes: `${losses} | ${changes}` }
        // Reminders need no loss: the words are all there, in the user's turn.
        const free = { ...at, notes: `${at.notes} system-turns` }
        expect(missing.filter((one) => !isExplained(missingTable, one, free))).toEqual([])
        expect(invented.filter((one) => !isExplained(inventedTable, one, free))).toEqual([])
        expect(pairing(server, sent)).toEqual([])
      }),
      { seed: 20_261_121, numRuns: 120 },
    )
  })
})

/** What breaks the rule that each call is answered right after the turn that made it. */
function pairing(protocol: Name, sent: Bag): readonly string[] {
  if (protocol === 'responses') return []
  const messages = bags(sent['messages'])
  return messages.flatMap((message, index) => {
    const made = bags(message[protocol === 'chat' ? 'tool_calls' : 'content'])
    const calls = made.filter((one) => protocol === 'chat' || one['type'] === 'tool_use').map((one) => one['id'])
    if (calls.length === 0) return []
    const answers =
      protocol === 'chat'
        ? messages.slice(index + 1, index + 1 + calls.length).map((one) => one['tool_call_id'])
        : bags(list(messages[index + 1]?.['content']))
            .slice(0, calls.length)
            .map((one) => one['tool_use_id'])
    return calls.filter((id) => !answers.includes(id)).map((id) => `${String(id)} is not answered at once`)
  })
}
