import { cutOff, GatewayError } from '../core/error.ts'
import type { Machine, ReplyEvent } from '../core/events.ts'
import { asObject, asObjects, asString, isObject, type Json, type JsonObject, type MutableJson } from '../core/json.ts'
import type { TokenLogprob } from '../core/part.ts'
import type { WireEvent } from '../core/protocol.ts'
import type { Finish } from '../core/reply.ts'
import { tellsFailure } from '../core/upstream-error.ts'
import { isSilent, joinAudio } from './audio.ts'
import { CallPieces } from './call-pieces.ts'
import { readCitation, readSources } from './citations.ts'
import { thinkingText } from './content.ts'
import { readStreamError } from './error.ts'
import { joinFinishes, readFinish } from './finish.ts'
import { OpenParts } from './open-parts.ts'
import { findReasoning } from './reasoning.ts'
import { ReasoningLists } from './reasoning-lists.ts'
import { isThought, Thoughts } from './thoughts.ts'
import { readUsage } from './usage.ts'

const nothing: readonly ReplyEvent[] = []

/** Reads a stream of chunks. `issuer` is who made the seals in it. */
export function readEvents(issuer: string): Machine<WireEvent, ReplyEvent> {
  const reader = new ChunkReader(issuer, false)
  return {
    push: (event) => (event.data === '[DONE]' ? reader.mark() : reader.push(event.data)),
    end: () => reader.done(),
  }
}

const chunkMembers = new Set(['id', 'object', 'created', 'model', 'choices', 'usage', 'error', 'obfuscation'])
const choiceMembers = new Set(['index', 'delta', 'message', 'text', 'finish_reason', 'logprobs', 'error', 'usage'])
const deltaMembers = new Set([
  'role',
  'content',
  'refusal',
  'tool_calls',
  'function_call',
  'annotations',
  'audio',
  'images',
  'reasoning',
  'reasoning_content',
  'reasoning_text',
  'reasoning_opaque',
  'reasoning_details',
  'thinking_blocks',
  'thinking',
  'signature',
  'cot_summary',
])

/** Reads chunks, or a whole answer put as one chunk, whose entries are then `whole`: none goes on with another. */
export class ChunkReader {
  readonly #issuer: string
  readonly #whole: boolean
  readonly #parts = new OpenParts()
  readonly #calls: CallPieces
  readonly #finishes: Finish[] = []
  readonly #rest: MutableJson = {}
  readonly #choiceRest: MutableJson = {}
  readonly #messageRest: MutableJson = {}
  readonly #lists = new ReasoningLists()
  readonly #thoughts = new Thoughts()
  readonly #cited = new Set<string>()
  /** Annotations that are no sources. */
  readonly #annotations: JsonObject[] = []
  #audio: JsonObject | undefined
  #stopSequence: string | undefined
  /** The `finish_reason` that stands for a failure. */
  #broken = ''
  #sealed = ''
  #usage: JsonObject | undefined
  #id = ''
  #model = ''
  #started = false
  #over = false
  /** What went wrong in a choice. */
  #failure: GatewayError | undefined

  constructor(issuer: string, whole: boolean) {
    this.#issuer = issuer
    this.#whole = whole
    this.#calls = new CallPieces(this.#parts, issuer, () => this.#id)
  }

  push(chunk: JsonObject): readonly ReplyEvent[] {
    if (this.#over) return nothing
    if (chunk['error'] !== undefined && chunk['error'] !== null) return this.#fail(readStreamError(chunk))
    if (this.#id === '') this.#id = asString(chunk['id']) ?? ''
    if (this.#model === '') this.#model = asString(chunk['model']) ?? ''
    // The first chunk of Azure has neither id nor choices.
    if (!this.#started && this.#id !== '') this.#start()
    const usage = chunk['usage']
    if (isObject(usage)) this.#usage = usage
    for (const name in chunk) if (!chunkMembers.has(name)) setKnown(this.#rest, name, chunk[name])
    const choices = chunk['choices']
    if (Array.isArray(choices)) for (const choice of choices) this.#readChoice(choice)
    else if (!this.#whole && tellsFailure(chunk)) return this.#fail(readStreamError(chunk))
    return this.#failure ? this.#fail(this.#failure) : this.#take()
  }

  /** The end mark. After a full count of tokens it is an end even without a finish reason (Snowflake gives none). */
  mark(): readonly ReplyEvent[] {
    if (this.#finishes.length === 0 && this.#usage) this.#finishes.push('stop')
    return this.done()
  }

  /** The end of the stream. */
  done(): readonly ReplyEvent[] {
    if (this.#over) return nothing
    if (this.#finishes.length === 0 && !this.#whole)
      return this.#fail(cutOff('the stream ended without a finish reason'))
    const finish = joinFinishes(this.#finishes, this.#calls.count)
    if (finish === 'error') return this.#fail(brokenOff(this.#broken))
    if (!this.#started) this.#start()
    this.#calls.finish()
    this.#sealLists()
    for (const source of readSources(this.#rest)) if (!this.#cited.has(source.url)) this.#parts.addCitation(source)
    this.#parts.closeAll()
    if (this.#audio && !isSilent(this.#audio)) this.#parts.addNative({ type: 'audio', audio: this.#audio })
    const extras = this.#extras()
    const tier = asString(this.#rest['service_tier'])
    this.#parts.out.push({
      type: 'end',
      finish,
      usage: readUsage(this.#usage ?? asObject(asObject(this.#rest['x_groq'])?.['usage'])),
      ...(tier === undefined ? {} : { tier }),
      ...(finish === 'stop' && this.#stopSequence !== undefined ? { stopSequence: this.#stopSequence } : {}),
      ...(extras ? { extras: { chat: extras } } : {}),
    })
    this.#over = true
    return this.#take()
  }

  #start(): void {
    this.#started = true
    this.#parts.out.push({ type: 'start', id: this.#id, model: this.#model })
  }

  #take(): readonly ReplyEvent[] {
    const { out } = this.#parts
    if (out.length === 0) return nothing
    this.#parts.out = []
    return out
  }

  #fail(error: GatewayError): readonly ReplyEvent[] {
    this.#over = true
    this.#parts.out.push({ type: 'error', error })
    return this.#take()
  }

  #readChoice(choice: Json): void {
    if (!isObject(choice)) return
    const { delta: piece, message } = choice
    // Perplexity puts an empty delta beside a message, and all that was said so far beside a delta.
    const delta = this.#whole ? (message ?? piece) : (piece ?? message)
    const logprobs = readLogprobs(choice['logprobs'])
    if (isObject(delta)) this.#readDelta(delta, logprobs)
    const text = choice['text']
    // Together puts the content here, too.
    const isAgain = typeof asObject(delta)?.['content'] === 'string'
    if (typeof text === 'string' && text !== '' && !isAgain) this.#addText(text, logprobs)
    const reason = choice['finish_reason']
    if (typeof reason === 'string' && reason !== '') {
      const finish = readFinish(reason)
      if (!finish) this.#choiceRest['finish_reason'] = reason
      if (finish === 'error') this.#broken = reason
      this.#finishes.push(finish ?? 'stop')
      this.#stopSequence ??= readStopSequence(choice)
    }
    // Moonshot counts in the last choice.
    if (isObject(choice['usage'])) this.#usage ??= choice['usage']
    if (isObject(choice['error'])) this.#failure ??= readStreamError(choice)
    for (const name in choice) if (!choiceMembers.has(name)) setKnown(this.#choiceRest, name, choice[name])
  }

  #readDelta(delta: JsonObject, logprobs: readonly TokenLogprob[] | undefined): void {
    if (!this.#started) this.#start()
    this.#readReasoning(delta)
    const content = delta['content']
    // Copilot lists references in a delta of this role.
    if (delta['role'] === 'function') setKnown(this.#messageRest, 'references', content)
    else if (typeof content === 'string') {
      if (content !== '') this.#addContent(delta, content, logprobs)
    } else if (Array.isArray(content)) this.#readContentList(content, logprobs)
    else if (isObject(content)) this.#readContentList([content], logprobs)
    const refusal = delta['refusal']
    if (typeof refusal === 'string' && refusal !== '') this.#parts.addRefusal(refusal)
    const annotations = delta['annotations']
    if (Array.isArray(annotations)) this.#readAnnotations(asObjects(annotations))
    const { audio, images, tool_calls: calls } = delta
    if (isObject(audio)) this.#audio = joinAudio(this.#audio, audio)
    if (Array.isArray(images)) for (const image of asObjects(images)) this.#parts.addNative(image)
    if (Array.isArray(calls)) for (const call of asObjects(calls)) this.#calls.add(call, this.#whole)
    const legacy = delta['function_call']
    if (isObject(legacy)) this.#calls.addLegacy(legacy)
    for (const name in delta)
      if (!deltaMembers.has(name) && !(name === 'extra_content' && isThought(delta)))
        setKnown(this.#messageRest, name, delta[name])
  }

  #addContent(delta: JsonObject, content: string, logprobs: readonly TokenLogprob[] | undefined): void {
    if (!this.#thoughts.concern(delta, this.#whole)) return this.#addText(content, logprobs)
    const { thought, said } = this.#thoughts.take(delta, content)
    if (thought !== '') this.#parts.addReasoning(thought, 'full')
    if (said !== '') this.#addText(said, logprobs)
  }

  #addText(text: string, logprobs: readonly TokenLogprob[] | undefined): void {
    if (this.#calls.count > 0) this.#calls.finish()
    this.#parts.addText(text, logprobs)
  }

  #readContentList(content: readonly Json[], logprobs: readonly TokenLogprob[] | undefined): void {
    for (const part of asObjects(content)) {
      const text = asString(part['text'])
      if (part['type'] === 'thinking') {
        const thinking = thinkingText(part)
        if (thinking !== '') this.#parts.addReasoning(thinking, 'full')
      } else if (part['type'] !== 'text' || text === undefined) this.#parts.addNative(part)
      else if (text !== '') this.#addText(text, logprobs)
    }
  }

  #readReasoning(delta: JsonObject): void {
    const found = findReasoning(delta)
    const listed = this.#lists.add(delta)
    if (found) this.#parts.addReasoning(found.text, found.form)
    else if (listed !== '') this.#parts.addReasoning(listed, 'full')
    const opaque = delta['reasoning_opaque'] ?? delta['signature']
    if (typeof opaque === 'string' && opaque !== '' && opaque !== this.#sealed) this.#seal(opaque)
    // What follows ends the reasoning, and with it the chance to seal it where it stands.
    if (hasMore(delta)) this.#sealLists()
  }

  /** Lists of reasoning as seals, from which the request writer makes the lists again. */
  #sealLists(): void {
    for (const data of this.#lists.take()) this.#seal(data)
  }

  #seal(data: string): void {
    this.#sealed = data
    this.#parts.addSeal({ issuer: this.#issuer, protocol: 'chat', data })
  }

  #readAnnotations(annotations: readonly JsonObject[]): void {
    for (const annotation of annotations) {
      const citation = readCitation(annotation)
      if (citation) {
        this.#cited.add(citation.url)
        this.#parts.addCitation(citation)
      } else this.#annotations.push(annotation)
    }
  }

  /** What no word carries: members of the chunks, and under `choices` those of the choice and its message. */
  #extras(): JsonObject | undefined {
    if (this.#annotations.length > 0) this.#messageRest['annotations'] = this.#annotations
    const choice = { ...this.#choiceRest }
    if (hasAny(this.#messageRest)) choice['message'] = this.#messageRest
    const kept = hasAny(choice) ? { ...this.#rest, choices: [choice] } : this.#rest
    return hasAny(kept) ? kept : undefined
  }
}

function hasMore(delta: JsonObject): boolean {
  const { content, tool_calls: calls } = delta
  return (typeof content === 'string' && content !== '') || (Array.isArray(calls) && calls.length > 0)
}

function readLogprobs(value: Json | undefined): readonly TokenLogprob[] | undefined {
  if (!isObject(value)) return undefined
  const content = value['content']
  return Array.isArray(content) && content.length > 0 ? asObjects(content) : undefined
}

function setKnown(target: MutableJson, name: string, value: Json | undefined): void {
  if (value !== undefined && value !== null) target[name] = value
}

function hasAny(object: JsonObject): boolean {
  for (const _name in object) return true
  return false
}

/**
 * The stop sequence that ended a choice, as vLLM (`stop_reason`) and SGLang (`matched_stop`) tell it: a text where it was one
 * of the request's, a number where it was a token of the model's own.
 */
function readStopSequence(choice: JsonObject): string | undefined {
  const met = asString(choice['stop_reason']) ?? asString(choice['matched_stop'])
  // Some servers put another service's finish reason there.
  return met !== undefined && met !== '' && readFinish(met) === undefined ? met : undefined
}

function brokenOff(reason: string): GatewayError {
  return new GatewayError('upstream', 502, `The upstream broke the answer off with finish reason "${reason}".`, {
    reason: 'upstream-finish-error',
  })
}
