import { answerClient } from './answer-client.ts'
import { readBody } from './read-body.ts'
import type { Route } from './surface.ts'
import { writeError } from './write-error.ts'

/** The route of embeddings. */
export const embeddings: Route = {
  methods: ['POST'],
  dialect: 'chat',
  handle(visit) {
    readBody(
      visit,
      ({ json }) => {
        const { request, parts, path, provider, requestId } = visit
        answerClient(visit, (out) =>
          parts.engine.embed({ body: json, headers: request.headers, path, provider, requestId }, out),
        )
      },
      (error) => writeError(visit, error, 'chat'),
    )
  },
}
