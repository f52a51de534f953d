import { randomUUID } from 'node:crypto'
import {
  createEngine,
  type Copilot,
  type Log,
  type Provider,
  type RequestRecord,
  type Transport,
} from '@crossfeed/engine'
import {
  asGatewayError,
  errorWith,
  GatewayError,
  parseJson,
  parseObject,
  plainTraits,
  responses,
  type Machine,
  type ReplyEvent,
  type WireEvent,
} from '@crossfeed/protocols'
import { createParser } from 'eventsource-parser'
import { createFeed } from './feed.ts'
import type { ModelPort, ModelRequest } from './model-port.ts'

/** What an engine of the SDK draws on. */
export interface EnginePortOptions {
  readonly copilot: Copilot | undefined
  readonly providers: readonly Provider[]
  /** The one provider that all names are looked for at; absent where names say it themselves. */
  readonly only?: string | undefined
  readonly transport: Transport
  readonly log: Log
  /** Sent as `user-agent`, where a provider passes it on. */
  readonly userAgent?: string | undefined
}

/**
 * The way to models through an engine in this process. Prompts are written as Responses: the one protocol of the three that says
 * all that a session asks for, and that the engine translates to whatever a model speaks, with what it knows of that model.
 */
export function createEnginePort(options: EnginePortOptions): ModelPort {
  const { only, log } = options
  const records = new Map<string, (record: RequestRecord) => void>()
  const engine = createEngine({
    copilot: options.copilot,
    providers: options.providers,
    transport: options.transport,
    log,
    record(record) {
      records.get(record.requestId)?.(record)
      records.delete(record.requestId)
    },
  })

  async function* ask({ prompt, sessionId, initiator, signal }: ModelRequest): AsyncGenerator<ReplyEvent> {
    // A model that is served in Responses gets the request as it is written here, so it must fit; whatever is wrong with the name
    // is said by the call itself.
    const found = await engine.findModel(prompt.model, only).catch(() => undefined)
    const traits = found?.traits('responses') ?? plainTraits
    if (signal.aborted) return yield cancelled()
    const body = responses.writeRequest(prompt, traits, ({ path, why }) => log.debug(`${path}: ${why}`))
    const requestId = randomUUID()
    const ended = Promise.withResolvers<RequestRecord>()
    records.set(requestId, ended.resolve)
    const feed = createFeed<ReplyEvent>()
    const answer = createAnswerReader(feed.push)
    const running = engine.run(
      {
        protocol: responses,
        body,
        raw: Buffer.from(JSON.stringify(body)),
        headers: {
          'session-id': sessionId,
          ...(initiator === 'agent' ? { 'x-initiator': 'agent' } : {}),
          ...(options.userAgent === undefined ? {} : { 'user-agent': options.userAgent }),
        },
        path: '/v1/responses',
        provider: only,
        requestId,
      },
      {
        begin: answer.begin,
        write(bytes) {
          answer.write(bytes)
          return true
        },
        end(bytes) {
          if (bytes !== undefined) answer.write(bytes)
          answer.end()
          feed.close()
        },
      },
    )
    const stop = (): void => {
      running.cancel()
      records.delete(requestId)
      feed.push(cancelled())
      feed.close()
    }
    signal.addEventListener('abort', stop, { once: true })
    try {
      for await (const event of feed) {
        if (event.type !== 'error' || signal.aborted) yield event
        else yield { type: 'error', error: named(event.error, await ended.promise) }
        if (event.type === 'error' || event.type === 'end') return
      }
    } finally {
      signal.removeEventListener('abort', stop)
      // Harmless after the end; a consumer that stops listening wants no more tokens either.
      running.cancel()
    }
  }
  return {
    ask,
    models: () => (only === undefined ? engine.models() : engine.modelsOf(only)),
    findModel: async (name) => (await engine.findModel(name, only))?.model,
    close: () => engine.close(),
  }
}

/** Reads an answer of the engine: an event stream, or the JSON of an error. */
function createAnswerReader(tell: (event: ReplyEvent) => void): {
  begin(status: number, headers: Readonly<Record<string, string | string[]>>): void
  write(bytes: Buffer | string): void
  end(): void
} {
  const machine: Machine<WireEvent, ReplyEvent> = responses.readEvents('')
  const decoder = new TextDecoder()
  let status = 0
  let retryAfter: number | undefined
  let failure = ''
  let over = false
  const tellAll = (events: readonly ReplyEvent[]): void => {
    for (const event of events) {
      if (over) return
      over = event.type === 'end' || event.type === 'error'
      tell(event)
    }
  }
  const parser = createParser({
    onEvent({ event, data }) {
      const parsed = data === '[DONE]' ? data : parseObject(data)
      if (parsed === undefined) return
      tellAll(machine.push(event === undefined ? { data: parsed } : { event, data: parsed }))
    },
  })
  return {
    begin(code, headers) {
      status = code
      const seconds = Number(headers['retry-after'])
      if (Number.isFinite(seconds)) retryAfter = seconds
    },
    write(bytes) {
      const text = typeof bytes === 'string' ? bytes : decoder.decode(bytes, { stream: true })
      if (status >= 400) failure += text
      else
        try {
          parser.feed(text)
        } catch (error) {
          tellAll([{ type: 'error', error: asGatewayError(error) }])
        }
    },
    end() {
      if (status < 400) return tellAll(machine.end())
      const error = responses.readError(status, parseJson(failure) ?? failure)
      tellAll([{ type: 'error', error: errorWith(error, { status, retryAfter }) }])
    },
  }
}

/** The error with the engine's own reason and advice, which no protocol has a place for. */
function named(error: GatewayError, { error: known }: RequestRecord): GatewayError {
  if (!known) return error
  const { message, reason, fix } = known
  const advice = fix !== undefined && !message.includes(fix) ? ` ${fix}` : ''
  return errorWith(error, { message: message + advice, reason, fix, cause: error })
}

function cancelled(): ReplyEvent {
  const error = new GatewayError('cancelled', 499, 'The run was stopped.', { reason: 'cancelled' })
  return { type: 'error', error }
}
