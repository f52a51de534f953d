import {
  asGatewayError,
  chat,
  plainTraits,
  responses,
  type JsonObject,
  type Loss,
  type Protocol,
} from '@crossfeed/protocols'
import { answerClient } from './answer-client.ts'
import { clientCall } from './client-call.ts'
import { readBody, type Body } from './read-body.ts'
import type { Route, Visit } from './surface.ts'
import { writeError } from './write-error.ts'

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
  const { parts } = visit
  const misplaced = protocol.id === 'chat' && body.json['messages'] === undefined && body.json['input'] !== undefined
  const losses: Loss[] = []
  const asked = misplaced ? asChat(body.json, losses) : body
  answerClient(visit, (out) => parts.engine.run(clientCall(visit, protocol, asked, losses), out))
}

/** Cursor sends a Responses body to the chat endpoint (user-pain 4.14): it is served, and answered in chat form. */
function asChat(body: JsonObject, losses: Loss[]): Body {
  const prompt = responses.readRequest(body)
  const json = chat.writeRequest(prompt, plainTraits, (loss) => losses.push(loss))
  return { raw: Buffer.from(JSON.stringify(json)), json }
}
