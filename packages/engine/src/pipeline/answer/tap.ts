import {
  asObject,
  asObjects,
  asString,
  isObject,
  type GatewayError,
  type Json,
  type JsonObject,
  type Machine,
  type Protocol,
  type ProtocolId,
  type ReplyEvent,
  type Usage,
  type WireEvent,
} from '@crossfeed/protocols'
import { holdsObject, isSilentFrame, parseFrame } from '../../transport/sse.ts'
import { isEmptyReply, isPlainEnd } from './empty-reply.ts'

/** What a relayed stream says about itself while its bytes go by. */
export interface Tap {
  /**
   * Looks at one event: `raw` is its bytes as latin1 text, `text` gives it decoded. False when it says nothing of usage,
   * finish or errors.
   */
  see(raw: string, text: () => string): boolean
  /** The stream is over: how it ended. A stream without its terminal event gives an error with reason `stream-cut`. */
  end(): Ending
  readonly hasContent: boolean
  /** Something beyond the announcement of an answer has come. */
  readonly hasBegun: boolean
  /** The failure that the upstream has told. */
  readonly error: GatewayError | undefined
  /** The upstream has said that the answer is over, well or not. */
  readonly isOver: boolean
  /** The upstream has told a failure in a form that is not the protocol's: its clients may not know it for one. */
  readonly isMistold: boolean
  /** The answer has come to its end, and has said nothing. */
  readonly isEmpty: boolean
}

interface Ending {
  readonly usage?: Usage
  readonly error?: GatewayError
  /** Whether the upstream said the error itself, so that the client has seen it. */
  readonly told: boolean
}

/** Frames that name a failure beside their data, whatever the protocol. */
const failing = /^event: ?error\b|^error:/m

/** Events that say something of usage, finish or errors; all others stay unread. */
const telling: { readonly [P in ProtocolId]: RegExp } = {
  chat: /"finish_reason":\s*"|"usage":\s*\{|\[DONE\]|"status_code":\s*[1-9]|"error":\s*[{"]|"object":\s*"error"|"(?:message|detail|errors)":\s*["[]/,
  responses:
    /"response\.(?:completed|incomplete|failed|cancelled|done)"|"type":\s*"error"|"error":\s*[{"]|"object":\s*"error"|"(?:message|detail|errors)":\s*["[]/,
  messages:
    /message_(?:start|delta|stop)|"type":\s*"error"|"error":\s*[{"]|"object":\s*"error"|"(?:message|detail|errors)":\s*["[]/,
}

/** Whether a failure is told in the protocol's own form, with its words where clients look for them. */
function isProper(id: ProtocolId, event: JsonObject): boolean {
  const { type, error, response, choices } = event
  if (id === 'messages') return type === 'error' && hasWords(error)
  if (id === 'chat') return hasWords(error) || (error === undefined && asObjects(choices).some(isBrokenOff))
  if (type === 'response.failed')
    return isObject(asObject(response)?.['error']) || !asObject(response)?.['status_details']
  return type === 'error' || (asString(type)?.startsWith('response.') ?? false)
}

function isBrokenOff(choice: JsonObject): boolean {
  return choice['finish_reason'] === 'error' && !isObject(choice['error'])
}

function hasWords(error: Json | undefined): boolean {
  return asString(asObject(error)?.['message']) !== undefined
}

/** The first sign that the model has begun to answer. */
const content: { readonly [P in ProtocolId]: RegExp } = {
  chat: /"content":\s*"[^"]|"tool_calls":\s*\[\s*\{/,
  responses: /response\.(?:output_text|function_call_arguments|custom_tool_call_input)\.delta/,
  messages: /text_delta|input_json_delta/,
}

/** Events that say no more than that an answer will come. */
const announcement: { readonly [P in ProtocolId]: RegExp } = {
  chat: /"delta":\s*\{\s*"role":\s*"assistant"(?:,\s*"content":\s*(?:""|null))?\s*\}(?:,\s*"[a-z_]+":\s*null)*\s*\}/,
  responses: /"type":\s*"(?:response\.(?:created|in_progress|queued)|codex\.[a-z_.]+)"/,
  messages: /"type":\s*"(?:message_start|ping)"/,
}

/** Any sign that an answer is more than its announcement and its end. */
const word: { readonly [P in ProtocolId]: RegExp } = {
  chat: /"(?:content|reasoning\w*|thinking|cot_summary|refusal|arguments)":\s*(?:"[^"]|\[\s*\{)|"(?:tool_calls|annotations|images)":\s*\[\s*\{|"(?:audio|function_call)":\s*\{/,
  responses:
    /"type":\s*"response\.(?!created"|in_progress"|queued"|output_item\.|content_part\.|[a-z_]+\.done"|completed"|incomplete"|failed")/,
  messages: /"text":\s*"[^"]|"type":\s*"(?!text"|text_delta"|message"|message_|content_block_|ping"|error")/,
}

/** An item of a response that may come whole, and not once more in the last event (bytedance/deer-flow#1928). */
const itemEnd = /"type":\s*"response\.output_item\.done"/

/** A tap for one stream: the protocol's own reader, fed only the events that matter. */
export function createTap(protocol: Protocol): Tap {
  return new ProtocolTap(protocol)
}

/** A class, because a stream asks it several things with each chunk. */
class ProtocolTap implements Tap {
  hasContent = false
  hasBegun = false
  error: GatewayError | undefined = undefined
  isOver = false
  isMistold = false
  isEmpty = false
  readonly #protocol: Protocol
  #usage: Usage | undefined
  #hasWord = false
  /** Most of a stream goes by before there is anything to read. */
  #reader: Machine<WireEvent, ReplyEvent> | undefined

  constructor(protocol: Protocol) {
    this.#protocol = protocol
  }

  see(raw: string, text: () => string): boolean {
    const { id } = this.#protocol
    if (!this.#hasWord) this.#hasWord = word[id].test(raw) || (itemEnd.test(raw) && this.#saysItem(parseFrame(text())))
    if (!this.hasContent && content[id].test(raw)) this.hasContent = true
    const tells = telling[id].test(raw) || failing.test(raw)
    const event = tells ? parseFrame(text()) : undefined
    const isWell = this.error === undefined
    if (event) this.#note(this.#read().push(event), event)
    if (isWell && this.error !== undefined)
      this.isMistold = event === undefined || event.data === '[DONE]' || !holdsObject(raw) || !isProper(id, event.data)
    if (!this.hasBegun && this.error === undefined && !announcement[id].test(raw) && !isSilentFrame(raw))
      this.hasBegun = true
    return tells
  }

  end(): Ending {
    const usage = this.#usage
    if (this.isOver)
      return this.error ? { error: this.error, told: true } : { ...(usage ? { usage } : {}), told: false }
    this.#note(this.#read().end())
    const { error } = this
    return { ...(this.#usage ? { usage: this.#usage } : {}), ...(error ? { error } : {}), told: false }
  }

  #read(): Machine<WireEvent, ReplyEvent> {
    return (this.#reader ??= this.#protocol.readEvents(''))
  }

  #note(list: readonly ReplyEvent[], from?: WireEvent): void {
    for (const event of list) {
      if (event.type === 'end') {
        this.#usage = event.usage
        this.isOver = true
        this.isEmpty = !this.#hasWord && isPlainEnd(event) && !this.#isTold(from)
      } else if (event.type === 'error') {
        this.error = event.error
        this.isOver = true
      }
    }
  }

  #saysItem(event: WireEvent | undefined): boolean {
    const item = event && event.data !== '[DONE]' ? asObject(event.data['item']) : undefined
    const reply = item && this.#protocol.readReply({ status: 'completed', output: [item] }, '')
    return reply !== undefined && !isEmptyReply(reply)
  }

  /** Whether the end of a response has all of the answer once more, or for the first time. */
  #isTold(from: WireEvent | undefined): boolean {
    const response = from && from.data !== '[DONE]' ? asObject(from.data['response']) : undefined
    return response !== undefined && !isEmptyReply(this.#protocol.readReply(response, ''))
  }
}
