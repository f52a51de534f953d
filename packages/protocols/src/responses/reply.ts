import { GatewayError } from '../core/error.ts'
import { asObject, type JsonObject } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { Asked } from '../core/protocol.ts'
import { foldEvents, unfoldReply, type Reply } from '../core/reply.ts'
import { readEvents } from './read-events.ts'
import { writeEvents } from './write-events.ts'

/**
 * A whole response in the core's words: what a stream would amount to whose only event is its last. Throws the error of
 * a response that failed.
 */
export function readReply(body: JsonObject, issuer: string): Reply {
  return foldEvents(readEvents(issuer).push({ data: { type: terminalOf(body), response: body } }))
}

function terminalOf(body: JsonObject): string {
  switch (body['status']) {
    case 'incomplete':
    case 'failed':
    case 'cancelled':
      return `response.${body['status']}`
    default:
      return 'response.completed'
  }
}

/** The response object that a stream of the same reply would end with. */
export function writeReply(reply: Reply, asked: Asked, lose: ReportLoss): JsonObject {
  const machine = writeEvents(asked, lose)
  let response: JsonObject | undefined
  for (const event of unfoldReply(reply)) {
    const last = machine.push(event).at(-1)
    if (last && last.data !== '[DONE]') response = asObject(last.data['response']) ?? response
  }
  if (!response) throw new GatewayError('internal', 500, 'A reply was written without an end.')
  return response
}
