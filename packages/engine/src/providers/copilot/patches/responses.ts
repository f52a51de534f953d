import { asObject, asString, type Json } from '@crossfeed/protocols'
import type { RequestPatch } from '../../provider.ts'
import { asList, mapMember, onObject, withMember, without } from '../../patches/copy-on-write.ts'
import { clampOutput } from '../../patches/limit-output.ts'
import { responsesEffort, withReasoning } from '../../patches/responses-effort.ts'
import { ownSeals } from '../../patches/own-seals.ts'
import { stateUnsupported } from '../../patches/state-unsupported.ts'
import { unboundItem } from '../../patches/unbound-item.ts'
import { unsealedReasoning } from '../../patches/unsealed-reasoning.ts'
import { limitImages, limitTools } from './limits.ts'

const serverState: RequestPatch = {
  name: 'responses-server-state',
  reason: 'copilot-protocol 6.1: nothing is kept over HTTP, so a reference to an earlier answer cannot be followed',
  protocol: 'responses',
  apply(body) {
    const refusal = stateUnsupported('GitHub Copilot', body)
    if (refusal) throw refusal
    return without(body, 'previous_response_id', 'conversation')
  },
}

const refusedMembers: RequestPatch = {
  name: 'responses-refused-members',
  reason: 'copilot-protocol 6.1, TR-39: store must be false; service_tier and client_metadata are not known',
  protocol: 'responses',
  apply(body, _target, context) {
    if (body['store'] === true) context.lose({ path: 'store', why: 'GitHub Copilot stores no answers' })
    if (asString(body['service_tier'])) context.note('dropped:service_tier')
    return withMember(without(body, 'service_tier', 'client_metadata'), 'store', false)
  },
}

/** Of a model whose efforts are listed; others may refuse it. A client that asks for nothing to be stored asks for it itself. */
const sealedReasoning: RequestPatch = {
  name: 'responses-include-reasoning',
  reason: 'nothing is stored here, so reasoning comes back only when it travels with the conversation',
  protocol: 'responses',
  apply(body, { traits }) {
    const include = asList(body['include']) ?? []
    if (body['store'] === false || !traits.reasoning.efforts?.length || include.includes(sealed)) return body
    return { ...body, include: [...include, sealed] }
  },
}
const sealed = 'reasoning.encrypted_content'

const itemIds: RequestPatch = {
  name: 'responses-item-ids',
  reason: 'Q22, Q23: ids are bound to a connection and to encrypted content; leaving them out is always accepted',
  protocol: 'responses',
  apply: (body) => mapMember(body, 'input', onObject(unboundItem)),
}

const sparkSummary: RequestPatch = {
  name: 'responses-spark-summary',
  reason: 'copilot-protocol 6.1: summaries must be off for gpt-5.3-codex-spark-preview',
  protocol: 'responses',
  apply(body, target, context) {
    const reasoning = asObject(body['reasoning'])
    if (!reasoning || !target.model.includes('codex-spark') || !asString(reasoning['summary'])) return body
    context.note('dropped:reasoning.summary')
    return withReasoning(body, without(reasoning, 'summary'))
  },
}

const refusedTools: RequestPatch = {
  name: 'responses-refused-tools',
  reason: 'Q24: image_generation is always refused; other kinds depend on the account and are learned from refusals',
  protocol: 'responses',
  apply(body, _target, context) {
    const kept = mapMember(body, 'tools', (tool) => (isImageGeneration(tool) ? undefined : tool))
    if (kept === body) return body
    context.lose({ path: 'tools.image_generation', why: 'GitHub Copilot makes no images' })
    const choice = asObject(kept['tool_choice'])
    if (isImageGeneration(choice ?? null)) return withMember(kept, 'tool_choice', 'auto')
    const allowed = asList(choice?.['tools'])
    if (!choice || !allowed) return kept
    const others = allowed.filter((tool) => !isImageGeneration(tool))
    if (others.length === allowed.length) return kept
    return { ...kept, tool_choice: others.length === 0 ? 'auto' : { ...choice, tools: others } }
  },
}

function isImageGeneration(tool: Json): boolean {
  return asObject(tool)?.['type'] === 'image_generation'
}

const choiceWithoutTools: RequestPatch = {
  name: 'responses-choice-without-tools',
  reason: 'TR-39: tool_choice without tools is refused; Codex may carry its tools in an additional_tools item',
  protocol: 'responses',
  apply(body) {
    if (body['tool_choice'] === undefined || asList(body['tools'])?.length) return body
    if (asList(body['input'])?.some((item) => asObject(item)?.['type'] === 'additional_tools')) return body
    return without(body, 'tool_choice', 'tools')
  },
}

/** The mends of Responses requests, in the order in which they are applied. */
export const responsesRequestPatches: readonly RequestPatch[] = [
  serverState,
  limitTools('responses'),
  limitImages('responses'),
  sealedReasoning,
  refusedMembers,
  itemIds,
  ...ownSeals.filter(({ protocol }) => protocol === 'responses'),
  unsealedReasoning,
  clampOutput('responses'),
  responsesEffort,
  sparkSummary,
  refusedTools,
  choiceWithoutTools,
]
