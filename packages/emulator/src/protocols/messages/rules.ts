import type { ModelEntry } from '../../model.ts'
import { isGiven, isObject, numberOf, objectsOf, stringOf, stringsOf } from '../../json.ts'
import type { JsonObject } from '../../json.ts'
import { badRequest } from '../../refusal.ts'
import type { Refusal } from '../../refusal.ts'

/** A member that the service does not know: its answer has no error wrapper. */
export const extraInput = (where: string): Refusal =>
  badRequest(`${where}: Extra inputs are not permitted`, '', { unwrapped: true })

/** The names of a client's own tools, and that a choice which makes the model call one has one to call. */
export function checkToolNames(body: JsonObject): void {
  const names = new Set<string>()
  for (const [index, tool] of objectsOf(body['tools']).entries()) {
    const name = stringOf(tool['name'])
    if (names.has(name)) throw badRequest('tools: Tool names must be unique.')
    names.add(name)
    if ((stringOf(tool['type']) || 'custom') !== 'custom' || /^[\w-]{1,128}$/.test(name)) continue
    throw badRequest(`tools.${index}.custom.name: String should match pattern '^[a-zA-Z0-9_-]{1,128}$'`)
  }
  const choice = isObject(body['tool_choice']) ? body['tool_choice'] : {}
  if (choice['type'] === 'any' && names.size === 0) {
    throw badRequest('tool_choice.any may only be specified while providing tools')
  }
  const wanted = stringOf(choice['name'])
  if (choice['type'] === 'tool' && !names.has(wanted)) throw badRequest(`Tool '${wanted}' not found in provided tools`)
}

/** Texts at which an answer ends have to be texts. */
export function checkStops(body: JsonObject): void {
  if (!stringsOf(body['stop_sequences']).some((stop) => stop.trim() === '')) return
  throw badRequest('stop_sequences: each stop sequence must contain non-whitespace')
}

/** At most four cache marks, longer before shorter ones, none with members besides type and ttl, none on thinking or deferred tools. */
export function checkMarks(body: JsonObject): void {
  let count = 0
  let short = false
  const visit = (block: JsonObject, where: string): void => {
    const mark = block['cache_control']
    if (mark === undefined || mark === null) return
    count += 1
    const unknown = isObject(mark) ? Object.keys(mark).find((name) => name !== 'type' && name !== 'ttl') : 'type'
    if (unknown !== undefined) throw extraInput(`${where}.cache_control.ephemeral.${unknown}`)
    const lasts = isObject(mark) && mark['ttl'] === '1h'
    if (lasts && short) {
      throw badRequest(
        `${where}.cache_control.ttl: a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block. Note that blocks are processed in the following order: \`tools\`, \`system\`, \`messages\`.`,
      )
    }
    short ||= !lasts
    if (block['type'] === 'text' && stringOf(block['text']) === '') {
      throw badRequest(`${where}: cache_control cannot be set for empty text blocks`)
    }
    if (block['type'] === 'thinking' || block['type'] === 'redacted_thinking')
      throw extraInput(`${where}.cache_control`)
    if (block['defer_loading'] === true) throw badRequest(`${where}: cache_control is not allowed on a deferred tool`)
  }
  for (const [index, tool] of objectsOf(body['tools']).entries()) visit(tool, `tools.${index}`)
  for (const [index, block] of objectsOf(body['system']).entries()) visit(block, `system.${index}`)
  for (const [at, message] of objectsOf(body['messages']).entries()) {
    for (const [index, block] of objectsOf(message['content']).entries()) {
      visit(block, `messages.${at}.content.${index}`)
      for (const [inner, nested] of objectsOf(block['content']).entries()) {
        visit(nested, `messages.${at}.content.${index}.content.${inner}`)
      }
    }
  }
  if (count > 4) {
    throw badRequest(`A maximum of 4 blocks with cache_control may be provided. Found ${count}.`)
  }
}

const isThinking = (body: JsonObject): boolean => {
  const type = isObject(body['thinking']) ? body['thinking']['type'] : undefined
  return type === 'enabled' || type === 'adaptive'
}

/** Only edits that the service knows; thinking is cleared only where there is thinking. */
export function checkContextEdits(body: JsonObject, more: readonly string[] = []): void {
  const edits = isObject(body['context_management']) ? objectsOf(body['context_management']['edits']) : []
  for (const [index, { type }] of edits.entries()) {
    if (type === 'clear_thinking_20251015' && !isThinking(body)) {
      throw badRequest('`clear_thinking_20251015` strategy requires `thinking` to be enabled or adaptive')
    }
    if (!['clear_thinking_20251015', 'clear_tool_uses_20250919', ...more].includes(stringOf(type))) {
      throw badRequest(
        `context_management.edits.${index}: Input tag '${stringOf(type)}' found using 'type' does not match any of the expected tags`,
      )
    }
  }
}

/** Whether the model thinks in the way that is asked for, and what goes together with thinking. */
export function checkThinking(body: JsonObject, model: ModelEntry): void {
  const thinking = isObject(body['thinking']) ? body['thinking'] : {}
  const type = thinking['type']
  if (type === 'adaptive' && !model.adaptive) throw badRequest('adaptive thinking is not supported on this model')
  if (type === 'enabled') {
    if (!model.budget) {
      throw badRequest(
        '"thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" to control thinking behavior.',
      )
    }
    const budget = numberOf(thinking['budget_tokens']) ?? 0
    if (budget < 1024) throw badRequest('thinking.enabled.budget_tokens: Input should be greater than or equal to 1024')
    if (budget >= (numberOf(body['max_tokens']) ?? 0))
      throw badRequest('`max_tokens` must be greater than `thinking.budget_tokens`.')
  }
  if (!isThinking(body)) return
  const choice = isObject(body['tool_choice']) ? body['tool_choice']['type'] : 'auto'
  // Adaptive thinking was seen to give way to a forced tool (recordings of pydantic-ai with Opus 4.6).
  if (type === 'enabled' && (choice === 'any' || choice === 'tool'))
    throw badRequest('Thinking may not be enabled when tool_choice forces tool use.')
  const temperature = numberOf(body['temperature'])
  if (temperature !== undefined && temperature !== 1) {
    throw badRequest('`temperature` may only be set to 1 when thinking is enabled.')
  }
  if (isGiven(body['top_k'])) throw badRequest('`top_k` must be unset when thinking is enabled.')
  if ((numberOf(body['top_p']) ?? 1) < 0.95) {
    throw badRequest('`top_p` must be greater than or equal to 0.95 or unset when thinking is enabled.')
  }
}
