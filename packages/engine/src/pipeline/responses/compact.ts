import { asGatewayError, asString, GatewayError, parseObject, type JsonObject } from '@crossfeed/protocols'
import type { Supply, Target } from '../../providers/provider.ts'
import { othersAnswer } from './answer-origins.ts'
import type { ClientCall, ClientOut, Running } from '../client.ts'
import { asCompacted, asTriggered, openSummaries } from './compaction.ts'
import type { EngineParts } from '../parts.ts'
import { run } from '../run.ts'
import { runSide } from './side-call.ts'

/**
 * Serves `POST /v1/responses/compact`: by the supply's own endpoint where it has one, else the model writes a summary, which
 * the client is given in the same form.
 */
export function compact(parts: EngineParts, call: ClientCall, out: ClientOut): Running {
  let running: Running | undefined
  let hasGone = false
  const recalled = parts.keptAnswers?.recall(call) ?? call
  const here = (): void => {
    if (hasGone) return
    try {
      running = run(parts, { ...call, ...rewritten(asTriggered(call.body)) }, asCompactedTo(out, recalled))
    } catch (error) {
      running = runSide(parts, call, out, () => Promise.reject(asGatewayError(error)))
    }
  }
  running = runSide(parts, call, out, async (side) => {
    const others = othersAnswer(parts, call)
    if (others) throw others
    const { provider, model, first } = await find(parts, call)
    if (!first.speaks.includes('responses') || provider.compacts !== true || !provider.besideResponses)
      return side.leaveTo(here)
    const target = first.target('responses')
    const body = ownSealsOnly({ ...openSummaries(recalled.body, true), model }, first, target)
    try {
      await side.relay({ provider, method: 'POST', rest: '/compact', query: '', body, model })
    } catch (error) {
      if (!mayBeMended(error)) throw error
      side.leaveTo(here)
    }
  })
  return {
    cancel() {
      hasGone = true
      running?.cancel()
    },
    drained: () => running?.drained(),
  }
}

async function find(parts: EngineParts, { body, provider }: ClientCall) {
  const model = asString(body['model']) ?? ''
  if (model === '')
    throw new GatewayError('invalid-request', 400, 'model: a model name is required.', { reason: 'model-missing' })
  const { first } = await parts.router.route({ model, provider, session: () => undefined })
  return { provider: first.provider, model: first.model, first }
}

/**
 * Whether the way of all requests may do better: the server has no such endpoint (what is called OpenAI's is often another's), or
 * refuses what is mended on that way, such as reasoning and ids of a conversation that has moved.
 */
function mayBeMended(error: unknown): boolean {
  if (!(error instanceof GatewayError)) return false
  const { status, upstream } = error
  return status === 400 || status === 405 || status === 422 || (status === 404 && upstream?.code !== 'model_not_found')
}

function rewritten(body: JsonObject): Pick<ClientCall, 'body' | 'raw'> {
  return { body, raw: Buffer.from(JSON.stringify(body)) }
}

/** The body with the sealed reasoning of this target bare, and without that of others. */
function ownSealsOnly(body: JsonObject, { provider }: Supply, target: Target): JsonObject {
  const patches = provider.requestPatches.filter((one) => one.name === 'own-seals' && one.protocol === 'responses')
  const context = { from: 'responses', headers: {}, note: () => {}, lose: () => {} } as const
  return patches.reduce((current, patch) => patch.apply(current, target, context), body)
}

/** Gives the client a compacted answer in the form of this endpoint. */
function asCompactedTo(out: ClientOut, call: ClientCall): ClientOut {
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
      const json = answer ? JSON.stringify(asCompacted(answer, call.body['input'])) : text
      out.begin(status, { ...headers, 'content-length': String(Buffer.byteLength(json)) })
      out.end(json)
    },
  }
}
