import type { Machine, ReplyEvent } from '../core/events.ts'
import type { Citation, TextPart, TokenLogprob } from '../core/part.ts'
import { foldEvents, unfoldReply, type Reply } from '../core/reply.ts'
import { createPlaces, moved } from './places.ts'

const open = '<think>'
const close = '</think>'
const begins = /^\s*<think>/

/**
 * A closing tag that ends what stands before it: alone at an end of its line, or between words without space. One that is
 * spoken of has spaces or quotes around it.
 */
const ends = /(?:^|\n)[ \t]*<\/think>|<\/think>[ \t]*(?:\n|$)|[^\s"'`(]<\/think>[^\s"'`)]/

/** What is known of an answer's thoughts before it comes, and who is told what it has shown. */
interface Thinking {
  /** The model's template has begun them: the answer only ends them (DeepSeek R1, QwQ, Qwen's models that always think). */
  readonly isOpen: boolean
  /** Told once whether an answer without a beginning of its thoughts has an end of them. */
  tell(isOpen: boolean): void
}

/**
 * The reply with what stands in `<think>` at the beginning of its first text as reasoning: so answer models that think where the
 * server does not part their thoughts from their words (Ollama with templates of its owner's, vLLM without a reasoning parser,
 * LM Studio, llama.cpp). At the beginning only, as LiteLLM has it: further on the word may be spoken of. No other tags than
 * the models' own: `<thinking>`, which LiteLLM takes too, is what prompts ask for whose clients look for it themselves. Where
 * there is only the end of them, what stands before it was thought, as vLLM's parsers have it.
 */
export function partThinking(reply: Reply, thinking: Thinking): Reply {
  const first = reply.parts.find(({ kind }) => kind === 'text' || kind === 'reasoning')
  if (first?.kind !== 'text') return reply
  const isTagged = begins.test(first.text)
  const goesOn = thinking.isOpen || reply.parts.some(({ kind }) => kind === 'tool-call')
  const isOpen = !isTagged && endsThoughts(first.text, goesOn)
  const isCut = thinking.isOpen && reply.finish === 'length'
  if (!isTagged && !isOpen && !isCut) {
    if (thinking.isOpen) thinking.tell(false)
    return reply
  }
  if (isOpen) thinking.tell(true)
  const machine = partThinkingEvents({ isOpen: !isTagged, tell: thinking.tell })
  return foldEvents(unfoldReply(reply).flatMap((event) => machine.push(event)))
}

/**
 * Whether a text ends thoughts that it has not begun. Unless the answer `goesOn` behind it, there have to be words behind the
 * tag: an answer of nothing but thoughts is likelier one that speaks of the tag.
 */
function endsThoughts(text: string, goesOn: boolean): boolean {
  const at = text.indexOf(close)
  if (at < 0 || (!goesOn && text.slice(at + close.length).trim() === '')) return false
  return !text.slice(0, at).includes(open) && ends.test(text.slice(Math.max(0, at - 80), at + 80))
}

/** Where the first text of an answer is: its tags may still come, it has none, it is within them, or behind them. */
type Stage = 'undecided' | 'plain' | 'thinking' | 'words'

/**
 * The same for a stream, whose deltas may cut the tags anywhere. What was sent on as words stays words; whether the thoughts of
 * such answers are open from the beginning has to be known before.
 */
export function partThinkingEvents(thinking: Thinking): Machine<ReplyEvent, ReplyEvent> {
  const places = createPlaces()
  let first: { readonly index: number; readonly part: TextPart } | undefined
  let stage: Stage = 'undecided'
  let isOver = false
  /** What has come and is not told yet: space, which may stand around a tag, and behind it what may be a piece of one. */
  let space = ''
  let held = ''
  const logprobs: TokenLogprob[] = []
  let thought = ''
  let thoughtAt: number | undefined
  let said = ''
  /** The thoughts had no beginning, and have had no end so far. */
  let isBare = false
  /** An answer that was taken for thoughts and has ended: whether it was one shows in what comes next. */
  let doubted: TextPart | undefined

  return { push: (event) => (doubted ? [...settle(event), ...part(event)] : part(event)), end: () => nothing }

  function part(event: ReplyEvent): readonly ReplyEvent[] {
    if (event.type === 'part-start' && !first && !isOver) {
      isOver = event.part.kind === 'reasoning'
      if (event.part.kind === 'text') {
        first = { index: event.index, part: event.part }
        return nothing
      }
    }
    if (!first || !('index' in event) || event.index !== first.index) return [moved(event, places)]
    if (stage === 'plain') {
      if (event.type === 'part-end' && event.part.kind === 'text' && endsThoughts(event.part.text, false))
        thinking.tell(true)
      return [moved(event, places)]
    }
    if (event.type === 'part-delta') return addText(event.text, event.logprobs)
    return event.type === 'part-end' ? endText(event) : nothing
  }

  function addText(text: string, more: readonly TokenLogprob[] = []): readonly ReplyEvent[] {
    if (stage === 'words') return say(text)
    if (stage === 'thinking') return goOn(text)
    logprobs.push(...more)
    const begun = held === '' ? text.trimStart() : held + text
    if (held === '') space += text.slice(0, text.length - begun.length)
    held = begun
    if (!held.startsWith(open)) {
      if (open.startsWith(held)) return nothing
      return thinking.isOpen ? beginBare() : release()
    }
    stage = 'thinking'
    space = held = ''
    return goOn(begun.slice(open.length))
  }

  function beginBare(): readonly ReplyEvent[] {
    const begun = held
    stage = 'thinking'
    isBare = true
    space = held = ''
    return goOn(begun)
  }

  /**
   * What ended well without an end of its thoughts was said, and not thought: it is said after all, and the next answer is not
   * taken for thoughts. One that was cut may have been thought.
   */
  function settle(event: ReplyEvent): readonly ReplyEvent[] {
    const said = doubted
    doubted = undefined
    if (!said || !first || event.type === 'error' || (event.type === 'end' && event.finish === 'length')) return nothing
    thinking.tell(false)
    const index = places.of(first.index)
    return [
      { type: 'part-start', index, part: first.part },
      { type: 'part-delta', index, text: said.text },
      { type: 'part-end', index, part: said },
    ]
  }

  /** The text has no tags: all that was held of it, and nothing more will be. */
  function release(): readonly ReplyEvent[] {
    stage = 'plain'
    if (!first) return nothing
    const index = places.of(first.index)
    const begun: ReplyEvent = { type: 'part-start', index, part: first.part }
    const text = space + held
    if (text === '') return [begun]
    return [begun, { type: 'part-delta', index, text, ...(logprobs.length > 0 ? { logprobs } : {}) }]
  }

  /** What is thought for certain: all but what may be the end, and the space before it. */
  function goOn(text: string): readonly ReplyEvent[] {
    const come = held + text
    const at = come.indexOf(close)
    const sure = come.slice(0, at < 0 ? come.length - beginningOfClose(come) : at)
    held = come.slice(sure.length)
    const told = think(sure)
    if (at < 0) return told
    stage = 'words'
    isBare = false
    return [...told, ...endThought(), ...say(come.slice(at + close.length))]
  }

  /** Thinks a text but for the space around all that is thought; that at its end waits for what follows. */
  function think(come: string): readonly ReplyEvent[] {
    const ended = come.trimEnd()
    if (ended === '') {
      space += come
      return nothing
    }
    const text = thought === '' ? ended.trimStart() : space + ended
    space = come.slice(ended.length)
    const begun: ReplyEvent[] = []
    if (thoughtAt === undefined) {
      thoughtAt = places.next()
      begun.push({ type: 'part-start', index: thoughtAt, part: { kind: 'reasoning', text: '', form: 'full' } })
    }
    thought += text
    return [...begun, { type: 'part-delta', index: thoughtAt, text, isWatched: true }]
  }

  function endThought(): readonly ReplyEvent[] {
    if (thoughtAt === undefined) return nothing
    return [{ type: 'part-end', index: thoughtAt, part: { kind: 'reasoning', text: thought, form: 'full' } }]
  }

  /** Words behind the tags, without the space between. */
  function say(text: string): readonly ReplyEvent[] {
    const more = said === '' ? text.trimStart() : text
    if (more === '' || !first) return nothing
    const index = places.of(first.index)
    const begun: readonly ReplyEvent[] = said === '' ? [{ type: 'part-start', index, part: first.part }] : nothing
    said += more
    return [...begun, { type: 'part-delta', index, text: more }]
  }

  function endText(event: ReplyEvent & { readonly type: 'part-end' }): readonly ReplyEvent[] {
    if (stage === 'undecided') return [...release(), moved(event, places)]
    if (stage === 'thinking') {
      // Cut within its thoughts: nothing was said.
      const rest = think(held)
      if (isBare && event.part.kind === 'text') doubted = event.part
      return [...rest, ...endThought()]
    }
    if (said === '' || event.part.kind !== 'text') return nothing
    // Probabilities of tokens would be those of the tags too.
    const { logprobs: _ofTags, ...part } = event.part
    const cut = part.text.length - said.length
    const citations = part.citations && { citations: part.citations.map((citation) => behind(citation, cut)) }
    return [{ type: 'part-end', index: places.of(event.index), part: { ...part, text: said, ...citations } }]
  }
}

/** A source of the text from which so many characters were cut at the beginning. One of what is cut is of all that is left. */
function behind({ start, end, ...source }: Citation, cut: number): Citation {
  if (end !== undefined && end <= cut) return source
  return {
    ...source,
    ...(start === undefined ? {} : { start: Math.max(0, start - cut) }),
    ...(end === undefined ? {} : { end: end - cut }),
  }
}

/** How many characters at the end of a text may be the beginning of the closing tag. */
function beginningOfClose(text: string): number {
  for (let length = Math.min(close.length - 1, text.length); length > 0; length--)
    if (text.endsWith(close.slice(0, length))) return length
  return 0
}

const nothing: readonly ReplyEvent[] = []
