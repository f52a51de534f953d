import { asObject, asString, isObject, rest, type Json, type JsonObject } from '../core/json.ts'
import { textOfArguments } from '../core/exact-json.ts'
import type { CacheMark, Part, ToolCallPart } from '../core/part.ts'
import type { Turn } from '../core/prompt.ts'
import { readContent, readMark } from './content.ts'
import { badMember } from './error.ts'
import { readReasoning } from './reasoning.ts'
import { keep, restWith, type Spelling } from './spelling.ts'

/** The turns of a request, one for each message. Throws `invalid-request` with the path of what cannot be understood. */
export function readTurns(messages: Json | undefined): Turn[] {
  if (!Array.isArray(messages)) throw badMember('messages', 'expected a list of messages')
  const calls = new History()
  let before: Json | undefined
  return messages.map((message: Json, index) => {
    const path = `messages[${index}]`
    if (!isObject(message)) throw badMember(path, 'expected an object')
    const turn = readMessage(message, path, calls, before)
    before = message['role']
    return turn
  })
}

/** The calls so far: what the results further down answer. */
class History {
  readonly #forms = new Map<string, 'json' | 'text'>()
  readonly #named = new Map<string, string>()
  #count = 0

  /** The id for a call that came without one: the same on every reading of the same conversation. */
  nextId(): string {
    return `call_${this.#count}`
  }

  add(call: ToolCallPart): void {
    this.#count += 1
    this.#forms.set(call.id, call.form)
    this.#named.set(call.name, call.id)
  }

  formOf(id: string): 'json' | 'text' {
    return this.#forms.get(id) ?? 'json'
  }

  idOfName(name: string): string | undefined {
    return this.#named.get(name)
  }
}

const commonMembers = ['role', 'content']
const speakerMembers = new Set([...commonMembers, 'name'])
const resultMembers = new Set([...commonMembers, 'tool_call_id'])

function readMessage(message: JsonObject, path: string, calls: History, before: Json | undefined): Turn {
  const role = asString(message['role'])
  switch (role) {
    case 'system':
    case 'developer':
    case 'user': {
      const parts = readContent(message['content'], `${path}.content`)
      return {
        role: role === 'user' ? 'user' : 'system',
        ...(role === 'developer' ? { level: 'developer' as const } : {}),
        ...readName(message),
        ...marked(message, parts, rest(message, speakerMembers), role !== 'user' && wasList(parts)),
      }
    }
    case 'assistant':
      return readAssistant(message, path, calls, before === 'assistant')
    case 'tool':
    case 'function':
      return readResult(message, path, calls, role === 'function')
    case undefined:
      throw badMember(`${path}.role`, 'expected a role')
    default:
      return { role: 'user', parts: [{ kind: 'native', protocol: 'chat', value: message }] }
  }
}

function readName(message: JsonObject): { name?: string } {
  const name = asString(message['name'])
  return name === undefined ? {} : { name }
}

/** Whether these parts stood in a list, though they could have been one string. */
function wasList(parts: readonly Part[]): boolean {
  return parts.length > 1 && parts.every((part) => part.kind === 'text')
}

/** The parts with a mark that stood on the message moved to the last of them, and the turn's extras. */
function marked(
  message: JsonObject,
  parts: Part[],
  unknown: JsonObject | undefined,
  list: boolean,
  note?: Spelling,
): Pick<Turn, 'parts' | 'extras'> {
  const member = markMember(message)
  const kept = unknown?.[member] === undefined ? unknown : rest(unknown, new Set([member]))
  const mark = readMark(message[member])
  const last = parts.at(-1)
  const moved = mark.cache && last && canCarry(last)
  if (moved && last) parts[parts.length - 1] = withMark(last, mark.cache)
  const inside = mark.cache && rest(asObject(message[member]) ?? {}, new Set(['type']))
  const whole = inside ? { ...kept, [member]: inside } : kept
  const left = message[member] !== undefined && !moved ? { ...kept, [member]: message[member] } : whole
  const spelling: Spelling = { ...note, ...(list ? { list } : {}), ...(moved ? { messageMark: member } : {}) }
  return { parts, ...keep(left, Object.keys(spelling).length > 0 ? spelling : undefined) }
}

/** The member that marks a whole message: `cache_control`, before which a dialect may put its own name. */
function markMember(message: JsonObject): string {
  for (const name in message) if (name.endsWith('_cache_control')) return name
  return 'cache_control'
}

function canCarry(part: Part): boolean {
  return part.kind === 'text' || part.kind === 'media' || part.kind === 'tool-call' || part.kind === 'tool-result'
}

function withMark(part: Part, cache: CacheMark | undefined): Part {
  if (!cache || part.kind === 'native' || part.kind === 'refusal' || part.kind === 'reasoning') return part
  return { ...part, cache }
}

function readResult(message: JsonObject, path: string, calls: History, legacy: boolean): Turn {
  const said = asString(message[legacy ? 'name' : 'tool_call_id'])
  if (said === undefined) throw badMember(`${path}.${legacy ? 'name' : 'tool_call_id'}`, 'expected a string')
  const id = legacy ? (calls.idOfName(said) ?? said) : said
  const content = readContent(asText(message['content']), `${path}.content`)
  const known = legacy ? speakerMembers : resultMembers
  const note: Spelling = {
    ...(wasList(content) ? { list: true as const } : {}),
    ...(legacy ? { legacy: true as const, functionName: said } : {}),
  }
  const kept = keep(undefined, Object.keys(note).length > 0 ? note : undefined)
  const part: Part = { kind: 'tool-result', id, content, failed: false, form: calls.formOf(id), ...kept }
  return {
    role: 'user',
    ...marked(message, [part], rest(message, known), false),
  }
}

/** The content of a result; an object that is no part is one that somebody forgot to put into words. */
function asText(content: Json | undefined): Json | undefined {
  return isObject(content) && typeof content['type'] !== 'string' ? JSON.stringify(content) : content
}

const assistantMembers = [...commonMembers, 'name', 'tool_calls', 'reasoning_opaque']

function readAssistant(message: JsonObject, path: string, calls: History, separate: boolean): Turn {
  const reasoning = readReasoning(message)
  const content = readContent(message['content'], `${path}.content`)
  for (const part of content) if (part.kind === 'tool-call') calls.add(part)
  const refusal = asString(message['refusal'])
  const parts: Part[] = [...reasoning.parts, ...content]
  if (refusal) parts.push({ kind: 'refusal', text: refusal })
  const { audio } = message
  if (isObject(audio)) parts.push({ kind: 'native', protocol: 'chat', value: { type: 'audio', audio } })
  if (message['tool_calls'] !== undefined && message['tool_calls'] !== null) {
    if (!Array.isArray(message['tool_calls'])) throw badMember(`${path}.tool_calls`, 'expected a list')
    message['tool_calls'].forEach((call: Json, index) => {
      parts.push(readCall(call, `${path}.tool_calls[${index}]`, calls))
    })
  }
  const legacy = asObject(message['function_call'])
  if (legacy) parts.push(readLegacyCall(legacy, calls))
  const taken = new Set([...assistantMembers, ...reasoning.members])
  if (refusal || message['refusal'] === null) taken.add('refusal')
  if (legacy || message['function_call'] === null) taken.add('function_call')
  if (isObject(audio)) taken.add('audio')
  const note: Spelling = {
    ...(separate ? { separate: true as const } : {}),
    ...(reasoning.within === undefined ? {} : { within: reasoning.within }),
  }
  return {
    role: 'assistant',
    ...readName(message),
    ...marked(message, parts, rest(message, taken), wasList(content), note),
  }
}

const callMembers = new Set(['id', 'type', 'function', 'custom'])
const functionMembers = new Set(['name', 'arguments'])
const customMembers = new Set(['name', 'input'])

function readCall(value: Json, path: string, calls: History): ToolCallPart {
  if (!isObject(value)) throw badMember(path, 'expected an object')
  const custom = value['type'] === 'custom' ? asObject(value['custom']) : undefined
  const inner = custom ?? asObject(value['function'])
  const name = asString(inner?.['name'])
  if (!inner || name === undefined) throw badMember(`${path}.${custom ? 'custom' : 'function'}.name`, 'expected a name')
  const kept = restWith(value, callMembers, [
    [custom ? 'custom' : 'function', inner, custom ? customMembers : functionMembers],
  ])
  const part: ToolCallPart = {
    kind: 'tool-call',
    id: asString(value['id']) || calls.nextId(),
    name,
    input: textOfArguments(inner[custom ? 'input' : 'arguments']),
    form: custom ? 'text' : 'json',
    ...keep(kept),
  }
  calls.add(part)
  return part
}

function readLegacyCall(value: JsonObject, calls: History): ToolCallPart {
  const part: ToolCallPart = {
    kind: 'tool-call',
    id: calls.nextId(),
    name: asString(value['name']) ?? '',
    input: textOfArguments(value['arguments']),
    form: 'json',
    ...keep(restWith({}, callMembers, [['function_call', value, functionMembers]]), { legacy: true }),
  }
  calls.add(part)
  return part
}
