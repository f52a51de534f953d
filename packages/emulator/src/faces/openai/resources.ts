import { readBody } from '../../dialect/admit.ts'
import { invalid, refuse } from '../../dialect/refuse.ts'
import { isObject, numberOf, objectsOf, stringOf } from '../../json.ts'
import type { JsonObject } from '../../json.ts'
import type { ModelEntry } from '../../model.ts'
import { newResponseId } from '../../protocols/responses/items.ts'
import { readResponses } from '../../protocols/responses/read.ts'
import { writeResponseWhole } from '../../protocols/responses/write.ts'
import { jsonOutcome } from '../../server/outcome.ts'
import type { Outcome } from '../../server/outcome.ts'
import { answerConversation } from '../../standin/compose.ts'
import type { Call, EmulatorState } from '../../state.ts'
import { countSegments } from '../../tokens.ts'
import { resolveInput } from './items.ts'
import type { ResponseStore } from './response-store.ts'

/** A call below `/responses`. */
interface ResourceCall {
  readonly call: Call
  /** What follows `/responses`, such as `/resp_1/cancel`. */
  readonly rest: string
  readonly state: EmulatorState
  readonly store: ResponseStore
  /** Throws what the service says of an unknown model. */
  readonly find: (name: string) => ModelEntry
}

/**
 * What the Responses API does besides answering (API reference: "Get a model response" and those after it); undefined where
 * there is nothing at that path.
 */
export async function answerResource({ call, rest, state, store, find }: ResourceCall): Promise<Outcome | undefined> {
  if (call.method === 'POST' && (rest === '/compact' || rest === '/input_tokens')) {
    const body = readBody(call)
    const model = find(stringOf(body['model']))
    const input = await resolveInput(body, store, state, call.face)
    if (rest === '/compact') return compact(call, { ...body, input }, model, state)
    const tokens = countSegments(readResponses({ ...body, input }, model).segments)
    return jsonOutcome({ object: 'response.input_tokens', input_tokens: tokens })
  }
  const [, id, below = ''] = /^\/([^/]+)(\/input_items|\/cancel)?$/.exec(rest) ?? []
  if (id === undefined) return undefined
  const kept = store.response(id)
  switch (`${call.method} ${below}`) {
    case 'GET ':
      if (kept === undefined) throw notFound(id)
      return jsonOutcome(kept.whole)
    case 'DELETE ':
      if (kept === undefined) throw notFound(id)
      store.remove(id)
      return jsonOutcome({ id, object: 'response', deleted: true })
    case 'GET /input_items':
      if (kept === undefined) throw notFound(id)
      return jsonOutcome(listItems(kept.exchange.slice(0, kept.exchange.length - kept.items.length), call, id))
    case 'POST /cancel':
      if (kept === undefined) throw notFound(id)
      throw invalid('Cannot cancel a synchronous response.')
    default:
      return undefined
  }
}

const notFound = (id: string): Error => refuse(404, `Response with id '${id}' not found.`)

function listItems(input: readonly JsonObject[], call: Call, id: string): object {
  const query = new URLSearchParams(call.query)
  const items = input.map((item, index) => ({ id: `msg_${id.slice(5)}${index}`, type: 'message', ...item }))
  if (query.get('order') !== 'asc') items.reverse()
  const from = items.findIndex((item) => item.id === query.get('after')) + 1
  const limit = numberOf(Number(query.get('limit') ?? 20)) ?? 20
  const data = items.slice(from, from + limit)
  const has_more = from + limit < items.length
  return { object: 'list', data, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null, has_more }
}

/** The history as what the user said and one sealed item. */
function compact(call: Call, body: JsonObject, model: ModelEntry, state: EmulatorState): Outcome {
  const conversation = { ...readResponses(body, model), stream: false, compacts: true }
  return answerConversation({
    call,
    state,
    conversation,
    path: call.path,
    writer: {
      writeWhole: (answer, context) => {
        const whole = writeResponseWhole(answer, context)
        const { output, created_at, usage } = isObject(whole) ? whole : {}
        const said = objectsOf(body['input'])
          .filter(({ role }) => role === 'user')
          .map((item, index) => ({ id: `msg_${index}`, ...item, type: 'message' }))
        return {
          id: newResponseId(),
          object: 'response.compaction',
          created_at,
          output: [...said, ...objectsOf(output)],
          usage,
        }
      },
      writeStream: () => [],
    },
  })
}
