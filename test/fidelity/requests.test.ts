import { describe, expect, test } from 'vitest'
import { fixtures } from '../recordings.ts'
import { useReplayStage } from '../replay-stage.ts'
import { shortAnswer } from './answer.ts'
import { post, protocols } from './conversation.ts'
import { inventedTable, isExplained, missingTable } from './explained.ts'
import { bag } from './json.ts'
import { readMeaning } from './meant.ts'
import { compare } from './missing.ts'
import { strictErrors } from './strict.ts'
import { withIds } from './with-ids.ts'

const stage = useReplayStage()

/** Requests that rest on what another service has stored: refused in clear words. */
const stored: ReadonlySet<string> = new Set([
  'pydantic-openai-responses-openai-conversation-id-explicit-and-auto-2.json',
])

/** What a body may have against the schema as published. */
const deviations: readonly { readonly what: RegExp; readonly why: string }[] = [
  { what: /^\/(temperature|top_p|top_k) is not in the schema/, why: 'models before the newest still take it' },
  { what: /^\/temperature must/, why: 'the value is the client’s own' },
]

describe.each(protocols)('%s client', (client) => {
  describe.each(protocols)('to a model that speaks %s', (server) => {
    test.each(fixtures('recorded-requests', client))('$name', async ({ name, body }) => {
      const asked = bag(JSON.parse(body))
      stage.upstream.next(shortAnswer(server, asked['stream'] === true))
      const before = stage.upstream.requests.length
      const answer = await post(stage.gateway.url, client, { ...asked, model: `only-${server}` })
      const said = await answer.text()
      if (stored.has(name)) return expect(answer.status).toBe(400)
      expect(answer.status, said).toBe(200)
      expect(stage.upstream.requests.length).toBe(before + 1)
      const sent: unknown = JSON.parse(stage.upstream.requests.at(-1)?.body ?? '{}')
      const notes = ['losses', 'changes'].map((kind) => answer.headers.get(`x-crossfeed-${kind}`) ?? '').join(' | ')
      const { missing, invented } = compare(readMeaning(client, asked), readMeaning(server, sent))
      const at = { from: client, to: server, notes }
      expect(
        missing.filter((one) => !isExplained(missingTable, one, at)),
        notes,
      ).toEqual([])
      expect(
        invented.filter((one) => !isExplained(inventedTable, one, at)),
        notes,
      ).toEqual([])
      // A relay passes on what the client said: it may be no better than that.
      const inherited = client === server ? strictErrors(client, asked) : []
      const errors = inherited.length > 0 ? [] : strictErrors(server, withIds(server, sent))
      expect(errors.filter((error) => !deviations.some(({ what }) => what.test(error)))).toEqual([])
    })
  })
})
