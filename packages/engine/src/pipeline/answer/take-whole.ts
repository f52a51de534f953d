import {
  asObjects,
  GatewayError,
  isObject,
  parseBody,
  parseJson,
  tellsFailure,
  unfoldReply,
  type Json,
  type JsonObject,
  type ProtocolId,
  type Reply,
} from '@crossfeed/protocols'
import { writeFrames } from '../../transport/sse.ts'
import { asAnswerError, askedOf, type AnswerTaker } from './answer.ts'
import { emptyReply, hasPlainWords, isEmptyReply, refusesEmpty } from './empty-reply.ts'
import type { Exchange, Prepared } from '../exchange.ts'
import { hideSecrets } from '../../transport/hide-secrets.ts'
import { protocols } from '../protocols.ts'

/** Bytes of an answer, at most. */
const mostBytes = 64 * 1024 * 1024

/** Gathers a JSON answer and passes it on in the client's protocol, as a stream when the client asked for one. */
export function takeWhole(exchange: Exchange, prepared: Prepared): AnswerTaker {
  const chunks: Buffer[] = []
  let size = 0
  return {
    data(chunk) {
      size += chunk.length
      if (size <= mostBytes) return void chunks.push(chunk)
      exchange.fail(tooLarge())
      exchange.flight?.cancel('the answer is too large')
    },
    end() {
      const bytes = chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)
      const received = bytes.toString()
      // Errors are words of the upstream's, and may repeat what it was let in by.
      const text = /"error":\s*\{/.test(received) ? withoutSecrets(received, exchange) : received
      const answer = parseBody(text)
      if (!isObject(answer)) return exchange.whenFailed(notJson(bytes))
      const failure = failureIn(answer, prepared.target.protocol)
      if (failure) return exchange.whenFailed(exchange.hideSecrets(failure))
      try {
        pass(exchange, prepared, answer, text)
      } catch (error) {
        exchange.whenFailed(asAnswerError(error))
      }
    },
    fail: (error) => exchange.whenFailed(error),
  }
}

function withoutSecrets(text: string, exchange: Exchange): string {
  const answer = parseJson(text)
  return isObject(answer) && isObject(answer['error']) ? hideSecrets(text, exchange.sent) : text
}

function pass(exchange: Exchange, prepared: Prepared, answer: JsonObject, text: string): void {
  const { protocol } = exchange.call
  if (!prepared.crossing && !exchange.stream) {
    const mended = mend(exchange, prepared, answer, false)
    exchange.usage = protocol.readUsage(mend(exchange, prepared, answer, true))
    const isPlain = hasPlainWords(mended, protocol.id)
    if (!isPlain && !goesOn(mended) && isRefused(exchange, prepared, () => protocol.readReply(mended, '')))
      return exchange.whenFailed(emptyReply())
    return exchange.sendWhole(mended === answer ? text : JSON.stringify(mended))
  }
  const mended = mend(exchange, prepared, answer, true)
  const reply: Reply = prepared.crossing?.readReply(mended) ?? protocol.readReply(mended, prepared.target.issuer)
  exchange.usage = reply.usage
  if (!goesOn(mended) && isRefused(exchange, prepared, () => reply)) return exchange.whenFailed(emptyReply())
  const asked = askedOf(exchange, prepared)
  if (!exchange.stream) return exchange.sendWhole(JSON.stringify(protocol.writeReply(reply, asked, exchange.lose)))
  const writer = protocol.writeEvents(asked, exchange.lose)
  let frames = ''
  for (const event of unfoldReply(reply)) frames += writeFrames(writer.push(event))
  exchange.write(frames + writeFrames(writer.end()))
  exchange.endStream('completed')
}

/** Whether an answer of the Responses API is made in the background, and has nothing in it yet. */
function goesOn({ status }: JsonObject): boolean {
  return status === 'queued' || status === 'in_progress'
}

/** Whether the answer says nothing, and that is an error. */
function isRefused(exchange: Exchange, prepared: Prepared, read: () => Reply): boolean {
  if (!refusesEmpty(exchange.parts.emptyReplies, prepared.body, prepared.target.protocol)) return false
  try {
    return isEmptyReply(read())
  } catch {
    // A failed response says something: its error.
    return false
  }
}

function mend(exchange: Exchange, prepared: Prepared, answer: JsonObject, translated: boolean): JsonObject {
  let mended = answer
  for (const patch of prepared.provider.replyPatches)
    if (patch.protocol === prepared.target.protocol && (!translated || patch.whenTranslated))
      mended = patch.apply(mended, prepared.target, exchange.call.body)
  return mended
}

/** Members without which an answer is none. */
const essence: { readonly [P in ProtocolId]: string } = { chat: 'choices', responses: 'output', messages: 'content' }

/** The error that a 200 wraps (user-pain 3.2), or that it holds no answer; a failed response is an answer of its own. */
function failureIn(answer: JsonObject, protocol: ProtocolId): GatewayError | undefined {
  if (Array.isArray(answer[essence[protocol]])) return protocol === 'chat' ? brokenChat(answer) : undefined
  if (tellsFailure(answer)) return protocols[protocol].readError(502, answer)
  // Chat Completions of some servers have null where there is nothing to say.
  if (answer[essence[protocol]] === null) return undefined
  return new GatewayError('upstream', 502, 'The upstream sent an object that is not an answer.', {
    reason: 'answer-garbled',
  })
}

/** What Chat Completions end with that went well. */
const goodEnds: ReadonlySet<Json | undefined> = new Set([
  undefined,
  null,
  'stop',
  'length',
  'tool_calls',
  'function_call',
  'content_filter',
])

/**
 * The failure that a whole chat answer tells inside: OpenRouter in a choice, by its finish reason, or beside the choices, where
 * the model had begun to answer. The reader of such answers decides, so that they are the same failures as in a stream.
 */
function brokenChat(answer: JsonObject): GatewayError | undefined {
  const choices = asObjects(answer['choices'])
  // MiniMax's words for a failure may stand beside an empty list (CherryHQ/cherry-studio#11287).
  if (choices.length === 0 && !isObject(answer['error']) && tellsFailure(answer))
    return protocols.chat.readError(502, answer)
  const isOdd = (choice: JsonObject): boolean => isObject(choice['error']) || !goodEnds.has(choice['finish_reason'])
  if (!isObject(answer['error']) && !choices.some(isOdd)) return undefined
  try {
    protocols.chat.readReply(answer, '')
    return undefined
  } catch (error) {
    return asAnswerError(error)
  }
}

function tooLarge(): GatewayError {
  return new GatewayError('upstream', 502, `The upstream sent an answer of more than ${mostBytes} bytes.`, {
    reason: 'answer-too-large',
  })
}

function notJson(bytes: Buffer): GatewayError {
  const what = bytes.length === 0 ? 'an empty answer' : 'an answer that is not a JSON object'
  return new GatewayError('upstream', 502, `The upstream sent ${what}.`, {
    reason: bytes.length === 0 ? 'answer-empty' : 'answer-garbled',
  })
}
