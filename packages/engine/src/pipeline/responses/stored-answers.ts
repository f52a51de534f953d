import { GatewayError } from '@crossfeed/protocols'
import type { Provider } from '../../providers/provider.ts'
import type { ClientOut, Running } from '../client.ts'
import { listInputItems } from './input-items.ts'
import type { KeptAnswer } from './kept-answers.ts'
import { runSide, type Side, type SideRequest, type SideTarget } from './side-call.ts'
import type { EngineParts } from '../parts.ts'

/** What can be asked of an answer that was given before. */
export type StoredAction = 'get' | 'input-items' | 'delete' | 'cancel'

/** A request about an answer of the Responses API, by its id. */
export interface StoredCall extends SideRequest {
  readonly action: StoredAction
  readonly id: string
  /** Without its question mark. */
  readonly query: string
  /** The provider that the path names. */
  readonly provider?: string | undefined
}

const methods = { get: 'GET', 'input-items': 'GET', delete: 'DELETE', cancel: 'POST' } as const
const ends = { get: '', 'input-items': '/input_items', delete: '', cancel: '/cancel' } as const

/** Answers from what is kept here, else hands the request to the supply that keeps the answer. */
export function askStored(
  parts: EngineParts,
  providers: readonly Provider[],
  call: StoredCall,
  out: ClientOut,
): Running {
  return runSide(parts, { ...call, method: methods[call.action] }, out, async (side) => {
    const owner = parts.ownerOf(call.headers)
    const kept = parts.keptAnswers?.find(owner, call.id)
    if (kept) return answerKept(side, call, kept, owner)
    const targets = keepersOf(parts, providers, call, owner).map((provider): SideTarget => ({
      provider,
      method: methods[call.action],
      rest: `/${encodeURIComponent(call.id)}${ends[call.action]}`,
      query: call.query,
    }))
    await askInTurn(side, targets, call.id)
    if (call.action === 'delete') parts.answerOrigins.forget(call.id)
  })
}

/** The supplies that may keep an answer: the one that gave it, or, where nobody remembers that, for the only owner all that keep answers. */
function keepersOf(
  { answerOrigins, isOpen }: EngineParts,
  providers: readonly Provider[],
  { id, provider: named }: StoredCall,
  owner: string,
): readonly Provider[] {
  const origin = answerOrigins.of(id)
  const keeping = providers.filter((one) => one.besideResponses !== undefined && one.keepsNothing !== true)
  if (origin) return origin.owner === owner ? keeping.filter((one) => one.id === origin.provider) : []
  if (!isOpen) return []
  return named === undefined ? keeping : keeping.filter((one) => one.id === named || one.aliases.includes(named))
}

/** Asks until one of them knows the answer. To a supply whose ids have another form, such an id is an invalid request. */
async function askInTurn(side: Side, targets: readonly SideTarget[], id: string): Promise<void> {
  let invalid: GatewayError | undefined
  for (const target of targets) {
    try {
      return await side.relay(target)
    } catch (error) {
      if (!(error instanceof GatewayError) || (error.status !== 404 && error.status !== 400)) throw error
      if (error.status === 400) invalid ??= error
    }
  }
  if (invalid) throw invalid
  throw new GatewayError('not-found', 404, `Response with id '${id.slice(0, 200)}' not found.`, {
    reason: 'answer-not-found',
    fix: 'Answers are known to the key that asked for them, for as long as the gateway runs; those that it keeps itself for a day (keepAnswers), unless store was false.',
    upstream: { type: 'invalid_request_error' },
  })
}

function answerKept(side: Side, call: StoredCall, kept: KeptAnswer, owner: string): void {
  const { id, action } = call
  const query = new URLSearchParams(call.query)
  switch (action) {
    case 'get':
      if (query.get('stream') === 'true') throw notStreamed(id)
      return side.answer(kept.response)
    case 'input-items':
      return side.answer(listInputItems(kept.input, id, query))
    case 'delete':
      side.parts.keptAnswers?.forget(owner, id)
      return side.answer({ id, object: 'response', deleted: true })
    case 'cancel':
      throw new GatewayError('invalid-request', 400, 'Cannot cancel a synchronous response.', {
        reason: 'answer-not-cancellable',
        fix: 'To stop an answer that is under way, close the connection that it comes over.',
        upstream: { type: 'invalid_request_error' },
      })
  }
}

function notStreamed(id: string): GatewayError {
  const message = `The events of the response '${id}' were not kept, only the response. Ask for it without stream.`
  return new GatewayError('invalid-request', 400, message, {
    reason: 'answer-not-streamed',
    upstream: { type: 'invalid_request_error', param: 'stream' },
  })
}
