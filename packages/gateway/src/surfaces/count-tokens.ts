import { asGatewayError, asString } from '@crossfeed/protocols'
import { readBody } from './read-body.ts'
import type { Route } from './surface.ts'
import { writeError, writeJson } from './write-error.ts'

/** Counts a Messages request's input tokens: locally, in a thread of its own, and says so. */
export const countTokens: Route = {
  methods: ['POST'],
  dialect: 'messages',
  handle(visit) {
    readBody(
      visit,
      ({ raw, json }) => {
        const name = asString(json['model']) ?? ''
        const { engine, tokens } = visit.parts
        engine
          .findModel(name)
          .then((model) => tokens.count(raw, model ?? { id: name }))
          .then((count) => {
            visit.response.setHeader('x-crossfeed-count', `${count.how} ${count.tokenizer}`)
            writeJson(visit, 200, { input_tokens: count.tokens })
          })
          .catch((error: unknown) => writeError(visit, asGatewayError(error), 'messages'))
      },
      (error) => writeError(visit, error, 'messages'),
    )
  },
}
