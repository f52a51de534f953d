import type { ReplyEvent } from '../core/events.ts'
import type { JsonObject } from '../core/json.ts'
import type { Citation, NativePart, Part, ReasoningPart, RefusalPart, TextPart, TokenLogprob } from '../core/part.ts'
import type { Extras } from '../core/protocol.ts'
import type { Seal } from '../core/seal.ts'

interface OpenText {
  readonly index: number
  text: string
  citations: Citation[] | undefined
  logprobs: TokenLogprob[] | undefined
}

interface OpenRefusal {
  readonly index: number
  text: string
}

interface OpenReasoning {
  readonly index: number
  readonly form: 'full' | 'summary'
  text: string
  seal: Seal | undefined
}

/** A call whose arguments are coming in; the handle for `addInput`. */
export interface OpenCall {
  readonly index: number
  readonly id: string
  readonly name: string
  readonly form: 'json' | 'text'
  readonly extras: { extras?: Extras }
  input: string
}

/**
 * The parts of a reply that is being read. Of text, refusal and reasoning one is open at a time, so that clients whose
 * blocks may not interleave see each at once; tool calls stay open to the end, since their pieces may come mixed.
 */
export class OpenParts {
  /** Where events go; the reader takes the list away after each chunk. */
  out: ReplyEvent[] = []
  #next = 0
  #text: OpenText | undefined
  #refusal: OpenRefusal | undefined
  #reasoning: OpenReasoning | undefined
  readonly #calls: OpenCall[] = []
  /** Sources that came before there was a text to hang them on. */
  #waiting: Citation[] = []

  addText(text: string, logprobs: readonly TokenLogprob[] | undefined): void {
    let open = this.#text
    if (!open) {
      this.#closeSpoken()
      open = { index: this.#next++, text: '', citations: undefined, logprobs: undefined }
      this.#text = open
      this.out.push({ type: 'part-start', index: open.index, part: { kind: 'text', text: '' } })
      for (const citation of this.#waiting.splice(0)) this.addCitation(citation)
    }
    open.text += text
    if (!logprobs) {
      this.out.push({ type: 'part-delta', index: open.index, text })
      return
    }
    open.logprobs ??= []
    open.logprobs.push(...logprobs)
    this.out.push({ type: 'part-delta', index: open.index, text, logprobs })
  }

  addCitation(citation: Citation): void {
    const open = this.#text
    if (!open) {
      this.#waiting.push(citation)
      return
    }
    open.citations ??= []
    open.citations.push(citation)
    this.out.push({ type: 'part-citation', index: open.index, citation })
  }

  addRefusal(text: string): void {
    let open = this.#refusal
    if (!open) {
      this.#closeSpoken()
      open = { index: this.#next++, text: '' }
      this.#refusal = open
      this.out.push({ type: 'part-start', index: open.index, part: { kind: 'refusal', text: '' } })
    }
    open.text += text
    this.out.push({ type: 'part-delta', index: open.index, text })
  }

  addReasoning(text: string, form: 'full' | 'summary'): void {
    let open = this.#reasoning
    if (!open) {
      this.#closeSpoken()
      open = { index: this.#next++, form, text: '', seal: undefined }
      this.#reasoning = open
      this.out.push({ type: 'part-start', index: open.index, part: { kind: 'reasoning', text: '', form } })
    }
    open.text += text
    this.out.push({ type: 'part-delta', index: open.index, text })
  }

  /** Seals the reasoning that is open; when it is over already, the seal is a part of its own. */
  addSeal(seal: Seal): void {
    const open = this.#reasoning
    if (open && !open.seal) {
      open.seal = seal
      this.out.push({ type: 'part-seal', index: open.index, seal })
      return
    }
    this.#closeSpoken()
    this.#addWhole({ kind: 'reasoning', text: '', form: 'redacted', seal })
  }

  addNative(value: JsonObject): void {
    this.#closeSpoken()
    this.#addWhole({ kind: 'native', protocol: 'chat', value })
  }

  #addWhole(part: ReasoningPart | NativePart): void {
    const index = this.#next++
    this.out.push({ type: 'part-start', index, part }, { type: 'part-end', index, part })
  }

  /** Opens a call; the handle is for `addInput`. */
  startCall(call: Omit<OpenCall, 'index' | 'input'>): OpenCall {
    this.#closeSpoken()
    const open: OpenCall = { ...call, index: this.#next++, input: '' }
    this.#calls.push(open)
    this.out.push({ type: 'part-start', index: open.index, part: callPart(open) })
    return open
  }

  addInput(call: OpenCall, text: string): void {
    call.input += text
    this.out.push({ type: 'part-delta', index: call.index, text })
  }

  /** Ends all parts, in the order in which they began. */
  closeAll(): void {
    if (this.#calls.length === 0) return this.#closeSpoken()
    const ends: { index: number; part: Part }[] = this.#calls
      .splice(0)
      .map((call) => ({ index: call.index, part: callPart(call) }))
    if (this.#text) ends.push({ index: this.#text.index, part: textPart(this.#text) })
    if (this.#refusal) ends.push({ index: this.#refusal.index, part: refusalPart(this.#refusal) })
    if (this.#reasoning) ends.push({ index: this.#reasoning.index, part: reasoningPart(this.#reasoning) })
    ends.sort((one, other) => one.index - other.index)
    for (const { index, part } of ends) this.out.push({ type: 'part-end', index, part })
    this.#text = undefined
    this.#refusal = undefined
    this.#reasoning = undefined
  }

  /** Ends what was being said, because something else begins. */
  #closeSpoken(): void {
    if (this.#text) {
      this.out.push({ type: 'part-end', index: this.#text.index, part: textPart(this.#text) })
      this.#text = undefined
    }
    if (this.#refusal) {
      this.out.push({ type: 'part-end', index: this.#refusal.index, part: refusalPart(this.#refusal) })
      this.#refusal = undefined
    }
    if (this.#reasoning) {
      this.out.push({ type: 'part-end', index: this.#reasoning.index, part: reasoningPart(this.#reasoning) })
      this.#reasoning = undefined
    }
  }
}

function textPart(open: OpenText): TextPart {
  return {
    kind: 'text',
    text: open.text,
    ...(open.citations ? { citations: open.citations } : {}),
    ...(open.logprobs ? { logprobs: open.logprobs } : {}),
  }
}

function refusalPart(open: OpenRefusal): RefusalPart {
  return { kind: 'refusal', text: open.text }
}

function reasoningPart(open: OpenReasoning): ReasoningPart {
  return { kind: 'reasoning', text: open.text, form: open.form, ...(open.seal ? { seal: open.seal } : {}) }
}

function callPart(open: OpenCall): Part {
  const { id, name, input, form } = open
  return { kind: 'tool-call', id, name, input, form, ...open.extras }
}
