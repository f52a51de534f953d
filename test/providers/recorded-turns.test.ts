import type { Emulator } from '@crossfeed/emulator'
import type { JsonObject, ProtocolId } from '@crossfeed/protocols'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { shortAnswer } from '../fidelity/answer.ts'
import { protocols, question } from '../fidelity/conversation.ts'
import { bag, bags, text, type Bag } from '../fidelity/json.ts'
import { strictErrors } from '../fidelity/strict.ts'
import { withIds } from '../fidelity/with-ids.ts'
import { fixtures } from '../recordings.ts'
import { nextTurn } from './next-turn.ts'
import { emulatorOptions, supplies, type RecordedSupply } from './recorded-supplies.ts'
import { json, startScripted, type ScriptedUpstream } from './scripted.ts'
import { startEmulator, startSupply, type TestSupply } from './supply.ts'

interface Running {
  readonly kind: RecordedSupply
  readonly supply: TestSupply
}

/** What a stand-in cannot know, since the service that made it would have to say whether it is its own. */
const opaque = /Invalid `encrypted_content` in `search_result`|encrypted content .*could not be verified/

let emulator: Emulator
let others: readonly Running[]
beforeAll(async () => {
  emulator = await startEmulator(emulatorOptions)
  others = await Promise.all(
    supplies.map(async (kind) => {
      const base = emulator.urls[kind.face]
      return { kind, supply: startSupply(kind.settings(base), await kind.make?.(base, emulator)) }
    }),
  )
})
afterAll(async () => {
  await Promise.all(others.map(({ supply }) => supply.close()))
  await emulator.stop()
})

const sources: readonly (readonly [string, ProtocolId])[] = [
  ['openai by responses', 'responses'],
  ['openai by chat', 'chat'],
  ['anthropic with a model that thinks by budget', 'messages'],
]

describe.each(sources)('a conversation that %s began', (title, server) => {
  let upstream: ScriptedUpstream
  let first: TestSupply
  let replay: { readonly contentType: string; readonly body: string }
  beforeAll(async () => {
    upstream = await startScripted((response, { method }) => {
      if (method === 'GET') return json(response, 200, { data: [] })
      response.writeHead(200, { 'content-type': replay.contentType }).end(replay.body)
    })
    const kind = supplies.find((one) => one.title === title)
    if (!kind) throw new Error(`${title} is not among the supplies`)
    first = startSupply({ ...kind.settings(upstream.url), name: 'first' })
  })
  afterAll(async () => {
    await first.close()
    await upstream.close()
  })

  describe.each(protocols)('with a %s client', (client) => {
    const cases = fixtures('responses', server).map((one, index) => ({ ...one, index }))
    test.each(cases)('goes on after $name', async ({ body, index }) => {
      const asked = { ...bag(question(client, server, false)), model: 'first/any' }
      replay = { contentType: 'application/json', body }
      const answered = await first.ask(client, asked as JsonObject) // a question of ours is JSON
      expect(answered.status).toBe(200)
      const next = nextTurn(client, asked, bag(answered.answer))

      // At the supply that began it: by its schema, and with the reasoning that it sealed.
      replay = shortAnswer(server, false)
      const back = await first.ask(client, next as JsonObject) // made of JSON
      expect(back.status, JSON.stringify(back.answer)).toBe(200)
      const sent = upstream.calls.at(-1)?.body ?? {}
      const isByTheSchema = strictErrors(client, withIds(client, next)).length === 0
      if (client !== server || isByTheSchema) expect(strictErrors(server, withIds(server, sent))).toEqual([])
      const home = JSON.stringify(sent)
      expect(home).not.toContain('xfs1~')
      expect(sealsOf(bag(JSON.parse(body))).filter((seal) => !home.includes(seal))).toEqual([])

      // At others, each answer at three of them.
      for (const { kind, supply } of others.filter((_one, at) => (at + index) % 4 === 0)) {
        emulator.clear()
        const moved = await supply.ask(client, { ...(next as JsonObject), model: `s/${kind.model}` }) // as above
        expect(JSON.stringify(emulator.requests().map((call) => call.body))).not.toContain('xfs1~')
        const said = JSON.stringify(moved.answer)
        // What the client relays, with items of vendors that only they know, may be refused; nothing that was written here.
        const mayBeRefused = opaque.test(said) || (kind.speaks.includes(client) && !isByTheSchema)
        if (moved.status !== 200 && mayBeRefused) continue
        expect(moved.status, `${kind.title}: ${said}`).toBe(200)
      }
    })
  })
})

/** The sealed reasoning of an answer. */
function sealsOf(answer: Bag): readonly string[] {
  const items = bags(answer['output']).filter((item) => item['type'] === 'reasoning')
  const blocks = bags(answer['content'])
  return [
    ...items.map((item) => text(item['encrypted_content'])),
    ...blocks.filter((block) => block['type'] === 'thinking').map((block) => text(block['signature'])),
    ...blocks.filter((block) => block['type'] === 'redacted_thinking').map((block) => text(block['data'])),
  ].filter((seal) => seal !== '')
}
