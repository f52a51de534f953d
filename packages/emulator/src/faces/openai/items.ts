import { findItemFault } from '../../dialect/input-items.ts'
import { tooLong } from '../../dialect/lengths.ts'
import { invalid, refuse, unknownParameter } from '../../dialect/refuse.ts'
import { isObject, objectsOf, stringOf } from '../../json.ts'
import type { JsonObject } from '../../json.ts'
import { encryptedBy } from '../../seals.ts'
import type { EmulatorState } from '../../state.ts'
import type { FaceName } from '../face.ts'
import { namedMembers } from '../../validate-shape.ts'
import type { ResponseStore } from './response-store.ts'

const idPrefixes: Readonly<Record<string, string>> = {
  message: 'msg',
  reasoning: 'rs',
  function_call: 'fc',
  custom_tool_call: 'ctc',
}

/** Members of items that answers have and that take their place in requests, though the schema of requests does not name them. */
const answered: Readonly<Record<string, ReadonlySet<string>>> = {
  // The types of the official package (openai 7.55.0); recorded answers have them.
  image_generation_call: new Set(
    'action background error output_format quality revised_prompt size svg_usage'.split(' '),
  ),
}

/** The longest id of an item. */
const longestId = 64

/**
 * The whole input of a request: the earlier exchange that it goes on from, then its own items, references replaced by what
 * they name. Throws for what is not there, for ids and encrypted content that were not issued here, for unpaired items.
 */
export async function resolveInput(
  body: JsonObject,
  store: ResponseStore,
  state: EmulatorState,
  face: FaceName | undefined,
): Promise<readonly JsonObject[]> {
  const own = typeof body['input'] === 'string' ? [{ role: 'user', content: body['input'] }] : objectsOf(body['input'])
  const previous = stringOf(body['previous_response_id'])
  const earlier = previous === '' ? [] : store.response(previous)?.exchange
  if (earlier === undefined) {
    const message = `Previous response with id '${previous}' not found.`
    throw invalid(message, 'previous_response_not_found', 'previous_response_id')
  }
  const known = await namedMembers('openai.responses.request', 'InputItem')
  const items = own.map((item, index) => {
    const more = answered[stringOf(item['type'])]
    const unknown = Object.keys(item).find((name) => !known.has(name) && !more?.has(name))
    if (unknown !== undefined) throw unknownParameter(`input[${index}].${unknown}`)
    return resolveItem(item, { index, store, state, face })
  })
  const fault = findItemFault(items)
  if (fault) throw invalid(fault.message, fault.code ?? undefined, fault.param)
  checkReasoned(items, store)
  const input = [...earlier, ...items]
  checkCalls(input)
  checkFollowers(input)
  return input
}

interface Place {
  readonly index: number
  readonly store: ResponseStore
  readonly state: EmulatorState
  readonly face: FaceName | undefined
}

function resolveItem(item: JsonObject, place: Place): JsonObject {
  const { index, store } = place
  const type = stringOf(item['type']) || 'message'
  const id = stringOf(item['id'])
  if (type === 'item_reference') return store.item(id) ?? notFound(id)
  if (typeof item['id'] === 'string' && !/^[\w-]+$/.test(id)) {
    const message = `Invalid 'input[${index}].id': '${id}'. Expected an ID that contains letters, numbers, underscores, or dashes, but this value contained additional characters.`
    throw invalid(message, 'invalid_value', `input[${index}].id`)
  }
  if (id.length > longestId) {
    const param = `input[${index}].id`
    throw invalid(tooLong(param, id, longestId), 'string_above_max_length', param)
  }
  const prefix = idPrefixes[type]
  // The stand-in names custom calls like function calls.
  if (
    id !== '' &&
    prefix !== undefined &&
    !id.startsWith(prefix) &&
    !(type === 'custom_tool_call' && id.startsWith('fc'))
  ) {
    const message = `Invalid 'input[${index}].id': '${id}'. Expected an ID that begins with '${prefix}'.`
    throw invalid(message, 'invalid_value', `input[${index}].id`)
  }
  if (type === 'reasoning' || type === 'compaction') checkReasoning(item, id, place)
  return item
}

function notFound(id: string): never {
  throw refuse(
    404,
    `Item with id '${id}' not found. Items are not persisted when \`store\` is set to false. Try again with \`store\` set to true, or remove this item from your input.`,
    undefined,
    'input',
  )
}

/** Reasoning comes back with the content that was sealed for it, or by an id that is kept. */
function checkReasoning(item: JsonObject, id: string, { store, state: { seals, scripted }, face }: Place): void {
  const content = item['encrypted_content']
  if (typeof content !== 'string') {
    if (store.item(id) === undefined) notFound(id)
    return
  }
  const sealed = seals.open(encryptedBy(face), content)
  const own = sealed !== undefined && (id === '' || id === `rs_${sealed.nonce}` || id.startsWith('cmp_'))
  if (own || scripted.has(content)) return
  const shown = content.length > 12 ? `${content.slice(0, 4)}...${content.slice(-4)}` : content
  throw invalid(
    `The encrypted content ${shown} could not be verified. Reason: Encrypted content could not be decrypted or parsed.`,
    'invalid_encrypted_content',
  )
}

const isCall = ({ type }: JsonObject): boolean => type === 'function_call' || type === 'custom_tool_call'
const isOutput = ({ type }: JsonObject): boolean =>
  type === 'function_call_output' || type === 'custom_tool_call_output'

function checkCalls(items: readonly JsonObject[]): void {
  const called = new Set(items.filter(isCall).map((item) => item['call_id']))
  const answered = new Set(items.filter(isOutput).map((item) => item['call_id']))
  const stray = [...answered].find((id) => !called.has(id))
  if (stray !== undefined) {
    throw invalid(`No tool call found for function call output with call_id ${String(stray)}.`, undefined, 'input')
  }
  const open = [...called].find((id) => !answered.has(id))
  if (open !== undefined) throw invalid(`No tool output found for function call ${String(open)}.`, undefined, 'input')
}

/** What followed reasoning in an answer that is kept comes back with it, or without its id (cline/cline#12242). */
function checkReasoned(items: readonly JsonObject[], store: ResponseStore): void {
  const given = new Set(items.map(({ id }) => id))
  for (const { id, type } of items) {
    const reasoning = typeof id === 'string' ? store.reasoningBefore(id) : undefined
    if (reasoning === undefined || given.has(reasoning)) continue
    const message = `Item '${String(id)}' of type '${stringOf(type) || 'message'}' was provided without its required 'reasoning' item: '${reasoning}'.`
    throw invalid(message, undefined, 'input')
  }
}

/** A reasoning item with an id belongs to the output after it (refusal as in vercel/ai#7099, continuedev/continue#8933). */
function checkFollowers(items: readonly JsonObject[]): void {
  for (const [index, item] of items.entries()) {
    if (item['type'] !== 'reasoning' || typeof item['id'] !== 'string') continue
    const next = items[index + 1]
    if (isObject(next) && (next['type'] === 'reasoning' || isCall(next) || next['role'] === 'assistant')) continue
    const message = `Item '${item['id']}' of type 'reasoning' was provided without its required following item.`
    throw invalid(message, undefined, 'input')
  }
}
