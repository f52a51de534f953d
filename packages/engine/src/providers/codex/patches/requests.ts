import { asObject, asString, type Json } from '@crossfeed/protocols'
import { mapMember, without } from '../../patches/copy-on-write.ts'
import { billingLines } from '../../patches/billing-line.ts'
import { ownSeals } from '../../patches/own-seals.ts'
import type { RequestPatch } from '../../provider.ts'
import { responsesEffort } from '../../patches/responses-effort.ts'
import { unboundItem } from '../../patches/unbound-item.ts'
import { unsealedReasoning } from '../../patches/unsealed-reasoning.ts'
import { stateUnsupported } from '../../patches/state-unsupported.ts'
import { toolSchemas } from '../../patches/tool-schemas.ts'
import { isCodexClient, isResponsesLite } from '../headers.ts'
import { withInstructions } from './instructions.ts'

const serverState: RequestPatch = {
  name: 'codex-server-state',
  reason: 'copilot-protocol 10.2: nothing is kept, and previous_response_id is refused as unsupported over HTTP',
  protocol: 'responses',
  apply(body) {
    const refusal = stateUnsupported('ChatGPT', body)
    if (refusal) throw refusal
    return body
  },
}

const streamOnly: RequestPatch = {
  name: 'codex-stream',
  reason: 'copilot-protocol 10.2: {"detail":"Stream must be set to true"}; whoever wants JSON gets the stream folded',
  protocol: 'responses',
  apply: (body) => (body['stream'] === true ? body : { ...body, stream: true }),
}

const noStore: RequestPatch = {
  name: 'codex-store',
  reason: 'copilot-protocol 10.2: {"detail":"Store must be set to false"}',
  protocol: 'responses',
  apply(body, _target, context) {
    if (body['store'] === false) return body
    if (body['store'] === true) context.lose({ path: 'store', why: 'ChatGPT stores no answers' })
    return { ...body, store: false }
  },
}

const inputList: RequestPatch = {
  name: 'codex-input-list',
  reason: '{"detail":"Input must be a list"}: the short form of one user message is refused',
  protocol: 'responses',
  apply(body) {
    const { input } = body
    if (typeof input !== 'string') return body
    return { ...body, input: [{ type: 'message', role: 'user', content: [{ type: 'input_text', text: input }] }] }
  },
}

const instructions: RequestPatch = {
  name: 'codex-instructions',
  reason:
    'copilot-protocol 10.2: {"detail":"Instructions are required"}, {"detail":"System messages are not allowed"}; the lite form of Codex has its instructions in input',
  protocol: 'responses',
  apply: (body, _target, context) => (isResponsesLite(context.headers) ? body : withInstructions(body)),
}

const encryptedReasoning: RequestPatch = {
  name: 'codex-include-reasoning',
  reason:
    'copilot-protocol 10.2: nothing is stored, so reasoning comes back only when it travels with the conversation',
  protocol: 'responses',
  apply(body) {
    const include: readonly Json[] = Array.isArray(body['include']) ? body['include'] : []
    if (include.includes('reasoning.encrypted_content')) return body
    return { ...body, include: [...include, 'reasoning.encrypted_content'] }
  },
}

/** As other programs found out; what is new to the list is learned from the refusal, at the price of a second call. */
const unsupported: readonly string[] = [
  'temperature',
  'top_p',
  'max_output_tokens',
  'max_completion_tokens',
  'metadata',
  'top_logprobs',
  'truncation',
  'user',
  'safety_identifier',
  'prompt_cache_retention',
  'prompt_cache_options',
  'stream_options',
  'context_management',
  'background',
  'max_tool_calls',
  'previous_response_id',
  'conversation',
]
/** Members that change nothing about the answer, or nothing but what is asked for anyway. */
const idle: ReadonlySet<string> = new Set(['stream_options', 'previous_response_id', 'conversation', 'background'])

const unsupportedMembers: RequestPatch = {
  name: 'codex-unsupported-members',
  reason: 'copilot-protocol 10.2: {"detail":"Unsupported parameter: …"}',
  protocol: 'responses',
  apply(body, _target, context) {
    const present = unsupported.filter((member) => body[member] !== undefined)
    if (present.length === 0) return body
    for (const member of present)
      if (body[member] !== null && !idle.has(member)) context.lose({ path: member, why: 'ChatGPT does not take it' })
    return without(body, ...present)
  },
}

/** Items that are none without an id (OpenAPI document of OpenAI). */
const bound: ReadonlySet<string> = new Set([
  'code_interpreter_call',
  'computer_call',
  'file_search_call',
  'image_generation_call',
  'local_shell_call',
  'mcp_approval_request',
  'mcp_call',
  'mcp_list_tools',
  'web_search_call',
])

const itemIds: RequestPatch = {
  name: 'codex-item-ids',
  reason: 'nothing is stored, so ids of earlier items are not found; what Codex says to its own service stays as it is',
  protocol: 'responses',
  apply(body, _target, context) {
    if (isCodexClient(context.headers)) return body
    return mapMember(body, 'input', (item) => {
      const object = asObject(item)
      return !object || bound.has(asString(object['type']) ?? '') ? item : unboundItem(object)
    })
  },
}

/** The mends of requests, in the order in which they are applied. */
export const requestPatches: readonly RequestPatch[] = [
  serverState,
  ...billingLines.filter((patch) => patch.protocol === 'responses'),
  streamOnly,
  noStore,
  inputList,
  itemIds,
  ...ownSeals.filter((patch) => patch.protocol === 'responses'),
  unsealedReasoning,
  ...toolSchemas,
  instructions,
  encryptedReasoning,
  unsupportedMembers,
  responsesEffort,
]
