import type { ModelEntry } from '../model.ts'
import { isGiven, isObject, numberOf, objectsOf, stringOf } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { findInputFault } from '../dialect/function-schemas.ts'
import {
  checkContextEdits,
  checkMarks,
  checkStops,
  checkThinking,
  checkToolNames,
  extraInput,
} from '../protocols/messages/rules.ts'
import { checkTurns } from '../protocols/messages/turns.ts'
import { badRequest } from '../refusal.ts'
import type { Call, EmulatorState } from '../state.ts'

const known = new Set([
  'interleaved-thinking-2025-05-14',
  'context-management-2025-06-27',
  'advanced-tool-use-2025-11-20',
])

const members = new Set(
  (
    'model messages system max_tokens stream tools tool_choice thinking output_config context_management metadata ' +
    'stop_sequences temperature top_p top_k'
  ).split(' '),
)

/** `eager_input_streaming` is not among them: refused since 2026-04 (anomalyco/opencode#23193). */
const toolMembers = new Set(
  'name description input_schema type cache_control defer_loading strict input_examples'.split(' '),
)

/** Copilot's own rules for `/v1/messages` (Q31 to Q34). */
export function checkMessages(body: JsonObject, model: ModelEntry, call: Call, state: EmulatorState): void {
  const { quirks } = state
  const betas = stringOf(call.headers['anthropic-beta'])
    .split(',')
    .map((beta) => beta.trim())
    .filter(Boolean)
  const unknown = betas.find((beta) => !known.has(beta))
  if (unknown !== undefined && quirks['unknown-beta-refused'])
    throw badRequest(`unsupported beta header(s): ${unknown}`)
  if (
    quirks['context-management-beta'] &&
    isGiven(body['context_management']) &&
    !betas.includes('context-management-2025-06-27')
  ) {
    throw extraInput('context_management')
  }
  if (quirks['messages-strict']) {
    for (const name of Object.keys(body)) if (!members.has(name)) throw extraInput(name)
    if (numberOf(body['max_tokens']) === undefined) throw badRequest('max_tokens: Field required')
    checkSystem(body['system'])
    checkTools(body['tools'], betas)
    checkToolNames(body)
    checkStops(body)
    const fault = quirks['tool-schemas-checked'] ? findInputFault(body['tools']) : undefined
    if (fault !== undefined) throw badRequest(fault)
    checkMarks(body)
    checkContextEdits(body)
  }
  if (quirks['effort-checked']) {
    checkThinking(body, model)
    checkEffort(body, model)
  }
  checkTurns(body, state)
}

function checkSystem(system: unknown): void {
  const blocks = typeof system === 'string' ? [{ text: system }] : objectsOf(system)
  for (const block of blocks) {
    const text = stringOf(block['text'])
    if (text === '' && typeof system !== 'string') throw badRequest('system: text content blocks must be non-empty')
    if (text.startsWith('x-anthropic-billing-header')) {
      throw badRequest('x-anthropic-billing-header is a reserved keyword and may not be used in the system prompt.')
    }
  }
}

function checkTools(value: unknown, betas: readonly string[]): void {
  const tools = objectsOf(value)
  if (tools.length > 128) throw badRequest(`tools: List should have at most 128 items, not ${tools.length}`)
  for (const [index, tool] of tools.entries()) {
    const type = stringOf(tool['type'])
    if (type.startsWith('tool_search_tool_')) continue
    if (type.startsWith('web_search')) throw badRequest('The use of the web search tool is not supported.')
    if (type !== '' && type !== 'custom') throw badRequest(`tools.${index}: tool type '${type}' is not supported`)
    const unknown = Object.keys(tool).find((name) => !toolMembers.has(name))
    if (unknown !== undefined) throw extraInput(`tools.${index}.custom.${unknown}`)
    if (tool['defer_loading'] !== undefined && !betas.includes('advanced-tool-use-2025-11-20')) {
      throw extraInput(`tools.${index}.custom.defer_loading`)
    }
    if (isObject(tool['input_schema']) && '$schema' in tool['input_schema']) {
      throw extraInput(`tools.${index}.custom.input_schema.$schema`)
    }
  }
}

function checkEffort(body: JsonObject, model: ModelEntry): void {
  const effort = isObject(body['output_config']) ? body['output_config']['effort'] : undefined
  if (typeof effort !== 'string' || model.efforts.includes(effort)) return
  throw badRequest(
    `output_config.effort "${effort}" is not supported by model ${model.id}; supported values: [${model.efforts.join(' ')}]`,
    'invalid_reasoning_effort',
  )
}
