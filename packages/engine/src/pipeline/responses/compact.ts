import { asGatewayError, parseObject, type Json, type JsonObject } from '@crossfeed/protocols'
import type { ClientCall, ClientOut, Running } from '../client.ts'
import { asCompacted, asTriggered, named } from './compaction.ts'
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
      asCompactedTo(out, input, parts),
    )
  } catch (error) {
    return runSide(parts, call, out, () => Promise.reject(asGatewayError(error)))
  }
}

/** Gives the client an answer in the form of this endpoint; `input` is the request's. */
function asCompactedTo(out: ClientOut, input: Json | undefined, { newId, clock }: EngineParts): ClientOut {
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
      const made = { id: `resp_${newId()}`, created_at: Math.floor(clock.now() / 1000) }
      const json = answer && !isWhole(answer) ? JSON.stringify(inForm(answer, input, made)) : text
      out.begin(status, { ...headers, 'content-length': String(Buffer.byteLength(json)) })
      out.end(json)
    },
  }
}

/** Whether an endpoint of its own has compacted it, and says all that OpenAI's does. */
function isWhole({ object }: JsonObject): boolean {
  return object === 'response.compaction'
}

function inForm(answer: JsonObject, input: Json | undefined, made: JsonObject): JsonObject {
  // ChatGPT's endpoint gives the output alone, without a kind or a status.
  const isOutput = answer['object'] === undefined && answer['status'] === undefined
  return isOutput ? named(answer, made) : asCompacted(answer, input)
}
