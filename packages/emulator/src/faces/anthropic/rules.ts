import { isGiven, isObject, numberOf, objectsOf, stringOf } from '../../json.ts'
import type { JsonObject } from '../../json.ts'
import {
  checkContextEdits,
  checkMarks,
  checkStops,
  checkThinking,
  checkToolNames,
} from '../../protocols/messages/rules.ts'
import { findInputFault } from '../../dialect/function-schemas.ts'
import { checkTurns } from '../../protocols/messages/turns.ts'
import { Refusal } from '../../refusal.ts'
import type { EmulatorState } from '../../state.ts'
import { checkHeld } from './held-schemas.ts'
import { checkImage } from './images.ts'
import type { AnthropicModel } from './models.ts'
import { invalid } from './refuse.ts'

const split = (names: string): ReadonlySet<string> => new Set(names.split(' '))

/** Those of the official SDK (`AnthropicBeta`), and those that Claude Code sends. */
const betas = split(
  'claude-code-20250219 oauth-2025-04-20 interleaved-thinking-2025-05-14 fine-grained-tool-streaming-2025-05-14 ' +
    'context-management-2025-06-27 context-1m-2025-08-07 extended-cache-ttl-2025-04-11 prompt-caching-2024-07-31 ' +
    'prompt-caching-scope-2026-01-05 effort-2025-11-24 structured-outputs-2025-11-13 structured-outputs-2025-12-15 ' +
    'advanced-tool-use-2025-11-20 tool-examples-2025-10-29 token-efficient-tools-2025-02-19 token-counting-2024-11-01 ' +
    'code-execution-2025-05-22 code-execution-2025-08-25 files-api-2025-04-14 skills-2025-10-02 pdfs-2024-09-25 ' +
    'mcp-client-2025-04-04 mcp-client-2025-11-20 mcp-client-2026-09-15 web-fetch-2025-09-10 web-search-2025-03-05 ' +
    'search-results-2025-06-09 compact-2026-01-12 compact-2026-09-04 fast-mode-2026-02-01 task-budgets-2026-03-13 ' +
    'computer-use-2024-10-22 computer-use-2025-01-24 computer-use-2025-11-24 output-128k-2025-02-19 ' +
    'dev-full-thinking-2025-05-14 model-context-window-exceeded-2025-08-26 advisor-tool-2026-03-01 ' +
    'cache-diagnosis-2026-04-07 thinking-token-count-2026-05-13 thinking-binding-controls-2026-08-01 ' +
    'thinking-display-updates-2026-08-18 server-side-fallback-2026-06-01 server-side-fallback-2026-07-01 ' +
    'message-threads-2026-08-12 message-batches-2024-09-24 fallback-credit-2026-07-01 ' +
    'mid-conversation-tool-changes-2026-07-01 mid-conversation-output-config-2026-07-01 inline-tools-2026-09-15 ' +
    'per-turn-control-2026-07-01',
)

const shared = 'model messages system tools tool_choice thinking output_config cache_control'
const members: Readonly<Record<'messages' | 'count', ReadonlySet<string>>> = {
  messages: split(
    `${shared} max_tokens stream metadata stop_sequences temperature top_p top_k service_tier container inference_geo`,
  ),
  count: split(shared),
}

/** Members that a beta brings: any one that begins so. */
const betaMembers: Readonly<Record<string, readonly string[]>> = {
  context_management: ['context-management-', 'compact-'],
  mcp_servers: ['mcp-client-'],
  output_format: ['structured-outputs-'],
  speed: ['fast-mode-'],
  fallbacks: ['server-side-fallback-'],
  thread: ['message-threads-'],
  compaction: ['compact-2026-09-04'],
  diagnostics: ['cache-diagnosis-'],
}

/** The members of content blocks; a type that is not listed is left to the schema. */
const blockMembers: Readonly<Record<string, ReadonlySet<string>>> = {
  text: split('type text cache_control citations'),
  image: split('type source cache_control'),
  document: split('type source cache_control citations context title'),
  tool_use: split('type id name input cache_control caller'),
  tool_result: split('type tool_use_id content is_error cache_control'),
  thinking: split('type thinking signature'),
  redacted_thinking: split('type data'),
}

const toolMembers = split(
  'type name description input_schema cache_control strict defer_loading allowed_callers input_examples eager_input_streaming',
)

const extra = (where: string): Refusal => invalid(`${where}: Extra inputs are not permitted`)

/** Refuses betas that do not exist (anthropics/claude-code#53855 has the words). */
export function checkBetas(given: readonly string[]): void {
  const unknown = given.filter((beta) => !betas.has(beta))
  if (unknown.length === 0) return
  const list = unknown.map((beta) => `\`${beta}\``).join(', ')
  throw invalid(
    `Unexpected value(s) ${list} for the \`anthropic-beta\` header. Please consult our documentation at docs.claude.com or try again without the header.`,
  )
}

/** Refuses members that the endpoint does not know, or not without a beta. */
export function checkMembers(body: JsonObject, endpoint: 'messages' | 'count', given: readonly string[]): void {
  for (const name of Object.keys(body)) {
    const brought = Object.hasOwn(betaMembers, name) ? betaMembers[name] : undefined
    if (brought !== undefined && given.some((beta) => brought.some((prefix) => beta.startsWith(prefix)))) continue
    if (!members[endpoint].has(name)) throw extra(name)
  }
  for (const name of ['model', 'messages', ...(endpoint === 'messages' ? ['max_tokens'] : [])]) {
    if (!isGiven(body[name])) throw invalid(`${name}: Field required`)
  }
}

/** The rules of a conversation, for both endpoints. */
export function checkAnthropic(
  body: JsonObject,
  model: AnthropicModel,
  given: readonly string[],
  state: EmulatorState,
): void {
  for (const block of objectsOf(body['system'])) {
    if (stringOf(block['text']) === '') throw invalid('system: text content blocks must be non-empty')
  }
  checkTools(body['tools'])
  checkToolNames(body)
  checkHeld(body)
  if (state.quirks['anthropic-grammar-limited']) checkGrammar(body)
  checkThread(body)
  checkMarks(body)
  checkContextEdits(body, ['compact_20260112'])
  checkBlocks(objectsOf(body['messages']), given)
  const quirks = {
    ...state.quirks,
    'messages-strict': true,
    'prefill-refused': !model.prefill,
    'foreign-reasoning-refused': true,
    'tool-reference-checked': true,
  }
  const turns = objectsOf(body['messages']).filter(({ role }) => role !== 'system' || !model.systemTurns)
  checkTurns({ ...body, messages: mergeTurns(turns) }, { ...state, quirks })
}

/** How an answer is made: sizes, thinking, effort, sampling. */
export function checkGeneration(body: JsonObject, model: AnthropicModel): void {
  const tokens = numberOf(body['max_tokens']) ?? 0
  if (tokens < 1) throw invalid('max_tokens: Input should be greater than or equal to 1')
  if (tokens > model.maxOutputTokens) {
    throw invalid(
      `max_tokens: ${tokens} > ${model.maxOutputTokens}, which is the maximum allowed number of output tokens for ${model.id}`,
    )
  }
  checkThinking(body, model)
  checkStops(body)
  checkEnd(body)
  const user = isObject(body['metadata']) ? stringOf(body['metadata']['user_id']) : ''
  if (user.length > 256) throw invalid('metadata.user_id: String should have at most 256 characters')
  const effort = isObject(body['output_config']) ? body['output_config']['effort'] : undefined
  if (typeof effort === 'string' && model.efforts.length === 0) {
    throw invalid('This model does not support the effort parameter.')
  }
  if (typeof effort === 'string' && !model.efforts.includes(effort)) {
    throw invalid(`output_config.effort: Input should be ${model.efforts.map((one) => `'${one}'`).join(', ')}`)
  }
  const sampling = ['temperature', 'top_p', 'top_k'].filter((name) => isGiven(body[name]))
  if (model.fixedSampling && sampling.length > 0) throw invalid(`\`${sampling[0]}\` is deprecated for this model.`)
  if (sampling.includes('temperature') && sampling.includes('top_p')) {
    throw invalid('`temperature` and `top_p` cannot both be specified for this model. Please use only one.')
  }
  const temperature = numberOf(body['temperature']) ?? 0
  if (temperature < 0 || temperature > 1) throw invalid('temperature: range: 0..1')
}

function checkTools(value: unknown): void {
  for (const [index, tool] of objectsOf(value).entries()) {
    if ((stringOf(tool['type']) || 'custom') !== 'custom') continue
    if (!isObject(tool['input_schema'])) throw invalid(`tools.${index}.custom.input_schema: Field required`)
    const unknown = Object.keys(tool).find((member) => !toolMembers.has(member))
    if (unknown !== undefined) throw extra(`tools.${index}.custom.${unknown}`)
  }
  const fault = findInputFault(value)
  if (fault !== undefined) throw invalid(fault)
}

/** The service tells no size (anthropics/anthropic-sdk-python#1185): with the quirk, one schema is too much. */
function checkGrammar(body: JsonObject): void {
  const config = isObject(body['output_config']) ? body['output_config'] : {}
  const isHeld = objectsOf(body['tools']).some(({ strict }) => strict === true)
  if (!isHeld && !isObject(config['format']) && !isObject(body['output_format'])) return
  throw invalid(
    'The compiled grammar is too large, which would cause performance issues. Simplify your tool schemas or reduce the number of strict tools.',
  )
}

/**
 * No thread is kept here: a request for one is refused as the service refuses those that it cannot keep, after which clients send
 * the whole conversation (platform.claude.com, "Message threads").
 */
function checkThread({ thread }: JsonObject): void {
  if (!isGiven(thread)) return
  throw new Refusal(400, 'thread: this request cannot be part of a message thread; send the full conversation', {
    code: 'thread_unsupported_request',
    param: 'thread',
  })
}

/** What an answer goes on from cannot end in white space. */
function checkEnd(body: JsonObject): void {
  const last = objectsOf(body['messages']).at(-1)
  if (last?.['role'] !== 'assistant') return
  const end = blocksOf(last).at(-1)
  if (!isObject(end) || !/\s$/.test(stringOf(end['text']))) return
  throw invalid('messages: final assistant content cannot end with trailing whitespace')
}

/** With these a turn may have settings of its own. */
const perTurn = /^(?:per-turn-control|mid-conversation-output-config)-/

function checkBlocks(messages: readonly JsonObject[], given: readonly string[]): void {
  const turnMembers = ['role', 'content', ...(given.some((beta) => perTurn.test(beta)) ? ['output_config'] : [])]
  for (const [index, message] of messages.entries()) {
    const unknown = Object.keys(message).find((name) => !turnMembers.includes(name))
    if (unknown !== undefined) throw extra(`messages.${index}.${unknown}`)
    for (const [at, block] of objectsOf(message['content']).entries()) {
      const type = stringOf(block['type'])
      const known = Object.hasOwn(blockMembers, type) ? blockMembers[type] : undefined
      const odd = known && Object.keys(block).find((name) => !known.has(name))
      if (odd !== undefined) throw extra(`messages.${index}.content.${at}.${type}.${odd}`)
      if (type === 'image') checkImage(block['source'], `messages.${index}.content.${at}.image.source.base64`)
    }
  }
}

/** Consecutive turns of one role count as one, as the service has it. */
function mergeTurns(messages: readonly JsonObject[]): readonly JsonObject[] {
  const merged: JsonObject[] = []
  for (const message of messages) {
    const last = merged.at(-1)
    if (last === undefined || last['role'] !== message['role']) merged.push(message)
    else merged[merged.length - 1] = { ...last, content: [...blocksOf(last), ...blocksOf(message)] }
  }
  return merged
}

const blocksOf = ({ content }: JsonObject): readonly unknown[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : objectsOf(content)
