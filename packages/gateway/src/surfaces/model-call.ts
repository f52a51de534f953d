import { chat, plainTraits, responses, type JsonObject, type Loss, type Protocol } from '@crossfeed/protocols'
import type { ClientOut } from '@crossfeed/engine'
import { readBody, type Body } from './read-body.ts'
import type { Route, Visit } from './surface.ts'
import { asGatewayError, writeError } from './write-error.ts'

/** The route of one protocol's model endpoint. */
export function modelRoute(protocol: Protocol): Route {
  return {
    methods: ['POST'],
    dialect: protocol.id,
    handle(visit) {
      readBody(
        visit,
        (body) => {
          try {
            start(visit, protocol, body)
          } catch (error) {
            writeError(visit, asGatewayError(error), protocol.id)
          }
        },
        (error) => writeError(visit, error, protocol.id),
      )
    },
  }
}

function start(visit: Visit, protocol: Protocol, body: Body): void {
  const { request, response, parts } = visit
  if (response.destroyed) return
  const misplaced = protocol.id === 'chat' && body.json['messages'] === undefined && body.json['input'] !== undefined
  const losses: Loss[] = []
  const json = misplaced ? asChat(body.json, losses) : body.json
  const running = parts.engine.run(
    {
      protocol,
      body: json,
      raw: misplaced ? Buffer.from(JSON.stringify(json)) : body.raw,
      headers: request.headers,
      path: visit.path,
      requestId: visit.requestId,
      losses,
    },
    clientOut(visit, () => running.drained()),
  )
  response.on('close', () => {
    if (!response.writableFinished) running.cancel()
  })
}

function clientOut(visit: Visit, drained: () => void): ClientOut {
  const { response } = visit
  return {
    begin: (status, headers) => void response.writeHead(status, headers),
    write(bytes) {
      const goOn = response.write(bytes)
      // Most answers never wait, so that the listener is worth adding only when one does.
      if (!goOn && response.listenerCount('drain') === 0) response.once('drain', drained)
      return goOn
    },
    end: (bytes) => void response.end(bytes),
  }
}

/** Cursor sends a Responses body to the chat endpoint (user-pain 4.14): it is served, and answered in chat form. */
function asChat(body: JsonObject, losses: Loss[]): JsonObject {
  const prompt = responses.readRequest(body)
  return chat.writeRequest(prompt, plainTraits, (loss) => losses.push(loss))
}
