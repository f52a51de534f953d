import { randomUUID } from 'node:crypto'
import type { ClientOut, Engine, RequestRecord, Running } from '@crossfeed/engine'
import { isObject, parseObject, type JsonObject, type Protocol } from '@crossfeed/protocols'
import { createParser } from 'eventsource-parser'
import { createAPIError, Timeout, type APIError, type APIErrorFacts } from './errors.ts'
import type { CallOptions, ReplyFacts } from './options.ts'
import { createReplyPipe, type ReplyStream } from './reply-stream.ts'

/** Where a call goes. */
export interface Destination {
  readonly engine: Engine
  /** The one provider that is asked; absent where the name is an alias of several. */
  readonly provider?: string | undefined
  /** The name that the engine knows the model by. */
  readonly model: string
  /** The word before the model's name for a provider of the engine. */
  vendorOf(provider: string): string
}

/** Hands the record of each request to the one who made it. */
export interface Records {
  readonly record: (record: RequestRecord) => void
  expect(requestId: string, take: (record: RequestRecord) => void): void
}

/** What is asked. */
export interface Question {
  /** Absent for embeddings. */
  readonly protocol: Protocol | undefined
  readonly body: JsonObject
  /** As the caller wrote it. */
  readonly model: string
  readonly extraHeaders: Readonly<Record<string, string>>
  readonly options: Pick<CallOptions, 'timeout' | 'signal'>
  /** Tries that the engine may make by itself; its own one by default. */
  readonly retries: number | undefined
}

/** Keeps who waits for which record. */
export function createRecords(): Records {
  const waiting = new Map<string, (record: RequestRecord) => void>()
  return {
    record(record) {
      waiting.get(record.requestId)?.(record)
      waiting.delete(record.requestId)
    },
    expect: (requestId, take) => void waiting.set(requestId, take),
  }
}

/** Asks, and gives the whole answer. Rejects with an APIError, or with the signal's reason. */
export function askWhole<T extends object>(
  question: Question,
  to: Destination,
  records: Records,
): Promise<T & ReplyFacts> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let headers: Headers = {}
    const call = createCall(question, to, records, reject)
    call.start({
      begin: (_status, all) => void (headers = all),
      write(bytes) {
        chunks.push(Buffer.from(bytes))
        return true
      },
      end(bytes) {
        if (bytes !== undefined) chunks.push(Buffer.from(bytes))
        const record = call.over()
        if (record?.error) return reject(failureOf(record, record.error, question, to))
        const reply = parseObject(Buffer.concat(chunks).toString())
        // The engine refuses what is no answer of the protocol, so this is one in its shape.
        if (reply) resolve(withFacts(reply, headers, record, to) as T & ReplyFacts)
        else reject(new Error('The engine gave an answer that is no JSON object.'))
      },
    })
  })
}

/** Asks, and gives the answer's stream once it has begun. Rejects as `askWhole`; what fails later rejects the iteration. */
export function askStream<T>(question: Question, to: Destination, records: Records): Promise<ReplyStream<T>> {
  return new Promise((resolve, reject) => {
    const decoder = new TextDecoder()
    let goesOn = true
    let begun = false
    const fail = (error: unknown): void => (begun ? pipe.end({ error }) : reject(error))
    const call = createCall(question, to, records, fail)
    const pipe = createReplyPipe<T>({ drained: call.drained, cancel: call.leave })
    const parser = createParser({
      onEvent({ data }) {
        const piece = data === '[DONE]' ? undefined : parseObject(data)
        if (piece === undefined || isNoPiece(piece)) return
        // The engine writes events of the protocol that was asked in.
        goesOn = pipe.push(piece as T)
      },
    })
    const feed = (bytes: Buffer | string): void =>
      parser.feed(typeof bytes === 'string' ? bytes : decoder.decode(bytes, { stream: true }))
    call.start({
      begin(status) {
        if (status >= 400) return
        begun = true
        call.begun()
        resolve(pipe.stream)
      },
      write(bytes) {
        if (begun) feed(bytes)
        return goesOn
      },
      end(bytes) {
        if (bytes !== undefined && begun) feed(bytes)
        const record = call.over()
        if (record?.error) fail(failureOf(record, record.error, question, to))
        else pipe.end()
      },
    })
  })
}

type Headers = Readonly<Record<string, string | string[]>>

/** One call, which its signal and its time limit end. */
interface Call {
  start(out: ClientOut): void
  /** The answer has begun: the call's own limit is over. */
  begun(): void
  /** The answer has ended; gives its record. */
  over(): RequestRecord | undefined
  /** The reader takes more. */
  readonly drained: () => void
  /** Nobody wants the answer any more. */
  readonly leave: () => void
}

function createCall(question: Question, to: Destination, records: Records, fail: (error: unknown) => void): Call {
  const { protocol, model, extraHeaders, options } = question
  const { signal, timeout } = options
  const { engine, provider } = to
  const requestId = randomUUID()
  let running: Running | undefined
  let record: RequestRecord | undefined
  let timer: NodeJS.Timeout | undefined

  const settle = (): void => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', abort)
  }
  const leave = (): void => {
    settle()
    running?.cancel()
  }
  const stop = (error: unknown): void => {
    leave()
    fail(error)
  }
  const abort = (): void => stop(signal?.reason)

  return {
    start(out) {
      if (signal?.aborted) return fail(signal.reason)
      signal?.addEventListener('abort', abort, { once: true })
      if (timeout !== undefined) {
        const llmProvider = provider === undefined ? '' : to.vendorOf(provider)
        timer = setTimeout(() => stop(lateAnswer(timeout, { llmProvider, model, requestId })), timeout * 1000)
      }
      records.expect(requestId, (one) => (record = one))
      const body = { ...question.body, model: to.model }
      const shared = { body, headers: {}, provider, requestId, extraHeaders }
      const { retries } = question
      running = protocol
        ? engine.run(
            { ...shared, protocol, raw: Buffer.from(JSON.stringify(body)), path: `/v1/${protocol.id}`, retries },
            out,
          )
        : engine.embed({ ...shared, path: '/v1/embeddings' }, out)
    },
    begun: () => clearTimeout(timer),
    over() {
      settle()
      return record
    },
    drained: () => running?.drained(),
    leave,
  }
}

function lateAnswer(seconds: number, at: Pick<APIErrorFacts, 'llmProvider' | 'model' | 'requestId'>): Timeout {
  const facts = { status: 408, code: 'timeout', reason: undefined, retryAfter: undefined, fix: undefined }
  return new Timeout(`The answer did not come within ${seconds} s.`, { ...at, ...facts })
}

function failureOf(
  { provider, requestId }: RequestRecord,
  failure: NonNullable<RequestRecord['error']>,
  { model }: Question,
  to: Destination,
): APIError {
  return createAPIError(failure, { llmProvider: to.vendorOf(provider || (to.provider ?? '')), model, requestId })
}

/** What of a stream is for no reader: errors, which reject the iteration with what the record says of them, and signs of life. */
function isNoPiece(piece: JsonObject): boolean {
  const type = piece['type']
  return type === 'error' || type === 'ping' || (type === undefined && isObject(piece['error']))
}

function withFacts(
  reply: JsonObject,
  headers: Headers,
  record: RequestRecord | undefined,
  to: Destination,
): JsonObject {
  const usage = reply['usage']
  const cost = isObject(usage) ? usage['cost'] : undefined
  const hidden: ReplyFacts['_hiddenParams'] = {
    customLlmProvider: to.vendorOf(record?.provider ?? ''),
    model: record?.model ?? '',
    changes: record?.changes ?? [],
    losses: (record?.losses ?? []).map(({ path, why }) => `${path}: ${why}`),
    responseCost: typeof cost === 'number' ? cost : null,
  }
  const id = headers['x-request-id'] ?? headers['request-id']
  return Object.defineProperties(reply, {
    _request_id: { value: typeof id === 'string' ? id : (record?.requestId ?? '') },
    _hiddenParams: { value: hidden },
  })
}
