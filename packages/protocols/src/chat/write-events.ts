import type { ReplyEvent } from '../core/events.ts'
import { loseAddressless, loseFileCitations } from '../core/lost-sources.ts'
import type { JsonObject, MutableJson } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import { loseEnding } from '../core/lost-ending.ts'
import type { Citation, Part, ToolCallPart } from '../core/part.ts'
import type { Asked, Extras, ReplyWriter, WireEvent } from '../core/protocol.ts'
import { mergeExtras } from '../core/reply.ts'
import type { Seal } from '../core/seal.ts'
import { isAnnotated, writeCitation } from './citations.ts'
import { writeStreamError } from './error.ts'
import { writeFinish } from './finish.ts'
import {
  addMedia,
  asMedium,
  customNames,
  isLegacy,
  loseCall,
  losePart,
  restOfAnswer,
  restOfChoice,
  writeId,
} from './reply.ts'
import { isOfCall } from './returned.ts'
import { thoughtGap, writeSeal } from './shared-seals.ts'
import { restore } from './spelling.ts'
import { writeUsage } from './usage.ts'

const nothing: readonly WireEvent[] = []

/** Writes a reply as chunks, as OpenAI does. */
export function writeEvents(asked: Asked, lose: ReportLoss): ReplyWriter {
  const writer = new ChunkWriter(asked, lose)
  return {
    push: (event) => writer.push(event),
    // A reply always ends with `end` or `error`, so nothing is left to say.
    end: () => nothing,
    goesOn: (index) => writer.goesOn(index),
    // Chunks have no numbers.
    skip: () => {},
  }
}

/** A part that has begun. */
interface Open {
  readonly index: number
  readonly part: Part
  /** Characters written so far. */
  written: number
  sealed: boolean
  /** Position among the calls. */
  readonly call: number
  /** Where the part's text begins in the whole content, or in all reasoning. */
  offset: number
  /** Sources that wait for the end of the text. */
  readonly cited: Citation[]
}

class ChunkWriter {
  readonly #model: string
  readonly #now: number
  readonly #newId: Asked['newId']
  readonly #lose: ReportLoss
  readonly #legacy: boolean
  readonly #usage: boolean
  readonly #customNames: ReadonlySet<string>
  readonly #open = new Map<number, Open>()
  readonly #empty: Open[] = []
  #id = ''
  #out: WireEvent[] = []
  #calls = 0
  #length = 0
  #held: { readonly seal: Seal; readonly open: Open; readonly at: number }[] = []
  #sealed = false
  /** Characters of reasoning so far, with what stands between thoughts. */
  #reasoned = 0
  #over = false
  #extras: Extras | undefined

  constructor(asked: Asked, lose: ReportLoss) {
    // Not the request itself, which need not be held until the end.
    this.#model = asked.prompt.model
    this.#now = asked.now
    this.#newId = asked.newId
    this.#lose = lose
    this.#legacy = isLegacy(asked.prompt)
    this.#usage = asked.prompt.streamUsage === true
    this.#customNames = customNames(asked.prompt)
  }

  push(event: ReplyEvent): readonly WireEvent[] {
    if (this.#over) return nothing
    if (event.type === 'part-delta') {
      const open = this.#open.get(event.index)
      if (open) this.#addText(open, event.text, event.logprobs)
    } else this.#pushOther(event)
    const out = this.#out
    if (out.length === 0) return nothing
    this.#out = []
    return out
  }

  /** A free text that becomes the arguments of a function is escaped on the way. */
  goesOn(index: number): boolean {
    const part = this.#open.get(index)?.part
    return part !== undefined && (this.#legacy || !isText(part) || this.#isCustom(part))
  }

  #pushOther(event: Exclude<ReplyEvent, { readonly type: 'part-delta' }>): void {
    switch (event.type) {
      case 'start':
        this.#id = writeId(event.id, this.#newId)
        this.#extras = event.extras
        loseEnding(undefined, event.extras, this.#lose)
        this.#send({ role: 'assistant', content: '', refusal: null })
        return
      case 'part-start':
        this.#startPart(event.index, event.part)
        return
      case 'part-citation': {
        const open = this.#open.get(event.index)
        if (open) this.#cite(open, event.citation)
        return
      }
      case 'part-seal': {
        const open = this.#open.get(event.index)
        if (open?.part.kind === 'reasoning') this.#addSeal(open, event.seal)
        return
      }
      case 'part-end':
        this.#endPart(event.index, event.part)
        return
      case 'end':
        this.#finish(event)
        return
      case 'error':
        this.#over = true
        this.#out.push(...writeStreamError(event.error))
        return
      case 'native':
        // Events without a word are about one protocol's own machinery; a chunk has no place for another's.
        return
    }
  }

  /** A source that names no end stands for its whole text, whose length is known only when that has ended. */
  #cite(open: Open, citation: Citation): void {
    if (!isAnnotated(citation)) return
    if (citation.end === undefined && this.#open.has(open.index)) open.cited.push(citation)
    else this.#send({ annotations: [writeCitation(citation, open.offset, open.written)] })
  }

  #startPart(index: number, part: Part): void {
    const open: Open = { index, part, written: 0, sealed: false, call: this.#calls, offset: this.#length, cited: [] }
    this.#open.set(index, open)
    switch (part.kind) {
      case 'tool-call':
        this.#calls += 1
        this.#startCall(part, open)
        if (part.input !== '') this.#addText(open, part.input)
        return
      case 'reasoning':
        // Parts of reasoning are one text for the client: a blank line keeps them apart.
        if (part.text !== '') this.#addText(open, part.text)
        if (part.seal) this.#addSeal(open, part.seal)
        return
      case 'text':
      case 'refusal':
        if (part.text !== '') this.#addText(open, part.text)
        return
      default: {
        const medium = asMedium(part)
        if (medium) this.#send(addMedia({}, [medium]))
        else losePart(part, index, this.#lose)
      }
    }
  }

  #startCall(part: ToolCallPart, { index, call }: Open): void {
    if (this.#legacy) {
      if (call === 0) this.#send({ function_call: { name: part.name, arguments: '' } })
      else loseCall(index, this.#lose)
      return
    }
    const piece: MutableJson = this.#isCustom(part)
      ? { index: call, id: part.id, type: 'custom', custom: { name: part.name, input: '' } }
      : {
          index: call,
          id: part.id,
          type: 'function',
          function: { name: part.name, arguments: isText(part) ? '{"input":"' : '' },
        }
    this.#send({ tool_calls: [restore(piece, part.extras?.chat)] })
  }

  #addText(open: Open, text: string, logprobs?: readonly JsonObject[]): void {
    switch (open.part.kind) {
      case 'text':
        this.#length += text.length
        this.#send({ content: text }, logprobs)
        break
      case 'refusal':
        this.#send({ refusal: text })
        break
      case 'reasoning':
        this.#addThought(open, text)
        break
      case 'tool-call':
        this.#addInput(open, text)
        break
      default:
        return
    }
    open.written += text.length
  }

  #addThought(open: Open, text: string): void {
    const gap = open.written === 0 && this.#reasoned > 0 ? thoughtGap : ''
    if (open.written === 0) open.offset = this.#reasoned + gap.length
    this.#reasoned += gap.length + text.length
    this.#send({ reasoning_content: gap + text })
  }

  #addInput(open: Open, text: string): void {
    if (this.#legacy) {
      if (open.call === 0) this.#send({ function_call: { arguments: text } })
      return
    }
    const { part } = open
    if (this.#isCustom(part)) return this.#send({ tool_calls: [{ index: open.call, custom: { input: text } }] })
    const piece = isText(part) ? JSON.stringify(text).slice(1, -1) : text
    this.#send({ tool_calls: [{ index: open.call, function: { arguments: piece } }] })
  }

  /** Whether a call is of a free-text tool that the client declared: others know calls of functions only. */
  #isCustom(part: Part): boolean {
    return isText(part) && this.#customNames.has(part.name)
  }

  /** Several seals share the one slot, a line each. They wait for the end of the thought: some clients keep the last piece only. */
  #addSeal(open: Open, seal: Seal): void {
    if (open.sealed || isOfCall(seal)) return
    open.sealed = true
    this.#held.push({ seal, open, at: this.#reasoned })
  }

  #releaseSeals(): void {
    const seals = this.#held.map(({ seal, open, at }) =>
      writeSeal(seal, open.written === 0 ? at : open.offset, open.written),
    )
    const lines = this.#sealed ? ['', ...seals] : seals
    this.#held = []
    this.#sealed = true
    this.#send({ reasoning_opaque: lines.join('\n') })
  }

  #endPart(index: number, part: Part): void {
    const open = this.#open.get(index)
    if (!open) return
    this.#open.delete(index)
    for (const citation of open.cited) this.#cite(open, citation)
    if (part.kind === 'text') {
      loseAddressless(part, `parts[${index}]`, this.#lose)
      loseFileCitations(part, `parts[${index}]`, 'Chat Completions', this.#lose)
    }
    if (isText(part) && !this.#legacy && !this.#isCustom(part))
      this.#send({ tool_calls: [{ index: open.call, function: { arguments: '"}' } }] })
    if (part.kind === 'reasoning' && part.seal) this.#addSeal(open, part.seal)
    if (part.kind === 'tool-call' && part.form === 'json' && open.written === 0 && part.input === '')
      this.#empty.push(open)
  }

  #finish(event: ReplyEvent & { readonly type: 'end' }): void {
    this.#over = true
    loseEnding(event.finish, event.extras, this.#lose)
    // Clients parse the arguments, so none at all are `{}`: unless they are missing because the answer was cut.
    if (event.finish !== 'length') for (const open of this.#empty) this.#addInput(open, '{}')
    if (this.#held.length > 0) this.#releaseSeals()
    const choice = { index: 0, delta: {}, finish_reason: writeFinish(event.finish, this.#legacy) }
    this.#out.push({ data: this.#restored(this.#chunk([choice]), choice, event) })
    if (this.#usage) {
      const chunk = this.#chunk([])
      chunk['usage'] = writeUsage(event.usage)
      this.#out.push({ data: chunk })
    }
    this.#out.push({ data: '[DONE]' })
  }

  /** The last choice with what is left of the answer's own members, which are known only now. */
  #restored(chunk: MutableJson, choice: MutableJson, event: ReplyEvent & { readonly type: 'end' }): MutableJson {
    // A whole answer that is written as a stream knows them from the start.
    const kept = mergeExtras(this.#extras, event.extras)?.chat
    const answer = restOfAnswer(kept, event.tier)
    if (!kept) return restore(chunk, answer)
    const { message, ...others } = restOfChoice(kept) ?? {}
    chunk['choices'] = [restore({ ...choice, delta: message ?? {} }, others)]
    return restore(chunk, answer)
  }

  #send(delta: JsonObject, logprobs?: readonly JsonObject[]): void {
    if (this.#held.length > 0 && delta['reasoning_content'] === undefined) this.#releaseSeals()
    const choice: MutableJson = { index: 0, delta, finish_reason: null }
    if (logprobs) choice['logprobs'] = { content: logprobs, refusal: null }
    this.#out.push({ data: this.#chunk([choice]) })
  }

  #chunk(choices: readonly JsonObject[]): MutableJson {
    const id = this.#id
    const created = this.#now
    const model = this.#model
    if (this.#usage) return { id, object: 'chat.completion.chunk', created, model, choices, usage: null }
    return { id, object: 'chat.completion.chunk', created, model, choices }
  }
}

function isText(part: Part): part is ToolCallPart {
  return part.kind === 'tool-call' && part.form === 'text'
}
