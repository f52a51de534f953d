import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readStream } from '../read-stream.ts'
import { useReplayStage } from '../replay-stage.ts'
import { anyAnswer, streamIn } from './any-answer.ts'
import { post, protocols, question } from './conversation.ts'
import { streamFaults } from './grammar.ts'
import { canonical, parsed } from './json.ts'
import { gather, readAnswer, type Said } from './said.ts'
import { readBySdk } from './sdk.ts'

const stage = useReplayStage()

/** What counts: words as they are, reasoning but for the blank lines between its parts, arguments by meaning. */
function essence(said: Said, withReasoning = true): object {
  return {
    text: said.text.replace(/\s+/g, ''),
    ...(withReasoning ? { reasoning: said.reasoning.replace(/\s+/g, '') } : {}),
    calls: said.calls.map((call) => [call.name, canonical(parsed(call.input || '{}'))]),
    finish: said.finish,
    input: said.usage.input,
    output: said.usage.output,
  }
}

describe.each(protocols)('%s upstream', (server) => {
  test.each(protocols)('any answer reads the same for a %s client, in the grammar of its protocol', async (client) => {
    await fc.assert(
      fc.asyncProperty(anyAnswer, fc.integer({ min: 1, max: 400 }), async (answer, pieces) => {
        const body = streamIn(server, answer)
        const recorded = readStream(body)
        expect(streamFaults(server, recorded, true)).toEqual([])
        const want = readAnswer(server, gather(server, recorded))
        stage.upstream.next({ status: 200, contentType: 'text/event-stream', body, pieces })
        const streamed = await (await post(stage.gateway.url, client, question(client, server, true))).text()
        const events = readStream(streamed)
        expect(streamFaults(client, events, true)).toEqual([])
        expect(essence(readAnswer(client, gather(client, events)))).toEqual(essence(want))
        const hasReasoning = client !== 'chat'
        expect(essence(await readBySdk(client, streamed), hasReasoning)).toEqual(essence(want, hasReasoning))
        stage.upstream.next({ status: 200, contentType: 'text/event-stream', body })
        const whole: unknown = await (await post(stage.gateway.url, client, question(client, server, false))).json()
        expect(essence(readAnswer(client, whole))).toEqual(essence(want))
      }),
      { seed: 20_261_121, numRuns: 60 },
    )
  })
})
