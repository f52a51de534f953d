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
        const { request, response, parts } = visit
        const running = parts.engine.embed(
          { body: json, headers: request.headers, path: visit.path, requestId: visit.requestId },
          {
            begin: (status, headers) => void response.writeHead(status, headers),
            write: (bytes) => response.write(bytes),
            end: (bytes) => void response.end(bytes),
          },
        )
        response.on('close', () => {
          if (!response.writableFinished) running.cancel()
        })
      },
      (error) => writeError(visit, error, 'chat'),
    )
  },
}
