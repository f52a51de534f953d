import type { FaceName, Emulator, EmulatorOptions } from '@crossfeed/emulator'
import { asObject, type JsonObject, type ProtocolId } from '@crossfeed/protocols'
import type { createProvider, ProviderSettings } from '@crossfeed/engine'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { errorSchema, eventSchema, replySchema, schemaErrors } from '../schemas.ts'
import {
  readAnswer,
  readEvents,
  request,
  said,
  toolResult,
  withReasoning,
  withSchema,
  withTool,
  type Answered,
} from './clients.ts'
import { startEmulator, startSupply, type Got, type TestSupply } from './supply.ts'

/** What is proved of one way to configure a provider. */
export interface Contract {
  readonly title: string
  readonly face: FaceName
  settings(urls: Emulator['urls']): ProviderSettings
  /** Makes the provider where it is none that a key lets in. */
  make?(emulator: Emulator): Promise<typeof createProvider>
  readonly model: string
  /** A member that shows in the second turn's request that sealed reasoning came back; undefined without seals. */
  readonly seals?: { readonly [P in ProtocolId]?: string }
  readonly emulator?: EmulatorOptions
  /** Cases that the upstream cannot do, with the reason. */
  readonly without?: Partial<Record<'image' | 'reasoning' | 'schema', string>>
}

const clients = ['chat', 'responses', 'messages'] as const

/** Proves that all three client protocols are served, whole and streamed, by an upstream that refuses what it does not know. */
export function provesContract(contract: Contract): void {
  describe(contract.title, () => {
    let emulator: Emulator
    let supply: TestSupply
    beforeAll(async () => {
      emulator = await startEmulator(contract.emulator)
      supply = startSupply(contract.settings(emulator.urls), await contract.make?.(emulator))
    })
    afterAll(async () => {
      await supply.close()
      await emulator.stop()
    })
    const name = (): string => `${supply.provider.id}/${contract.model}`
    const sent = (): JsonObject => asObject(emulator.requests().at(-1)?.body as JsonObject) ?? {}

    describe.each(clients)('for a %s client', (client) => {
      describe.each([false, true])('streaming: %s', (stream) => {
        const ask = async (turns: readonly JsonObject[], more: JsonObject = {}): Promise<Answered> =>
          accepted(client, await supply.ask(client, { ...request(client, name(), stream, turns), ...more }))

        /** What the supply has not, and why, stands in its contract: there is nothing to be tested then. */
        const where = (what: keyof NonNullable<Contract['without']>, title: string, run: () => Promise<void>): void => {
          if (contract.without?.[what] === undefined) test(title, run)
        }

        test('a text comes back, with its usage', async () => {
          const answered = await ask([said(client, 'Good morning')])
          expect(answered.text).toBe('You said: Good morning')
          expect(Number(answered.usage[client === 'chat' ? 'completion_tokens' : 'output_tokens'])).toBeGreaterThan(0)
        })

        test('a tool is called and its result is understood', async () => {
          const first = said(client, 'Please call tool lookup with {"city":"Paris"}')
          const asked = await ask([first], withTool(client))
          expect(asked.calls).toMatchObject([{ name: 'lookup', input: { city: 'Paris' } }])
          const result = toolResult(client, asked.calls[0]?.id ?? '', '21 degrees')
          const answered = await ask([first, ...asked.turn, result], withTool(client))
          expect(answered.text).toBe('The tool lookup answered: 21 degrees')
        })

        where('image', 'a picture is seen', async () => {
          const answered = await ask([said(client, 'What is this?', true)])
          expect(answered.text).toBe('I see image/png of 70 bytes. You said: What is this?')
        })

        where('schema', 'a document is written by its schema', async () => {
          const answered = await ask([said(client, 'Which city?')], withSchema(client))
          expect(JSON.parse(answered.text)).toEqual({ city: expect.any(String) })
        })

        where('reasoning', 'reasoning is shown, and goes back to whom it came from', async () => {
          const more = { ...withReasoning(client), ...withTool(client) }
          const first = said(client, 'Please call tool lookup with {"city":"Rome"}')
          const asked = await ask([first], more)
          expect(asked.calls).toHaveLength(1)
          const result = toolResult(client, asked.calls[0]?.id ?? '', '25 degrees')
          const before = emulator.requests().length
          const answered = await ask([first, ...asked.turn, result], more)
          expect(answered.text).toBe('The tool lookup answered: 25 degrees')
          // One call: nothing had to be mended after a refusal.
          expect(emulator.requests().length).toBe(before + 1)
          const seal = contract.seals?.[client]
          if (seal === undefined) return
          expect(JSON.stringify(sent())).toContain(`"${seal}":"`)
          expect(JSON.stringify(sent())).not.toContain('xfs1~')
        })

        test('an error keeps its status and its words, in the form of the client', async () => {
          emulator.play([
            {
              when: { face: contract.face },
              status: 400,
              error: { message: 'The lookup is too wide.', code: 'too_wide', type: 'invalid_request_error' },
            },
          ])
          const got = await supply.ask(client, request(client, name(), stream, [said(client, 'Hello')]))
          emulator.play([])
          expect(got.status).toBe(400)
          expect(schemaErrors(errorSchema[client], got.answer)).toEqual([])
          expect(JSON.stringify(got.answer)).toContain('The lookup is too wide.')
        })
      })
    })
  })
}

/** The answer, once it is found to be as the official schema has it. */
function accepted(client: ProtocolId, got: Got): Answered {
  expect(got.status, JSON.stringify(got.answer)).toBe(200)
  if (got.answer !== undefined) {
    expect(schemaErrors(replySchema[client], got.answer)).toEqual([])
    return readAnswer(client, got.answer)
  }
  const events = got.events.filter((event) => event !== '[DONE]' && asObject(event as JsonObject)?.['type'] !== 'ping')
  expect(events.flatMap((event) => schemaErrors(eventSchema[client], event))).toEqual([])
  return readEvents(client, events)
}
