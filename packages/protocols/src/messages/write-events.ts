import { cutOff } from '../core/error.ts'
import type { ReplyEvent } from '../core/events.ts'
import { loseFileCitations } from '../core/lost-sources.ts'
import { asNumber, asString, type JsonObject, type MutableJson } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { Asked, Extras, ReplyWriter, WireEvent } from '../core/protocol.ts'
import { mergeExtras, streamedText } from '../core/reply.ts'
import { noUsage, type Usage } from '../core/usage.ts'
import { writeStreamError } from './error.ts'
import { writeStopReason } from './finish.ts'
import { restore } from './extras.ts'
import { messageId } from './reply.ts'
import { writeUsage } from './usage.ts'
import {
  canOpen,
  citationFrame,
  createBlock,
  deltaFrame,
  flushFrames,
  frame,
  isLive,
  isSpeech,
  loseBroken,
  startFrame,
  stopFrames,
  wholeFrames,
  type Block,
} from './write-block-events.ts'

const none: readonly WireEvent[] = []

/** Members of a finished message that `message_delta` has beside its delta; the others stand in the delta. */
const besideDelta: ReadonlySet<string> = new Set(['context_management', 'input_transformations'])

/** Members of a finished message that its start cannot know. */
const endMembers: ReadonlySet<string> = new Set([...besideDelta, 'stop_reason', 'stop_details'])

type Start = ReplyEvent & { type: 'start' }
type End = ReplyEvent & { type: 'end' }

/**
 * Writes a stream of message events. Blocks do not interleave here: while one is open, what comes for later parts is held,
 * and written at once when their turn has come.
 */
export function writeEvents(asked: Asked, lose: ReportLoss): ReplyWriter {
  const opening = openingOf(asked)
  const blocks = new Map<number, Block>()
  const waiting: Block[] = []
  let current: Block | undefined
  let started: Start | undefined
  let done = false
  let written = 0
  let hasCalls = false
  let refused = false
  let hasSpoken = false

  function begin(event: Start): readonly WireEvent[] {
    if (started) return none
    started = event
    return [frame('message_start', { message: startOf(event, opening) })]
  }

  /** Opens the next waiting block that has something to say, until one stays open. */
  function advance(frames: WireEvent[]): readonly WireEvent[] {
    while (!current) {
      const at = waiting.findIndex((block) => block.whole !== undefined || canOpen(block, hasSpoken))
      const next = waiting[at]
      if (!next) break
      waiting.splice(at, 1)
      if (canOpen(next, hasSpoken)) open(next, frames)
      else if (!isLive(next.part)) writeWhole(next, frames)
    }
    return frames
  }

  function open(block: Block, frames: WireEvent[]): void {
    block.wire = written++
    if (block.part.kind === 'tool-call') hasCalls = true
    if (isSpeech(block.part)) hasSpoken = true
    frames.push(startFrame(block))
    if (block.whole) frames.push(...stopFrames(block, lose))
    else {
      current = block
      frames.push(...flushFrames(block))
    }
  }

  function writeWhole(block: Block, frames: WireEvent[]): void {
    block.wire = written
    const whole = wholeFrames(block, lose)
    if (whole.length === 0) return
    written++
    if (block.part.kind === 'tool-call') hasCalls = true
    frames.push(...whole)
  }

  function addText(index: number, text: string): readonly WireEvent[] {
    const block = blocks.get(index)
    if (!block || text === '') return none
    block.fed = true
    const said = block.input ? block.input.add(text) : text
    if (said === '') return none
    if (block === current) return [deltaFrame(block, said)]
    block.held += said
    return current ? none : advance([])
  }

  function endPart(block: Block): readonly WireEvent[] {
    return block.whole ? none : endWith(block, block.part)
  }

  function endWith(block: Block, whole: Block['part']): readonly WireEvent[] {
    block.whole = whole
    if (whole.kind === 'text') loseFileCitations(whole, `parts[${block.index}]`, 'Messages', lose)
    if (!block.fed) {
      const text = streamedText(whole)
      block.held = block.input ? block.input.add(text) : text
    }
    if ('seal' in whole) block.seal ??= whole.seal
    if (!block.cited && whole.kind === 'text') block.citations.push(...(whole.citations ?? []))
    if (block !== current) return current ? none : advance([])
    current = undefined
    return advance(stopFrames(block, lose))
  }

  function finish(event: End): readonly WireEvent[] {
    const frames = [...begin({ type: 'start', id: '', model: '' })]
    for (const block of blocks.values()) frames.push(...endPart(block))
    done = true
    // What the limit cut off ends so in an answer of the API itself.
    if (event.finish !== 'length') for (const block of blocks.values()) loseBroken(block, lose)
    const extras = mergeExtras(started?.extras, event.extras)
    frames.push(endFrame(event, extras, { hasCalls, refused }), frame('message_stop', {}))
    return frames
  }

  function passNative(value: JsonObject): readonly WireEvent[] {
    const event = asString(value['type'])
    if (event === undefined) return none
    const index = asNumber(value['index'])
    if (index === undefined) return [{ event, data: value }]
    const block = blocks.get(index)
    return block && block === current ? [{ event, data: { ...value, index: block.wire } }] : none
  }

  return {
    push(event) {
      if (done) return none
      switch (event.type) {
        case 'part-delta':
          return addText(event.index, event.text)
        case 'start':
          return begin(event)
        case 'part-start': {
          const block = createBlock(event.index, event.part)
          blocks.set(event.index, block)
          if (event.part.kind === 'refusal') refused = true
          waiting.push(block)
          return advance([...begin({ type: 'start', id: '', model: '' })])
        }
        case 'part-citation': {
          const block = blocks.get(event.index)
          if (!block) return none
          block.cited = true
          if (block === current) return [citationFrame(block, event.citation)]
          block.citations.push(event.citation)
          return none
        }
        case 'part-seal': {
          const block = blocks.get(event.index)
          if (!block) return none
          block.seal = event.seal
          return current ? none : advance([])
        }
        case 'part-end': {
          const block = blocks.get(event.index)
          return block ? endWith(block, event.part) : none
        }
        case 'native':
          return event.protocol === 'messages' ? passNative(event.value) : none
        case 'end':
          return finish(event)
        case 'error':
          done = true
          return writeStreamError(event.error)
      }
    },
    end() {
      if (done) return none
      done = true
      return writeStreamError(cutOff())
    },
    goesOn: (index) => current?.index === index && current.input?.flows !== false,
    // Events have no numbers here.
    skip: () => {},
  }
}

/** What the start of an answer says of its request, which need not be held until the end for it. */
type Opening = Omit<Asked, 'prompt'> & { readonly model: string }

function openingOf({ prompt, now, newId, inputEstimate }: Asked): Opening {
  return { model: prompt.model, now, newId, ...(inputEstimate === undefined ? {} : { inputEstimate }) }
}

function startOf(event: Start, asked: Opening): JsonObject {
  const extras: MutableJson = {}
  for (const [name, value] of Object.entries(event.extras?.messages ?? {}))
    if (!endMembers.has(name)) extras[name] = value
  const message = restore(
    {
      id: messageId(event.id, asked),
      type: 'message',
      role: 'assistant',
      model: asked.model,
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage: writeUsage(estimate(event.usage, asked)),
    },
    { messages: extras },
  )
  return { container: null, diagnostics: null, stop_details: null, ...message }
}

/** The upstream's own count when it came with the start, else our estimate: clients show it until the end. */
function estimate(usage: Usage | undefined, asked: Opening): Usage {
  if (usage && usage.input > 0) return usage
  return { ...noUsage, ...usage, input: asked.inputEstimate ?? 0 }
}

function endFrame(
  event: End,
  extras: Extras | undefined,
  answer: { readonly hasCalls: boolean; readonly refused: boolean },
): WireEvent {
  const { stop_reason: word, ...others } = extras?.messages ?? {}
  const ending = { ...event, ...(typeof word === 'string' ? { kept: word } : {}) }
  const delta: MutableJson = {
    container: null,
    stop_details: null,
    stop_reason: writeStopReason(ending, answer),
    stop_sequence: event.stopSequence ?? null,
  }
  const beside: MutableJson = {}
  for (const [name, value] of Object.entries(others)) {
    if (besideDelta.has(name)) beside[name] = value
    else delta[name] = value
  }
  return frame('message_delta', { delta, usage: writeUsage(event.usage), ...beside })
}
