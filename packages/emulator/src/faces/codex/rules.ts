import type { ModelEntry } from '../../model.ts'
import { isObject, objectsOf, stringOf } from '../../json.ts'
import type { JsonObject } from '../../json.ts'
import { findFunctionFault } from '../../dialect/function-schemas.ts'
import { findItemFault } from '../../dialect/input-items.ts'
import { findLongName } from '../../dialect/lengths.ts'
import { findFormatFault } from '../../dialect/strict-schema.ts'
import { Refusal } from '../../refusal.ts'
import { encryptedBy } from '../../seals.ts'
import type { EmulatorState } from '../../state.ts'

/**
 * Every member that the service takes: what the Codex CLI sends. All others are `Unsupported parameter: x` (found out by
 * name in BerriAI/litellm#21209, askalf/dario#1009, RayBytes/ChatMock#103).
 */
const members = new Set(
  (
    'model instructions input tools tool_choice parallel_tool_calls reasoning store stream include prompt_cache_key text ' +
    'service_tier client_metadata'
  ).split(' '),
)

/** A refusal in the short form of the service's front. */
export const detailError = (detail: string, status = 400): Refusal => new Refusal(status, detail, { body: { detail } })

/** A refusal in the form of the Responses API behind it. */
const apiError = (message: string, code: string | null, param: string | null = null): Refusal =>
  new Refusal(400, message, { body: { error: { message, type: 'invalid_request_error', param, code } } })

/** The service's own rules for a call (Q44), `lite` for the form in which Codex moves instructions and tools into the input. */
export function checkCodex(body: JsonObject, lite: boolean, state: EmulatorState): void {
  const { quirks } = state
  if (!quirks['codex-body-checked']) return
  const unknown = Object.keys(body).find((name) => !members.has(name))
  if (unknown !== undefined) throw detailError(`Unsupported parameter: ${unknown}`)
  if (!lite && stringOf(body['instructions']) === '') throw detailError('Instructions are required')
  if (!Array.isArray(body['input'])) throw detailError('Input must be a list')
  if (body['store'] !== false) throw detailError('Store must be set to false')
  if (body['stream'] !== true) throw detailError('Stream must be set to true')
  checkMessages(body['input'], state)
}

function checkMessages(input: readonly unknown[], { quirks }: EmulatorState): void {
  if (quirks['codex-system-refused'] && objectsOf(input).some(({ role }) => role === 'system')) {
    throw detailError('System messages are not allowed')
  }
}

/** What the API behind refuses: efforts, items that are not kept, reasoning of others, unpaired calls. */
export function checkItems(body: JsonObject, model: ModelEntry, state: EmulatorState): void {
  const effort = isObject(body['reasoning']) ? stringOf(body['reasoning']['effort']) : ''
  if (effort !== '' && effort !== 'none' && !model.efforts.includes(effort)) {
    const list = model.efforts.map((value) => `'${value}'`).join(', ')
    throw apiError(
      `Unsupported value: '${effort}' is not supported with the '${model.id}' model. Supported values are: ${list}.`,
      'unsupported_value',
      'reasoning.effort',
    )
  }
  const name = findLongName(body)
  if (name) throw apiError(name.message, 'string_above_max_length', name.param)
  const format =
    isObject(body['text']) && isObject(body['text']['format']) ? findFormatFault(body['text']['format']) : undefined
  if (format !== undefined) throw apiError(format, 'invalid_json_schema', 'text.format.schema')
  const items = objectsOf(body['input'])
  const item = findItemFault(items)
  if (item) throw apiError(item.message, item.code, item.param)
  const carried = items.find(({ type }) => type === 'additional_tools')
  const fault = findFunctionFault(body['tools'], false) ?? findFunctionFault(carried?.['tools'], false)
  if (fault) throw apiError(fault.message, fault.code, fault.param)
  const calls = new Set<string>()
  const answered = new Set<string>()
  for (const item of items) {
    const id = stringOf(item['call_id'])
    switch (item['type']) {
      case 'item_reference':
        throw notKept(stringOf(item['id']))
      case 'reasoning':
      case 'compaction':
      case 'compaction_summary':
        checkSealed(item, state)
        break
      case 'function_call':
      case 'custom_tool_call':
        calls.add(id)
        break
      case 'function_call_output':
      case 'custom_tool_call_output':
        if (!calls.has(id))
          throw apiError(`No tool call found for function call output with call_id ${id}.`, null, 'input')
        answered.add(id)
        break
      default:
        break
    }
  }
  const open = [...calls].find((id) => !answered.has(id))
  if (open !== undefined) throw apiError(`No tool output found for function call ${open}.`, null, 'input')
}

const notKept = (id: string): Refusal => {
  const message = `Item with id '${id}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`
  return new Refusal(404, message, {
    body: { error: { message, type: 'invalid_request_error', param: 'input', code: null } },
  })
}

function checkSealed(item: JsonObject, { seals, scripted }: EmulatorState): void {
  const content = item['encrypted_content']
  if (typeof content !== 'string') throw notKept(stringOf(item['id']))
  if (scripted.has(content) || seals.open(encryptedBy('codex'), content) !== undefined) return
  throw apiError(
    'The encrypted content could not be verified. Reason: Encrypted content could not be decrypted or parsed.',
    'invalid_encrypted_content',
  )
}
