import { chat, messages, responses, type Protocol } from '@crossfeed/protocols'
import { askStream, askWhole, type Destination, type Question, type Records } from './ask.ts'
import { asAPIError, APIError } from './errors.ts'
import { readCall, type CallOptions, type Calls } from './options.ts'

/** How calls find their way. */
export interface CallParts {
  readonly records: Records
  /** Where a model is asked. Throws for a name that leads nowhere. */
  readonly find: (model: string, options: CallOptions) => Destination
  /** Tries after the first where a call does not say. */
  readonly numRetries: number
  /** Seconds where a call does not say. */
  readonly timeout?: number | undefined
}

/** Creates the calls of one instance. */
export function createCalls(parts: CallParts): Calls {
  const call = (protocol: Protocol) => (request: object) => ask(parts, protocol, request)
  // The overloads say what one function does: with `stream: true` a stream, else a whole answer, in the protocol's own shape.
  return {
    completion: call(chat) as Calls['completion'],
    responses: call(responses) as Calls['responses'],
    messages: call(messages) as Calls['messages'],
    embedding: ((request: object) => ask(parts, undefined, request)) as Calls['embedding'],
  }
}

async function ask(
  { records, find, numRetries, timeout }: CallParts,
  protocol: Protocol | undefined,
  request: object,
): Promise<object> {
  const { model, body, options, extraHeaders } = readCall(request)
  const most = options.numRetries ?? numRetries
  // Whoever says a number means all tries.
  const retries = most > 0 || options.numRetries !== undefined ? 0 : undefined
  const question: Question = { protocol, body, model, extraHeaders, options: { timeout, ...options }, retries }
  for (let tried = 0; ; tried++) {
    try {
      const to = find(model, options)
      return await (protocol !== undefined && body['stream'] === true
        ? askStream<unknown>(question, to, records)
        : askWhole<object>(question, to, records))
    } catch (thrown) {
      const error = asAPIError(thrown, { llmProvider: '', model })
      if (tried >= most || !mayPass(error) || (error.retryAfter ?? 0) > longest) throw error
      await pause(error.retryAfter, tried, options.signal)
    }
  }
}

/** Whether another try may go better: limits, faults of the upstream or the network, silence. */
function mayPass(error: unknown): error is APIError {
  if (!(error instanceof APIError)) return false
  return error.status === 408 || error.status === 409 || error.status === 429 || error.status >= 500
}

/** The longest pause between two tries, in seconds. An upstream that wants a longer one is the program's to wait for. */
const longest = 60

/** Waits as long as the upstream wants, else half a second and twice that each time, less a quarter by chance. */
function pause(wanted: number | undefined, tried: number, signal: AbortSignal | undefined): Promise<void> {
  const usual = Math.min(8, 0.5 * 2 ** tried) * (1 - Math.random() / 4)
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const stop = (): void => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(
      () => {
        signal?.removeEventListener('abort', stop)
        resolve()
      },
      (wanted ?? usual) * 1000,
    )
    signal?.addEventListener('abort', stop, { once: true })
  })
}
