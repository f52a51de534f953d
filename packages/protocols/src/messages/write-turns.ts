import { asObject, asObjects, asString, type JsonObject, type MutableJson } from '../core/json.ts'
import type { Part } from '../core/part.ts'
import type { Turn } from '../core/prompt.ts'
import { restore } from './extras.ts'
import { asContent, writeBlocks } from './write-content.ts'
import type { WriteContext } from './write-context.ts'

interface Message {
  readonly role: Turn['role']
  readonly blocks: JsonObject[]
  extras: JsonObject | undefined
}

/** `system` and `messages` of a request. */
export interface Conversation {
  readonly system: readonly JsonObject[]
  readonly messages: readonly JsonObject[]
}

/**
 * The turns as the API wants them: system text at the top, then user and assistant in turn, neighbours joined, tool
 * results first and in the order of their calls. A system turn inside the conversation keeps its place, as a message of
 * that role or, where there is none, as a reminder in the user's turn.
 */
export function writeTurns(turns: readonly Turn[], context: WriteContext): Conversation {
  const system: JsonObject[] = []
  const messages: Message[] = []
  let begun = false
  turns.forEach((turn, index) => {
    const path = `turns[${index}]`
    if (turn.name !== undefined) context.lose({ path: `${path}.name`, why: 'Messages has no names of speakers' })
    if (turn.role === 'system' && goesOnTop(turn, begun, context)) {
      append(system, writeBlocks(onlyText(turn, context, path), context, path))
      return
    }
    add(messages, writeTurn(turn, context, path))
    // A turn that nothing could be written of does not begin the conversation: what follows it still goes on top.
    begun = messages.length > 0
  })
  if (messages.length === 0 && system.length > 0) {
    context.lose({ path: 'turns', why: 'Messages wants a user turn, so the system text is sent as one' })
    return { system: [], messages: [writeMessage({ role: 'user', blocks: system, extras: undefined })] }
  }
  return { system, messages: orderMessages(messages).map(writeMessage) }
}

/** Whether the last message answers a call that has no thinking before it. */
export function endsBare(messages: readonly JsonObject[]): boolean {
  const results = messages.findLast((message) => message['role'] !== 'system')
  if (results?.['role'] !== 'user' || !asObjects(results['content']).some(isResult)) return false
  const calls = messages.findLast((message) => message['role'] === 'assistant')
  const blocks = asObjects(calls?.['content'])
  const first = blocks[0]?.['type']
  const isThought = first === 'thinking' || first === 'redacted_thinking'
  return !isThought && blocks.some((block) => block['type'] === 'tool_use')
}

function goesOnTop(turn: Turn, begun: boolean, context: WriteContext): boolean {
  if (turn.level === 'instructions') return true
  if (begun) return false
  // A message of role system that carries members of its own came as one, and goes as one.
  return !(context.traits.systemTurns && turn.extras?.messages)
}

/** The parts of a system turn that may stand in `system`. */
function onlyText(turn: Turn, context: WriteContext, path: string): readonly Part[] {
  return turn.parts.filter((part, index) => {
    if (part.kind === 'text' || part.kind === 'native') return true
    context.lose({ path: `${path}.parts[${index}]`, why: `system text cannot hold a part of kind ${part.kind}` })
    return false
  })
}

function writeTurn(turn: Turn, context: WriteContext, path: string): Message {
  const extras = turn.extras?.messages
  if (turn.role !== 'system' || context.traits.systemTurns)
    return { role: turn.role, blocks: writeBlocks(turn.parts, context, path), extras }
  for (const member of Object.keys(extras ?? {}))
    context.lose({ path: `${path}.${member}`, why: 'the model takes no system turn inside the conversation' })
  const blocks = writeBlocks(onlyReminders(turn, context, path), context, path).map((block) => ({
    ...block,
    text: `<system-reminder>\n${asString(block['text']) ?? ''}\n</system-reminder>`,
  }))
  return { role: 'user', blocks, extras: undefined }
}

function onlyReminders(turn: Turn, context: WriteContext, path: string): readonly Part[] {
  return turn.parts.filter((part, index) => {
    if (part.kind === 'text') return true
    context.lose({ path: `${path}.parts[${index}]`, why: 'a reminder in the user turn holds only text' })
    return false
  })
}

function add(messages: Message[], message: Message): void {
  if (message.blocks.length === 0 && !(message.role === 'system' && message.extras)) return
  const last = messages.at(-1)
  if (!last || last.role !== message.role || message.role === 'system') {
    messages.push(message)
    return
  }
  append(last.blocks, message.blocks)
  last.extras = last.extras || message.extras ? { ...message.extras, ...last.extras } : undefined
}

/** One by one: spread over the arguments of one call, a hundred thousand would not fit its stack. */
function append(blocks: JsonObject[], more: readonly JsonObject[]): void {
  for (const block of more) blocks.push(block)
}

/** Results directly after their calls: before other content of the turn, and before a system turn that came between. */
function orderMessages(messages: readonly Message[]): readonly Message[] {
  const ordered = [...messages]
  for (let index = 1; index < ordered.length; index++) {
    const [before, here, after] = [ordered[index - 1], ordered[index], ordered[index + 1]]
    if (!before || !here || callIds(before).length === 0) continue
    if (here.role === 'system' && after?.role === 'user' && after.blocks.some(isResult)) {
      ordered[index] = after
      ordered[index + 1] = here
    }
    const user = ordered[index]
    if (user?.role === 'user') ordered[index] = { ...user, blocks: resultsFirst(user.blocks, callIds(before)) }
  }
  return ordered
}

function resultsFirst(blocks: readonly JsonObject[], calls: readonly unknown[]): JsonObject[] {
  const results = blocks.filter(isResult)
  const places = new Map(calls.map((id, index) => [id, index]))
  const place = (block: JsonObject): number => places.get(block['tool_use_id']) ?? calls.length
  results.sort((left, right) => place(left) - place(right))
  return [...results, ...blocks.filter((block) => !isResult(block))]
}

function isResult(block: JsonObject): boolean {
  return block['type'] === 'tool_result'
}

function callIds(message: Message): readonly unknown[] {
  if (message.role !== 'assistant') return []
  return message.blocks.filter((block) => block['type'] === 'tool_use').map((block) => block['id'])
}

function writeMessage(message: Message): JsonObject {
  const written: MutableJson = { role: message.role }
  const content = asContent(message.blocks)
  if (content !== undefined) written['content'] = content
  return restore(written, asObject(message.extras) ? { messages: message.extras ?? {} } : undefined)
}
