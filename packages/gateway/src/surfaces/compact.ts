import { responses } from '@crossfeed/protocols'
import { answerClient } from './answer-client.ts'
import { clientCall } from './client-call.ts'
import { readBody } from './read-body.ts'
import type { Route } from './surface.ts'
import { writeError } from './write-error.ts'

/** A history in short: what Codex and OpenAI's SDK ask for when a conversation has grown long. */
export const compact: Route = {
  methods: ['POST'],
  dialect: 'responses',
  handle(visit) {
    const { parts } = visit
    readBody(
      visit,
      (body) => answerClient(visit, (out) => parts.engine.compact(clientCall(visit, responses, body), out)),
      (error) => writeError(visit, error, 'responses'),
    )
  },
}
