import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fixtures } from '../recordings.ts'
import { protocols } from './conversation.ts'
import { startBridge, type Bridge } from './crossing.ts'
import { bag, canonical, isBag, list } from './json.ts'
import type { Name } from './said.ts'

let bridge: Bridge

beforeAll(async () => {
  bridge = await startBridge()
})
afterAll(() => bridge.close())

/** Bodies with nothing to mend, in spellings that a parser would not keep. */
const bytes: Record<Name, string> = {
  chat: '{ "model":"only-chat",\n "messages":[{"role":"user","content":"\\u00e9 \\/ 😀"}], "temperature":1.0, "seed":12345678901234567890, "x":{"y":[1.50]} }',
  responses: '{"model":"only-responses",  "store":false, "input":"\\u00e9", "top_p":1.0, "x":{"y":[1.50]}}',
  messages:
    '{"max_tokens":1e2,"model":"only-messages","messages":[{"content":"\\u00e9\\/","role":"user"}],"temperature":1.0}',
}

describe.each(protocols)('%s to its own protocol', (protocol) => {
  test('is sent byte for byte when nothing has to change', async () => {
    const { raw, changes, losses } = await bridge.cross(protocol, protocol, bytes[protocol])
    expect(raw).toBe(bytes[protocol])
    expect([changes, losses]).toEqual(['', ''])
  })

  test.each(fixtures('recorded-requests', protocol).filter(({ body }) => !('conversation' in bag(JSON.parse(body)))))(
    'an unknown member survives in every object of $name',
    async ({ body }) => {
      const asked = withUnknown(bag(JSON.parse(body)))
      const before = await bridge.cross(protocol, protocol, { ...bag(JSON.parse(body)), model: `only-${protocol}` })
      const { status, sent } = await bridge.cross(protocol, protocol, { ...bag(asked), model: `only-${protocol}` })
      expect(status).toBe(200)
      // As many as the plain body has objects upstream: what a mend takes out whole has no place left.
      // Words that a mend adds are its own.
      if (before.changes.includes('messages-server-tools')) return
      expect(canonical(sent)).toBe(canonical(withUnknown(before.sent)))
    },
  )
})

/** A copy with a member that nobody knows in each object, but for those in which every member is the client's own. */
function withUnknown(value: unknown): unknown {
  if (Array.isArray(value)) return list(value).map((one) => withUnknown(one))
  if (!isBag(value)) return value
  const inner = Object.entries(value).map(([name, one]) => [name, closed.has(name) ? one : withUnknown(one)])
  return { ...Object.fromEntries(inner), x_unknown: { kept: true } }
}

/** Schemas and arguments are the tools' own; of cache marks and output_config, Copilot refuses all that it does not know. */
const closed: ReadonlySet<string> = new Set([
  'parameters',
  'input_schema',
  'schema',
  'input',
  'cache_control',
  'output_config',
  'stream_options',
  'metadata',
  'logit_bias',
])
