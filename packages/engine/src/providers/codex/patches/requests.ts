import {
  asObject,
  asString,
  GatewayError,
  isSealFor,
  nearestEffort,
  unwrapSeal,
  type Json,
  type JsonObject,
} from '@crossfeed/protocols'
import type { PatchContext, RequestPatch, Target } from '../../provider.ts'
import { isCodexClient, isResponsesLite } from '../headers.ts'
import { withInstructions } from './instructions.ts'

const serverState: RequestPatch = {
  name: 'codex-server-state',
  reason: 'copilot-protocol 10.2: nothing is kept, and previous_response_id is refused as unsupported over HTTP',
  protocol: 'responses',
  apply(body) {
    const { previous_response_id: previous, conversation, input } = body
    if (asString(previous) !== undefined)
      throw stateless('previous_response_id', 'previous_response_not_found', 'Previous response not found')
    if (conversation !== undefined && conversation !== null)
      throw stateless('conversation', 'conversation_not_found', 'Conversation not found')
    const at = Array.isArray(input) ? input.findIndex((item) => asObject(item)?.['type'] === 'item_reference') : -1
    if (at >= 0) throw stateless(`input[${at}]`, 'item_not_found', `The item of input[${at}] cannot be found`)
    return body
  },
}

function stateless(param: string, code: string, what: string): GatewayError {
  const message = `${what}: ChatGPT keeps no answers. Send the whole conversation in input.`
  return new GatewayError('invalid-request', 400, message, {
    reason: code.replaceAll('_', '-'),
    upstream: { type: 'invalid_request_error', code, param },
  })
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
    return Object.fromEntries(Object.entries(body).filter(([member]) => !present.includes(member)))
  },
}

const effort: RequestPatch = {
  name: 'codex-effort',
  reason: 'an effort that the model does not list is refused',
  protocol: 'responses',
  apply(body, target, context) {
    const reasoning = asObject(body['reasoning'])
    const asked = asString(reasoning?.['effort'])
    const offered = target.traits.reasoning.efforts
    if (!reasoning || asked === undefined || !offered) return body
    const sent = nearestEffort(asked, offered)
    if (sent === asked) return body
    context.note(`reasoning.effort:${asked}>${sent ?? 'dropped'}`)
    const { effort: _asked, ...others } = reasoning
    return { ...body, reasoning: sent === undefined ? others : { ...others, effort: sent } }
  },
}

const items: RequestPatch = {
  name: 'codex-items',
  reason:
    'ids of items that were not stored are refused, and so is reasoning that another service sealed (user-pain 4.3)',
  protocol: 'responses',
  apply(body, target, context) {
    const { input } = body
    if (!Array.isArray(input)) return body
    // What Codex says to its own service needs no mending, but its history may hold what others sealed.
    const isOwn = isCodexClient(context.headers)
    const mended = input.flatMap((item: Json, at): readonly Json[] => {
      const object = asObject(item)
      const bare = object && !isOwn ? withoutIds(object) : object
      return bare ? mendSeal(bare, at, target, context) : [item]
    })
    return mended.length === input.length && mended.every((item, at) => item === input[at])
      ? body
      : { ...body, input: mended }
  },
}

function withoutIds(item: JsonObject): JsonObject {
  const { id, status, ...others } = item
  if (id === undefined && status !== null) return item
  return status === null || status === undefined ? others : { ...others, status }
}

function isSealed({ type }: JsonObject): boolean {
  return type === 'reasoning' || type === 'compaction' || type === 'compaction_summary'
}

function mendSeal(item: JsonObject, at: number, target: Target, context: PatchContext): readonly JsonObject[] {
  if (!isSealed(item)) return [item]
  const text = asString(item['encrypted_content']) ?? ''
  const seal = unwrapSeal(text, 'responses')
  if (seal.data !== '' && isSealFor(seal, target.issuer, 'responses'))
    return [seal.data === text ? item : { ...item, encrypted_content: seal.data }]
  const why = seal.data === '' ? 'it has no encrypted content to be taken back' : 'it was made by another service'
  context.lose({ path: `input[${at}]`, why })
  return []
}

/** The mends of requests, in the order in which they are applied. */
export const requestPatches: readonly RequestPatch[] = [
  serverState,
  streamOnly,
  noStore,
  inputList,
  items,
  instructions,
  encryptedReasoning,
  unsupportedMembers,
  effort,
]
