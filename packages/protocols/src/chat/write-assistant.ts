import { asObject, isObject, type JsonObject, type MutableJson } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { Part, ToolCallPart } from '../core/part.ts'
import type { Turn } from '../core/prompt.ts'
import type { Traits } from '../core/traits.ts'
import { joinEntries, readList } from './reasoning-lists.ts'
import { readReturned, type Returned } from './returned.ts'
import { restore, spellingOf } from './spelling.ts'
import { writeMark, writeText } from './write-content.ts'

/** An assistant message under construction: neighbouring assistant turns become one. */
export interface AssistantDraft {
  readonly turns: Turn[]
  readonly content: ContentPiece[]
  readonly reasoning: string[]
  readonly seals: string[]
  readonly calls: MutableJson[]
  /** What goes back with calls; `at` is the place of the call that follows it. */
  readonly returned: (Returned & { readonly at: number })[]
  legacyCall: JsonObject | undefined
  refusal: string
  /** A spoken answer, by the id that its server knows it by. */
  audio: JsonObject | undefined
  /** Whether the content has to stay a list. */
  list: boolean
  marked: boolean
}

interface ContentPiece {
  readonly value: JsonObject
  /** The words, when they could stand in a plain string. */
  readonly text?: string
  /** What goes between these words and the ones before. */
  readonly gap: string
}

/** A message with nothing in it yet. */
export function createDraft(): AssistantDraft {
  return {
    turns: [],
    content: [],
    reasoning: [],
    seals: [],
    calls: [],
    returned: [],
    legacyCall: undefined,
    refusal: '',
    audio: undefined,
    list: false,
    marked: false,
  }
}

/** Adds a turn to the message. `path` names the turn in losses. */
export function addTurn(draft: AssistantDraft, turn: Turn, path: string, traits: Traits, lose: ReportLoss): void {
  const note = spellingOf(turn.extras)
  draft.list ||= note.list === true
  // Words of another turn, or after something else, are another thought; neighbours in one turn are one text cut up.
  let gap = '\n\n'
  turn.parts.forEach((part, index) => {
    if ('cache' in part && part.cache) draft.marked = true
    const here = `${path}.parts[${index}]`
    const added = addPart(draft, part, { gap, written: note.within !== undefined, here, traits, lose })
    gap = added === 'text' ? '' : '\n\n'
  })
  draft.turns.push(turn)
}

interface Place {
  readonly gap: string
  /** The reasoning stands in the turn's extras and is written with them. */
  readonly written: boolean
  readonly here: string
  readonly traits: Traits
  readonly lose: ReportLoss
}

function addPart(draft: AssistantDraft, part: Part, place: Place): 'text' | 'other' {
  const marks = place.traits.cacheMarks === 'parts'
  switch (part.kind) {
    case 'text': {
      if (part.text === '') return 'other'
      const value = writeText(part, marks)
      const plain = Object.keys(value).length === 2
      draft.content.push(plain ? { value, text: part.text, gap: place.gap } : { value, gap: place.gap })
      return 'text'
    }
    case 'refusal':
      if (part.text === '') return 'other'
      if (spellingOf(part.extras).list) {
        const value = restore({ type: 'refusal', refusal: part.text }, part.extras?.chat)
        draft.content.push({ value, gap: place.gap })
      } else draft.refusal += part.text
      return 'other'
    case 'reasoning': {
      const whole = spellingOf(part.extras).part
      if (whole) draft.content.push({ value: whole, gap: place.gap })
      else if (!place.written) {
        if (part.text !== '' && place.traits.reasoningField !== 'none') draft.reasoning.push(part.text)
        if (part.seal?.protocol === 'chat' && part.seal.data !== '') addSeal(draft, part.seal.data)
      }
      return 'other'
    }
    case 'tool-call':
      if (spellingOf(part.extras).legacy) draft.legacyCall = writeLegacyCall(part)
      else draft.calls.push(writeCall(part, marks))
      return 'other'
    case 'compaction':
      if (part.text) {
        draft.content.push({ value: { type: 'text', text: part.text }, text: part.text, gap: place.gap })
        return 'text'
      }
      place.lose({ path: place.here, why: 'Chat Completions has no compacted history' })
      return 'other'
    case 'native':
      if (part.protocol === 'chat' && isObject(part.value['audio'])) draft.audio = part.value['audio']
      else if (part.protocol === 'chat') draft.content.push({ value: part.value, gap: place.gap })
      else place.lose({ path: place.here, why: `only the ${part.protocol} protocol has this kind of item` })
      return 'other'
    default:
      place.lose({ path: place.here, why: `an assistant message in Chat Completions holds no ${part.kind}` })
      return 'other'
  }
}

function addSeal(draft: AssistantDraft, data: string): void {
  const returned = readReturned(data)
  if (returned) draft.returned.push({ ...returned, at: draft.calls.length })
  else draft.seals.push(data)
}

/** Puts back what a server wants with its calls; a client may have given a call another id. */
function returnToCalls({ calls, returned }: AssistantDraft): void {
  for (const { id, members, at } of returned) {
    const call = calls.find((one) => one['id'] === id) ?? calls[at]
    if (call) restore(call, members)
  }
}

/** A call in history. Arguments go as they are; none at all become `{}`, since servers parse them. */
function writeCall(part: ToolCallPart, marks: boolean): MutableJson {
  const target: MutableJson =
    part.form === 'text'
      ? { id: part.id, type: 'custom', custom: { name: part.name, input: part.input } }
      : { id: part.id, type: 'function', function: { name: part.name, arguments: part.input || '{}' } }
  if (part.cache && marks) target['cache_control'] = writeMark(part.cache)
  return restore(target, part.extras?.chat)
}

function writeLegacyCall(part: ToolCallPart): JsonObject {
  const call: MutableJson = { name: part.name, arguments: part.input }
  return { ...asObject(part.extras?.chat?.['function_call']), ...call }
}

/** The finished message; undefined when there is nothing to say in it. */
export function finishDraft(draft: AssistantDraft, traits: Traits): MutableJson | undefined {
  const message: MutableJson = { role: 'assistant', content: null }
  const strings = draft.content.map((piece) => piece.text)
  if (draft.content.length === 1 || !draft.list)
    if (strings.length > 0 && strings.every((text) => text !== undefined))
      message['content'] = draft.content
        .map((piece, index) => (index === 0 ? '' : piece.gap) + (strings[index] ?? ''))
        .join('')
  if (message['content'] === null && draft.content.length > 0)
    message['content'] = draft.content.map((piece) => piece.value)
  if (draft.refusal !== '') message['refusal'] = draft.refusal
  if (draft.audio) message['audio'] = draft.audio
  if (draft.reasoning.length > 0) message[traits.reasoningField] = draft.reasoning.join('\n\n')
  writeSeals(message, draft.seals)
  returnToCalls(draft)
  if (draft.calls.length > 0) message['tool_calls'] = draft.calls
  if (draft.legacyCall) message['function_call'] = draft.legacyCall
  for (const turn of draft.turns) {
    if (turn.name !== undefined) message['name'] = turn.name
    restore(message, turn.extras?.chat)
  }
  // Reasoning alone is no message: what it led to is gone, and servers refuse a message without content and calls.
  const says = Object.keys(message).some((name) => message[name] !== null && !silent.has(name))
  return says ? message : undefined
}

const silent = new Set([
  'role',
  'name',
  'reasoning_content',
  'reasoning_text',
  'reasoning',
  'reasoning_opaque',
  'reasoning_details',
  'thinking_blocks',
  'prefix',
])

/** Puts seals into the message's opaque slot. Those that are entries of a list of reasoning go back as that list. */
function writeSeals(message: MutableJson, seals: readonly string[]): void {
  const opaque: string[] = []
  const lists = new Map<string, MutableJson[]>()
  for (const seal of seals) {
    const read = readList(seal)
    if (!read) {
      opaque.push(seal)
      continue
    }
    const list = lists.get(read.member) ?? []
    lists.set(read.member, list)
    joinEntries(list, read.list)
  }
  for (const [member, list] of lists) message[member] = list
  if (opaque.length > 0) message['reasoning_opaque'] = opaque.join('\n')
}
