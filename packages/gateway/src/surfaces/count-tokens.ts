import { asGatewayError, asString, GatewayError } from '@crossfeed/protocols'
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
        const name = asString(json['model'])
        if (name === undefined) return writeError(visit, missing('model', 'the name of a model'), 'messages')
        if (!Array.isArray(json['messages'])) return writeError(visit, missing('messages', 'a list'), 'messages')
        const { engine, tokens } = visit.parts
        engine
          .findModel(name, visit.provider)
          .then((found) => tokens.count(raw, found?.model ?? { id: name }))
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

function missing(member: string, what: string): GatewayError {
  return new GatewayError('invalid-request', 400, `${member}: ${what} is required.`, {
    reason: 'invalid-member',
    upstream: { type: 'invalid_request_error', param: member },
  })
}
