import { asGatewayError, parseObject, type Json, type JsonObject } from '@crossfeed/protocols'
import type { ClientCall, ClientOut, Running } from '../client.ts'
import { asCompacted, asTriggered } from './compaction.ts'
import type { EngineParts } from '../parts.ts'
import { run } from '../run.ts'
import { runSide } from './side-call.ts'

/**
 * Serves `POST /v1/responses/compact`, on the one way of all requests: by the supply's own endpoint where it has one, else by a
 * request that ends with the trigger; where the supply does not compact at all, the model writes a summary. The client is
 * given each in the same form.
 */
export function compact(parts: EngineParts, call: ClientCall, out: ClientOut): Running {
  try {
    const body = asTriggered(call.body)
    const { input } = (parts.keptAnswers?.recall(call) ?? call).body
    return run(
      parts,
      { ...call, body, raw: Buffer.from(JSON.stringify(body)), compacts: true },
      asCompactedTo(out, input),
    )
  } catch (error) {
    return runSide(parts, call, out, () => Promise.reject(asGatewayError(error)))
  }
}

/** Gives the client an answer in the form of this endpoint; `input` is the request's. */
function asCompactedTo(out: ClientOut, input: Json | undefined): ClientOut {
  let head: Parameters<ClientOut['begin']> | undefined
  let text = ''
  return {
    begin(...said) {
      head = said
    },
    write(bytes) {
      text += bytes.toString()
      return true
    },
    end(bytes = '') {
      text += bytes.toString()
      const [status = 500, headers = {}] = head ?? []
      const answer = status === 200 ? parseObject(text) : undefined
      const json = answer && !isCompacted(answer) ? JSON.stringify(asCompacted(answer, input)) : text
      out.begin(status, { ...headers, 'content-length': String(Buffer.byteLength(json)) })
      out.end(json)
    },
  }
}

/** Whether an endpoint of its own has compacted it. ChatGPT's gives the output alone, without a kind or a status. */
function isCompacted({ object, status }: JsonObject): boolean {
  return object === 'response.compaction' || (object === undefined && status === undefined)
}
