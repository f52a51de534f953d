import { isObject, objectsOf, stringOf } from '../../json.ts'
import type { JsonObject } from '../../json.ts'
import { badRequest } from '../../refusal.ts'
import type { EmulatorState } from '../../state.ts'

/** The rules of a conversation's turns: roles, pairs of tool_use and tool_result, genuine thinking, known references. */
export function checkTurns(body: JsonObject, state: EmulatorState): void {
  const messages = objectsOf(body['messages'])
  const { quirks } = state
  const names = new Set(objectsOf(body['tools']).map(({ name }) => stringOf(name)))
  if (quirks['messages-strict']) checkRoles(messages)
  if (quirks['prefill-refused'] && messages.at(-1)?.['role'] === 'assistant') {
    throw badRequest(
      'This model does not support assistant message prefill. The conversation must end with a user message.',
    )
  }
  const ids = new Set<string>()
  for (const [index, message] of messages.entries()) {
    const blocks = objectsOf(message['content'])
    if (quirks['messages-strict']) {
      checkText(message, blocks, index)
      checkPlaces(message, blocks, index, ids)
      checkPairs(messages, index)
    }
    for (const [at, block] of blocks.entries()) {
      if (quirks['foreign-reasoning-refused']) checkThinkingBlock(block, `messages.${index}.content.${at}`, state)
      if (quirks['tool-reference-checked']) checkReferences(block, names)
    }
  }
  if (quirks['messages-strict']) checkThinkingFirst(body, messages)
}

function checkRoles(messages: readonly JsonObject[]): void {
  if (messages.length === 0) throw badRequest('messages: at least one message is required')
  for (const { role } of messages) {
    if (role !== 'user' && role !== 'assistant') {
      throw badRequest(
        `messages: Unexpected role "${stringOf(role)}". The Messages API accepts a top-level \`system\` parameter, not "system" as an input message role.`,
      )
    }
  }
  if (messages[0]?.['role'] !== 'user') throw badRequest('messages: first message must use the "user" role')
}

function checkText(message: JsonObject, blocks: readonly JsonObject[], index: number): void {
  const { content } = message
  const empty = Array.isArray(content) ? content.length === 0 : content === ''
  if (empty)
    throw badRequest(
      `messages.${index}: all messages must have non-empty content except for the optional final assistant message`,
    )
  const texts = blocks.filter(({ type }) => type === 'text').map(({ text }) => stringOf(text))
  if (texts.includes('')) throw badRequest('messages: text content blocks must be non-empty')
  if (texts.some((text) => text.trim() === '')) {
    throw badRequest('messages: text content blocks must contain non-whitespace text')
  }
}

const speakers: Readonly<Record<string, 'user' | 'assistant'>> = {
  tool_use: 'assistant',
  thinking: 'assistant',
  redacted_thinking: 'assistant',
  tool_result: 'user',
}

/** Whose turn a block may stand in, the ids of calls, and that each is answered once, before anything else is said. */
function checkPlaces({ role }: JsonObject, blocks: readonly JsonObject[], index: number, ids: Set<string>): void {
  const answered = new Set<string>()
  for (const [at, block] of blocks.entries()) {
    const type = stringOf(block['type'])
    const speaker = Object.hasOwn(speakers, type) ? speakers[type] : undefined
    if (speaker !== undefined && role !== speaker) {
      throw badRequest(
        type.startsWith('tool_')
          ? `messages.${index}: \`${type}\` blocks can only be in \`${speaker}\` messages`
          : `messages.${index}.content: thinking blocks may only be in \`assistant\` messages`,
      )
    }
    const id = stringOf(block[type === 'tool_use' ? 'id' : 'tool_use_id'])
    const where = `messages.${index}.content.${at}`
    if (type === 'tool_use') {
      if (!/^[\w-]+$/.test(id)) {
        throw badRequest(`${where}.tool_use.id: String should match pattern '^[a-zA-Z0-9_-]+$'`)
      }
      if (!isObject(block['input'])) throw badRequest(`${where}.tool_use.input: Input should be a valid dictionary`)
      if (ids.has(id)) throw badRequest(`${where}: \`tool_use\` ids must be unique`)
      ids.add(id)
    }
    if (type !== 'tool_result') continue
    if (answered.has(id)) {
      throw badRequest(
        `${where}: each tool_use must have a single result. Found multiple \`tool_result\` blocks with id: ${id}`,
      )
    }
    answered.add(id)
  }
}

const idsOf = (message: JsonObject | undefined, type: string, member: string): readonly string[] =>
  objectsOf(message?.['content'])
    .filter((block) => block['type'] === type)
    .map((block) => stringOf(block[member]))

/** The ids of the results that a turn begins with: those after something else count for none ("Handle tool calls"). */
function resultsOf(message: JsonObject | undefined): readonly string[] {
  const blocks = objectsOf(message?.['content'])
  const end = blocks.findIndex(({ type }) => type !== 'tool_result')
  return blocks.slice(0, end < 0 ? blocks.length : end).map((block) => stringOf(block['tool_use_id']))
}

function checkPairs(messages: readonly JsonObject[], index: number): void {
  const message = messages[index]
  if (message?.['role'] === 'assistant') {
    const given = resultsOf(messages[index + 1])
    const open = idsOf(message, 'tool_use', 'id').filter((id) => !given.includes(id))
    if (open.length > 0) {
      throw badRequest(
        `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${open.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`,
      )
    }
    return
  }
  const called = idsOf(messages[index - 1], 'tool_use', 'id')
  for (const id of idsOf(message, 'tool_result', 'tool_use_id')) {
    if (called.includes(id)) continue
    throw badRequest(
      `messages.${index}.content: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${id}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`,
    )
  }
}

/** A signature is good for the text it was made for, or for none (thinking that was not shown). */
function checkThinkingBlock(block: JsonObject, where: string, { seals, scripted }: EmulatorState): void {
  if (block['type'] === 'thinking') {
    const signature = stringOf(block['signature'])
    if (scripted.has(signature)) return
    const sealed = seals.open('signature', signature)
    const text = stringOf(block['thinking'])
    if (sealed === undefined || (text !== '' && !sealed.fits(text))) {
      throw badRequest(`${where}: Invalid \`signature\` in \`thinking\` block`)
    }
  }
  if (block['type'] === 'redacted_thinking') {
    const data = stringOf(block['data'])
    if (!scripted.has(data) && seals.open('redacted', data) === undefined) {
      throw badRequest(`${where}: Invalid \`data\` in \`redacted_thinking\` block`)
    }
  }
}

function checkReferences(block: JsonObject, names: ReadonlySet<string>): void {
  if (block['type'] !== 'tool_result') return
  for (const { type, tool_name: name } of objectsOf(block['content'])) {
    if (type === 'tool_reference' && !names.has(stringOf(name))) {
      throw badRequest(`Tool reference '${stringOf(name)}' not found in available tools`)
    }
  }
}

/** With budget thinking, an assistant turn whose tools are being answered has to begin with its thinking. */
function checkThinkingFirst(body: JsonObject, messages: readonly JsonObject[]): void {
  if (!isObject(body['thinking']) || body['thinking']['type'] !== 'enabled') return
  if (idsOf(messages.at(-1), 'tool_result', 'tool_use_id').length === 0) return
  const index = messages.length - 2
  const first = stringOf(objectsOf(messages[index]?.['content'])[0]?.['type'])
  if (first === 'thinking' || first === 'redacted_thinking') return
  throw badRequest(
    `messages.${index}.content.0.type: Expected \`thinking\` or \`redacted_thinking\`, but found \`${first}\`. When \`thinking\` is enabled, a final \`assistant\` message must start with a thinking block.`,
  )
}
