import { asObject, asObjects, asString, type Json, type JsonObject } from '@crossfeed/protocols'
import type { PatchContext, RequestPatch } from '../provider.ts'
import { asList, withMember } from './copy-on-write.ts'

/** Turns of role system become reminders in the user's turn that they stand beside. */
export const systemTurns: RequestPatch = {
  name: 'messages-system-turns',
  reason:
    'TR-41, clients.md: Claude Code puts turns of role system between the others; Copilot and older models refuse that role',
  protocol: 'messages',
  apply(body, target, context) {
    const messages = asList(body['messages'])
    if (target.traits.systemTurns || !messages?.some((turn) => asObject(turn)?.['role'] === 'system')) return body
    const lastUser = messages.findLastIndex((turn) => asObject(turn)?.['role'] === 'user')
    const current = messages.filter((turn, index) => index > lastUser || !isPassing(asObject(turn)))
    const stated = current.findIndex((turn) => statesOutput(asObject(turn)))
    if (stated >= 0)
      context.lose({ path: `messages[${stated}].output_config`, why: 'the model takes no system turns that state one' })
    return withToolChanges({ ...body, messages: foldSystemTurns(current) }, current, context)
  },
}

/** The body with its tools as its system turns leave them: no other turn may change them. */
function withToolChanges(body: JsonObject, messages: readonly Json[], context: PatchContext): JsonObject {
  const changes = messages.flatMap((message) => asObjects(asObject(message)?.['content']).filter(isToolChange))
  if (changes.length === 0) return body
  context.lose({
    path: 'tools',
    why: 'the model takes no items that change tools on the way: they are sent as these leave them',
  })
  let tools = asObjects(body['tools'])
  const removed = new Map<string, JsonObject>()
  for (const change of changes) {
    const tool = asObject(change['tool'])
    const definition = asObject(tool?.['definition'])
    const name = asString((definition ?? tool)?.['name'])
    if (name === undefined) continue
    const known = definition ?? tools.find((one) => one['name'] === name) ?? removed.get(name)
    const others = tools.filter((one) => one['name'] !== name)
    if (change['type'] === 'tool_removal') {
      if (known) removed.set(name, known)
      tools = others
    } else if (definition || others.length === tools.length) tools = known ? [...others, known] : others
  }
  return withMember(body, 'tools', tools)
}

function isToolChange(block: JsonObject): boolean {
  return block['type'] === 'tool_addition' || block['type'] === 'tool_removal'
}

/** Whether a system turn is meant until the user speaks again: from then on its own server shows it no longer. */
function isPassing(turn: JsonObject | undefined): boolean {
  return turn?.['role'] === 'system' && turn['clear_at'] === 'next_user_message'
}

/** Whether a turn of role system says how the answer shall be made. */
export function statesOutput(turn: JsonObject | undefined): boolean {
  return turn?.['role'] === 'system' && Object.keys(asObject(turn['output_config']) ?? {}).length > 0
}

/** Into the user's turn before; else into the one after, behind its tool results; else as a turn of its own. */
function foldSystemTurns(messages: readonly Json[]): readonly Json[] {
  const folded: Json[] = []
  let waiting: JsonObject[] = []
  for (const message of messages) {
    const turn = asObject(message)
    const last = asObject(folded.at(-1))
    if (turn?.['role'] === 'system') {
      const reminders = blocksOf(turn['content'])
        .filter((block) => !isToolChange(block))
        .map(toReminder)
      if (reminders.length === 0) continue
      if (last?.['role'] === 'user')
        folded[folded.length - 1] = withContent(last, [...blocksOf(last['content']), ...reminders])
      else waiting.push(...reminders)
    } else if (waiting.length > 0 && turn?.['role'] === 'user') {
      folded.push(withContent(turn, behindResults(waiting, blocksOf(turn['content']))))
      waiting = []
    } else {
      if (waiting.length > 0) folded.push({ role: 'user', content: waiting })
      waiting = []
      folded.push(message)
    }
  }
  if (waiting.length > 0) folded.push({ role: 'user', content: waiting })
  return folded
}

function withContent(turn: JsonObject, content: readonly JsonObject[]): JsonObject {
  return { ...turn, content }
}

function behindResults(reminders: readonly JsonObject[], blocks: readonly JsonObject[]): readonly JsonObject[] {
  const results = blocks.filter((block) => block['type'] === 'tool_result')
  const others = blocks.filter((block) => block['type'] !== 'tool_result')
  return [...results, ...reminders, ...others]
}

function blocksOf(content: Json | undefined): readonly JsonObject[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }]
  return asObjects(content)
}

function toReminder(block: JsonObject): JsonObject {
  const text = asString(block['text'])
  if (block['type'] !== 'text' || text === undefined || text.trim() === '') return block
  return { ...block, text: `<system-reminder>\n${text}\n</system-reminder>` }
}
