import type { StoredAction } from '@crossfeed/engine'
import { GatewayError } from '@crossfeed/protocols'
import { answerClient } from './answer-client.ts'
import { decodeName } from './path-name.ts'
import type { Route } from './surface.ts'
import { passOverBody } from './upload-time.ts'

/** `/v1/responses/{id}`: an answer that was given before, read or removed. */
export const storedAnswer: Route = storedRoute({ GET: 'get', DELETE: 'delete' })

/** `/v1/responses/{id}/input_items`: what it was made of. */
export const inputItems: Route = storedRoute({ GET: 'input-items' })

/** `/v1/responses/{id}/cancel`: the end of one that goes on in the background. */
export const cancelAnswer: Route = storedRoute({ POST: 'cancel' })

function storedRoute(actions: Readonly<Record<string, StoredAction>>): Route {
  return {
    methods: Object.keys(actions),
    dialect: 'responses',
    handle(visit) {
      const { parts, request, path, query, provider, requestId } = visit
      // None of them has a body that says anything.
      passOverBody(request, parts.uploadTime)
      const id = decodeName(/\/responses\/([^/]+)/.exec(path)?.[1] ?? '')
      // A way up to another endpoint is no id.
      if (/^\.+$|[/?#\\]/.test(id)) throw noAnswer(id)
      const action = actions[request.method ?? ''] ?? 'get'
      answerClient(visit, (out) =>
        parts.engine.stored({ action, id, query, headers: request.headers, path, provider, requestId }, out),
      )
    },
  }
}

function noAnswer(id: string): GatewayError {
  return new GatewayError('not-found', 404, `Response with id '${id.slice(0, 200)}' not found.`, {
    reason: 'answer-not-found',
  })
}
