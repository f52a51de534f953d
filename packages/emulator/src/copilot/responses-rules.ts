import type { ModelEntry } from '../model.ts'
import { isGiven, isObject, numberOf, objectsOf, stringOf } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { findFunctionFault } from '../dialect/function-schemas.ts'
import { findItemFault } from '../dialect/input-items.ts'
import { findLongName } from '../dialect/lengths.ts'
import { findFormatFault } from '../dialect/strict-schema.ts'
import { badRequest, Refusal } from '../refusal.ts'
import type { EmulatorState } from '../state.ts'

const refusedTools =
  /^(image_generation|web_search.*|namespace|tool_search|local_shell|apply_patch|shell|file_search|computer.*|code_interpreter|mcp)$/

/** Copilot's own rules for `/responses` (Q23, Q24, Q33 and the request table of the protocol notes). */
export function checkResponses(body: JsonObject, model: ModelEntry, state: EmulatorState): void {
  const { quirks } = state
  for (const name of ['service_tier', 'conversation', 'background', 'prompt']) {
    if (isGiven(body[name]) && body[name] !== false) {
      throw badRequest(`Unsupported parameter: '${name}' is not supported.`, 'unsupported_parameter', { param: name })
    }
  }
  if (isGiven(body['previous_response_id'])) {
    const message = `Previous response with id '${stringOf(body['previous_response_id'])}' not found.`
    throw badRequest(message, 'previous_response_not_found', { param: 'previous_response_id' })
  }
  const tokens = numberOf(body['max_output_tokens'])
  if (tokens !== undefined && tokens < 16) {
    const message = `Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got ${tokens} instead.`
    throw badRequest(message, 'integer_below_min_value', { param: 'max_output_tokens' })
  }
  const effort = isObject(body['reasoning']) ? stringOf(body['reasoning']['effort']) : ''
  if (quirks['effort-checked'] && effort !== '' && !model.efforts.includes(effort)) {
    const list = model.efforts.map((value) => `'${value}'`).join(', ')
    throw badRequest(
      `Unsupported value: '${effort}' is not supported with the '${model.id}' model. Supported values are: ${list}.`,
      'unsupported_value',
      { param: 'reasoning.effort', type: 'invalid_request_error' },
    )
  }
  const name = findLongName(body)
  if (name) throw badRequest(name.message, 'invalid_request_body', { param: name.param })
  const format =
    isObject(body['text']) && isObject(body['text']['format']) ? findFormatFault(body['text']['format']) : undefined
  if (quirks['tool-schemas-checked'] && format !== undefined) throw badRequest(format, 'invalid_json_schema')
  checkTools(body, state)
  const items = objectsOf(body['input'])
  const item = findItemFault(items)
  if (item) throw badRequest(item.message)
  checkItems(items, state)
}

function checkTools(body: JsonObject, { quirks }: EmulatorState): void {
  const tools = objectsOf(body['tools'])
  if (quirks['tools-limited'] && tools.length > 128) {
    throw badRequest(
      `Invalid 'tools': array too long. Expected an array with maximum length 128, but got an array with length ${tools.length} instead.`,
    )
  }
  const isRefused = ({ type }: JsonObject): boolean =>
    type === 'custom'
      ? quirks['responses-custom-refused']
      : quirks['responses-tools-refused'] && refusedTools.test(stringOf(type))
  const refused = tools.find(isRefused)
  if (refused !== undefined) {
    throw badRequest(`The requested tool ${stringOf(refused['type'])} is not supported.`, 'unsupported_value', {
      param: 'tools',
      type: 'invalid_request_error',
    })
  }
  const carried = objectsOf(body['input']).find(({ type }) => type === 'additional_tools')
  const fault = findFunctionFault(tools, false) ?? findFunctionFault(carried?.['tools'], false)
  if (quirks['tool-schemas-checked'] && fault) throw badRequest(fault.message, fault.code)
}

function checkItems(items: readonly JsonObject[], state: EmulatorState): void {
  const calls = new Set<string>()
  const answered = new Set<string>()
  for (const [index, item] of items.entries()) {
    const type = stringOf(item['type'])
    if (type === 'item_reference' && state.quirks['responses-reference-refused']) {
      throw new Refusal(404, '', { body: { error: { message: '', code: 'not_found' } } })
    }
    if (item['status'] === null)
      throw badRequest(
        `Invalid type for 'input[${index}].status': expected one of 'in_progress', 'completed', or 'incomplete', but got null instead.`,
      )
    if (type === 'additional_tools' && state.quirks['responses-tools-refused']) {
      throw badRequest(`Invalid value: 'additional_tools'.`, 'invalid_value', { param: `input[${index}].type` })
    }
    checkId(item, index, state)
    if (type === 'reasoning' || type === 'compaction') checkEncrypted(item, state)
    if (type === 'function_call' || type === 'custom_tool_call') calls.add(stringOf(item['call_id']))
    if (type === 'function_call_output' || type === 'custom_tool_call_output') {
      const id = stringOf(item['call_id'])
      if (!calls.has(id)) throw badRequest(`No tool call found for function call output with call_id ${id}.`)
      answered.add(id)
    }
  }
  const open = [...calls].find((id) => !answered.has(id))
  if (open !== undefined) throw badRequest(`No tool output found for function call ${open}.`)
}

/** The rules for ids that come back (Q23). */
function checkId(item: JsonObject, index: number, { quirks, seals }: EmulatorState): void {
  const { id } = item
  if (typeof id !== 'string') return
  if (quirks['responses-no-ids'] || (quirks['responses-replay-refused'] && seals.open('id', id) !== undefined)) {
    const message = 'input item ID does not belong to this connection'
    throw quirks['responses-replay-as-400']
      ? badRequest(message, 'bad_request', { type: 'websocket_error' })
      : new Refusal(401, message)
  }
  if (item['type'] !== 'reasoning' || !quirks['foreign-reasoning-refused']) return
  const own = seals.open('id', id)
  if (own === undefined && !id.startsWith('rs')) {
    throw badRequest(`Invalid 'input[${index}].id': '${id}'. Expected an ID that begins with 'rs'.`, 'invalid_value')
  }
  const sealed = seals.open('encrypted', stringOf(item['encrypted_content']))
  if (sealed !== undefined && sealed.nonce !== (own?.nonce ?? id.slice('rs_'.length))) {
    throw badRequest('item_id did not match the target item id', 'invalid_encrypted_content')
  }
}

function checkEncrypted(item: JsonObject, { quirks, seals, scripted }: EmulatorState): void {
  const content = item['encrypted_content']
  if (!quirks['foreign-reasoning-refused']) return
  if (typeof content !== 'string') {
    throw badRequest(
      `Item of type '${stringOf(item['type'])}' was provided without its 'encrypted_content'. Items are not persisted when 'store' is set to false.`,
    )
  }
  if (scripted.has(content) || seals.open('encrypted', content) !== undefined) return
  throw badRequest(
    'The encrypted content could not be verified. Reason: Encrypted content could not be decrypted or parsed.',
    'invalid_encrypted_content',
  )
}
