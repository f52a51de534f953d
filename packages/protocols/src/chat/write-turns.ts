import { asObjects, isObject, type Json, type JsonObject, type MutableJson } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { CacheMark, MediaPart, Part, ToolResultPart } from '../core/part.ts'
import type { Turn } from '../core/prompt.ts'
import type { Traits } from '../core/traits.ts'
import { restore, spellingOf } from './spelling.ts'
import { addTurn, createDraft, finishDraft, type AssistantDraft } from './write-assistant.ts'
import { writeMark, writeMedia, writeText } from './write-content.ts'

/**
 * The messages of a request. Tool results come first, each a message of its own, and directly after the calls that they
 * answer, as Chat Completions wants it; what else stood beside them follows as a user message.
 */
export function writeTurns(turns: readonly Turn[], traits: Traits, lose: ReportLoss): JsonObject[] {
  const messages: JsonObject[] = []
  /** User messages that wait until all results of a round are written. */
  const held: JsonObject[] = []
  let draft: AssistantDraft | undefined
  let instructions: Instructions | undefined

  const settle = (keepHeld: boolean): void => {
    const message = draft && finishDraft(draft, traits)
    if (message) messages.push(draft?.marked ? markMessage(message, draft.turns, traits) : message)
    draft = undefined
    const system = instructions && finishInstructions(instructions, traits)
    if (system) messages.push(system)
    instructions = undefined
    if (!keepHeld) messages.push(...held.splice(0))
  }

  // One report for all of them: long conversations have many.
  if (traits.reasoningField === 'none' && turns.some(({ parts }) => parts.some(isThought)))
    lose({ path: 'reasoning', why: 'the model is not shown what was thought in earlier turns' })
  if (turns.some(({ parts }) => parts.some(isCited)))
    lose({ path: 'citations', why: 'a message in Chat Completions takes back no sources of its words' })
  turns.forEach((turn, index) => {
    const place: Place = { path: `turns[${index}]`, traits, lose }
    if (turn.role === 'assistant') {
      if (!draft || spellingOf(turn.extras).separate) settle(false)
      draft ??= createDraft()
      addTurn(draft, turn, place.path, traits, lose)
      return
    }
    if (turn.role === 'system' && turn.level === 'instructions') {
      if (!instructions) settle(false)
      instructions ??= []
      instructions.push({ turn, content: writeSystemParts(turn, place) })
      return
    }
    const results = turn.role === 'user' && turn.parts.some((part) => part.kind === 'tool-result')
    settle(results)
    if (!results) {
      const message = turn.role === 'user' ? writeUser(turn, turn.parts, place) : writeSystem(turn, place)
      if (message) messages.push(message)
      return
    }
    const { written, beside } = writeResults(turn, place)
    messages.push(...written)
    held.push(...beside)
  })
  settle(false)
  return messages
}

function isCited(part: Part): boolean {
  if (part.kind !== 'text') return false
  return (part.citations?.length ?? 0) > 0 || asObjects(part.extras?.responses?.['annotations']).length > 0
}

function isThought(part: Part): boolean {
  return part.kind === 'reasoning' && part.text !== ''
}

interface Place {
  readonly path: string
  readonly traits: Traits
  readonly lose: ReportLoss
}

type Instructions = { readonly turn: Turn; readonly content: readonly MutableJson[] }[]

/** Neighbouring turns of the request's own instructions are one system message. */
function finishInstructions(instructions: Instructions, traits: Traits): MutableJson | undefined {
  const content = instructions.flatMap((one) => one.content)
  const list = instructions.some((one) => spellingOf(one.turn.extras).list)
  if (content.length === 0) return undefined
  const message: MutableJson = { role: 'system', content: joinSystem(content, list) }
  return markMessage(
    message,
    instructions.map((one) => one.turn),
    traits,
  )
}

function writeSystem(turn: Turn, place: Place): MutableJson | undefined {
  const content = writeSystemParts(turn, place)
  if (content.length === 0) return undefined
  const role = turn.level === 'developer' ? 'developer' : 'system'
  const message: MutableJson = { role, content: joinSystem(content, spellingOf(turn.extras).list === true) }
  if (turn.name !== undefined) message['name'] = turn.name
  return markMessage(restore(message, withoutMark(turn)), [turn], place.traits)
}

function writeSystemParts(turn: Turn, place: Place): MutableJson[] {
  return turn.parts.flatMap((part, index) => {
    const here = `${place.path}.parts[${index}]`
    if (part.kind === 'text') return part.text === '' ? [] : [writeText(part, place.traits.cacheMarks === 'parts')]
    if (part.kind === 'native' && part.protocol === 'chat') return [{ ...part.value }]
    place.lose({ path: here, why: `a system message in Chat Completions holds text, no ${part.kind}` })
    return []
  })
}

function joinSystem(content: readonly MutableJson[], list: boolean): Json {
  const texts = content.map(plainText)
  const joinable = texts.every((text) => text !== undefined) && (!list || texts.length === 1)
  return joinable ? texts.join('\n\n') : content
}

/** The words of a part that is nothing but text. */
function plainText(value: JsonObject): string | undefined {
  const text = value['text']
  return value['type'] === 'text' && typeof text === 'string' && Object.keys(value).length === 2 ? text : undefined
}

function writeUser(turn: Turn, parts: readonly Part[], place: Place): MutableJson | undefined {
  const [first] = turn.parts
  // A message of a role that the core does not know.
  if (first?.kind === 'native' && first.protocol === 'chat' && typeof first.value['role'] === 'string')
    return { ...first.value }
  const content = parts.flatMap((part, index) => writeUserPart(part, `${place.path}.parts[${index}]`, place))
  const message = userMessage(content)
  if (!message) return undefined
  if (turn.name !== undefined) message['name'] = turn.name
  return markMessage(restore(message, withoutMark(turn)), [turn], place.traits)
}

function userMessage(content: readonly JsonObject[]): MutableJson | undefined {
  const [only] = content
  if (!only) return undefined
  const text = content.length === 1 ? plainText(only) : undefined
  return { role: 'user', content: text ?? content }
}

function writeUserPart(part: Part, here: string, place: Place): MutableJson[] {
  const marks = place.traits.cacheMarks === 'parts'
  switch (part.kind) {
    case 'text':
      return part.text === '' ? [] : [writeText(part, marks)]
    case 'media': {
      const written = writeMedia(part, marks, place.traits.documents)
      if (typeof written !== 'string') return [written]
      place.lose({ path: here, why: written })
      return [{ type: 'text', text: describeMedia(part) }]
    }
    case 'refusal':
      return part.text === '' ? [] : [{ type: 'text', text: part.text }]
    case 'compaction':
      if (part.text) return [{ type: 'text', text: part.text }]
      place.lose({ path: here, why: 'Chat Completions has no compacted history' })
      return []
    case 'native':
      if (part.protocol === 'chat') return [{ ...part.value }]
      place.lose({ path: here, why: `only the ${part.protocol} protocol has this kind of item` })
      return []
    default:
      place.lose({ path: here, why: `a user message in Chat Completions holds no ${part.kind}` })
      return []
  }
}

/** What the model reads where a medium could not be sent. */
function describeMedia(part: MediaPart): string {
  const name = part.name === undefined ? part.mediaType : `${part.name}, ${part.mediaType}`
  if ('url' in part.source) return `[Attachment (${name}): ${part.source.url}]`
  return `[Attachment (${name}) that cannot be shown to this model.]`
}

/** The results of a turn, and the user messages for whatever cannot stand in them. */
function writeResults(turn: Turn, place: Place): { written: JsonObject[]; beside: JsonObject[] } {
  const written: JsonObject[] = []
  const shown: JsonObject[] = []
  const others: JsonObject[] = []
  turn.parts.forEach((part, index) => {
    const here = `${place.path}.parts[${index}]`
    if (part.kind === 'tool-result') written.push(writeResult(part, turn, here, place, shown))
    else others.push(...writeUserPart(part, here, place))
  })
  const message = userMessage([...shown, ...others])
  return { written, beside: message ? [message] : [] }
}

function writeResult(part: ToolResultPart, turn: Turn, here: string, place: Place, shown: JsonObject[]): MutableJson {
  const { traits } = place
  const content: MutableJson[] = []
  const moved: MutableJson[] = []
  part.content.forEach((one, index) => {
    const values = writeUserPart(one, `${here}.content[${index}]`, place)
    const stays = one.kind !== 'media' || traits.toolResultMedia || values.every((value) => value['type'] === 'text')
    if (stays) content.push(...values)
    else moved.push(...values)
  })
  if (part.failed)
    place.lose({ path: `${here}.failed`, why: 'a tool result in Chat Completions has no mark of failure' })
  if (moved.length > 0) {
    if (content.length === 0) content.push({ type: 'text', text: 'The result is attached in the next user message.' })
    shown.push({ type: 'text', text: `Attached to the result of tool call ${part.id}:` }, ...moved)
  }
  const note = spellingOf(part.extras)
  const message: MutableJson = note.legacy
    ? { role: 'function', name: note.functionName ?? part.id, content: joinResult(content, note.list === true) }
    : { role: 'tool', tool_call_id: part.id, content: joinResult(content, note.list === true) }
  if (part.cache && traits.cacheMarks === 'messages') message['cache_control'] = writeMark(part.cache)
  else if (part.cache && traits.cacheMarks === 'parts') markContent(message, part, turn)
  return restore(message, turn.parts.length === 1 ? withoutMark(turn, traits.cacheMarks !== 'none') : undefined)
}

/** A mark on a result: on the message where it stood there, else on the last part of its content. */
function markContent(message: MutableJson, part: ToolResultPart, turn: Turn): void {
  if (!part.cache) return
  const member = spellingOf(turn.extras).messageMark
  const { content } = message
  if (member !== undefined) message[member] = writeMark(part.cache)
  else if (typeof content === 'string' && content !== '')
    message['content'] = [{ type: 'text', text: content, cache_control: writeMark(part.cache) }]
  else if (Array.isArray(content)) {
    const last: Json = content.at(-1)
    if (isObject(last) && last['cache_control'] === undefined)
      message['content'] = [...content.slice(0, -1), { ...last, cache_control: writeMark(part.cache) }]
  }
}

function joinResult(content: readonly MutableJson[], list: boolean): Json {
  const texts = content.map(plainText)
  const joinable = texts.every((text) => text !== undefined) && (!list || texts.length < 2)
  return joinable ? texts.join('\n\n') : content
}

/** A turn's own members, without what was left of a mark that is not written. */
function withoutMark(turn: Turn, marks = true): JsonObject | undefined {
  const kept = turn.extras?.chat
  const member = spellingOf(turn.extras).messageMark
  if (!kept || marks || member === undefined) return kept
  const { [member]: _mark, ...others } = kept
  return others
}

/** A mark that stood on the message, or has to: the target takes marks on messages only, or the client put it there. */
function markMessage(message: MutableJson, turns: readonly Turn[], traits: Traits): MutableJson {
  const turn = turns.findLast(({ parts }) => parts.some(hasMark))
  const cache = turn?.parts.findLast(hasMark)?.cache
  const member = spellingOf(turn?.extras).messageMark
  if (traits.cacheMarks === 'none') {
    if (member !== undefined) delete message[member]
    return message
  }
  if (!cache || (traits.cacheMarks === 'parts' && member === undefined)) return message
  const name = member ?? 'cache_control'
  const left = message[name]
  message[name] = { ...writeMark(cache), ...(isObject(left) ? left : {}) }
  if (member !== undefined && traits.cacheMarks === 'parts') unmarkContent(message)
  return message
}

function hasMark(part: Part): part is Part & { readonly cache: CacheMark } {
  return 'cache' in part && part.cache !== undefined
}

/** Takes the mark off the last part of the content: it stood on the message. */
function unmarkContent(message: MutableJson): void {
  const { content } = message
  if (!Array.isArray(content)) return
  const last: Json = content.at(-1)
  if (!isObject(last)) return
  const { cache_control: _mark, ...others } = last
  const text = content.length === 1 ? plainText(others) : undefined
  message['content'] = text ?? [...content.slice(0, -1), others]
}
