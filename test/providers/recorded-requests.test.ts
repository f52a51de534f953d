import type { Emulator } from '@crossfeed/emulator'
import { asObject, parseObject, type JsonObject, type ProtocolId } from '@crossfeed/protocols'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { protocols } from '../fidelity/conversation.ts'
import { inventedTable, isExplained, missingTable } from '../fidelity/explained.ts'
import { readMeaning } from '../fidelity/meant.ts'
import { compare } from '../fidelity/missing.ts'
import { strictErrors } from '../fidelity/strict.ts'
import { withIds } from '../fidelity/with-ids.ts'
import { fixtures, wasRefused } from '../recordings.ts'
import { errorSchema, schemaErrors } from '../schemas.ts'
import { emulatorOptions, supplies, type RecordedSupply } from './recorded-supplies.ts'
import { startEmulator, startSupply, type Got, type TestSupply } from './supply.ts'

/** What a body may have against the schema as published. */
const deviations: readonly { readonly what: RegExp; readonly why: string }[] = [
  { what: /^\/(temperature|top_p|top_k) is not in the schema/, why: 'models before the newest still take it' },
  { what: /^\/(enable_thinking|thinking_budget) is not in the schema/, why: "DashScope's own words for an effort" },
]

/** Requests that rest on what a service keeps: only one that is spoken to in their own protocol may keep it. */
const stored: ReadonlySet<string> = new Set([
  'pydantic-openai-responses-openai-conversation-id-explicit-and-auto-2.json',
])

describe.each(supplies)('$title', (kind) => {
  let emulator: Emulator
  let supply: TestSupply
  beforeAll(async () => {
    emulator = await startEmulator(emulatorOptions)
    const base = emulator.urls[kind.face]
    supply = startSupply(kind.settings(base), await kind.make?.(base, emulator))
  })
  afterAll(async () => {
    await supply.close()
    await emulator.stop()
  })

  describe.each(protocols)('for a %s client', (client) => {
    // Of what the service refused when it was recorded there is nothing to carry rightly.
    const cases = fixtures('recorded-requests', client).filter(
      ({ name }) => !wasRefused(`recorded-requests/${client}/${name}`),
    )
    test.each(cases)('$name', async ({ name, body }) => {
      const asked: JsonObject = { ...parseObject(body), model: `s/${kind.model}` }
      const before = emulator.requests().length
      const got = await supply.ask(client, asked)
      const calls = emulator.requests().slice(before)
      if (stored.has(name) && (kind.face === 'codex' || !kind.speaks.includes(client))) {
        expect([got.status, calls]).toEqual([400, []])
        return
      }
      const server = kind.speaks.includes(client) ? client : nearest(client, kind)
      const inherited = client === server ? strictErrors(client, asked) : []
      // A relay passes on what the client said: it may be no better than that, and then the service says so.
      if (inherited.length > 0 && got.status === 400) {
        expect(schemaErrors(errorSchema[client], got.answer)).toEqual([])
        return
      }
      expect(got.status, JSON.stringify(got.answer)).toBe(200)
      expect(calls.length).toBeLessThanOrEqual(3)
      const notes = notesOf(got)
      // The stand-in cannot have made the seals of a recording, so that it refuses them; until then they are there.
      const isStripped = notes.includes('reasoning-stripped')
      const sent = asObject((isStripped ? calls[0] : calls.at(-1))?.body) ?? {}
      if (client === server && notes === ' | ') expect(sent).toEqual(withUsage({ ...asked, model: kind.model }, client))
      const { missing, invented } = compare(readMeaning(client, asked), readMeaning(server, inOneDialect(sent, asked)))
      const at = { from: client, to: server, notes }
      expect(
        missing.filter((one) => !isExplained(missingTable, one, at)),
        notes,
      ).toEqual([])
      expect(
        invented.filter((one) => !isExplained(inventedTable, one, at)),
        notes,
      ).toEqual([])
      const errors = inherited.length > 0 ? [] : strictErrors(server, withIds(server, sent))
      expect(errors.filter((error) => !deviations.some(({ what }) => what.test(error)))).toEqual([])
    })
  })
})

const order: Readonly<Record<ProtocolId, readonly ProtocolId[]>> = {
  messages: ['responses', 'chat'],
  responses: ['messages', 'chat'],
  chat: ['responses', 'messages'],
}

/** The protocol of the supply that the client's is nearest to (decision "Plan" of the design). */
function nearest(client: ProtocolId, { speaks }: RecordedSupply): ProtocolId {
  return order[client].find((protocol) => speaks.includes(protocol)) ?? client
}

function notesOf({ headers }: Got): string {
  return ['losses', 'changes'].map((kind) => String(headers[`x-crossfeed-${kind}`] ?? '')).join(' | ')
}

/** A stream of Chat Completions is always asked for its usage. */
function withUsage(body: JsonObject, client: ProtocolId): JsonObject {
  if (client !== 'chat' || body['stream'] !== true) return body
  return { ...body, stream_options: { ...asObject(body['stream_options']), include_usage: true } }
}

/** DashScope takes a budget of tokens for an effort: where there is one, the effort was said. */
function inOneDialect(sent: JsonObject, asked: JsonObject): JsonObject {
  if (sent['enable_thinking'] === undefined) return sent
  const effort =
    asked['reasoning_effort'] ??
    asObject(asked['reasoning'])?.['effort'] ??
    asObject(asked['output_config'])?.['effort'] ??
    null
  return { ...sent, reasoning_effort: effort }
}
