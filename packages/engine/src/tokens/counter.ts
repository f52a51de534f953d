import { Worker } from 'node:worker_threads'
import { GatewayError } from '@crossfeed/protocols'
import type { Encoding } from './encode.ts'
import { countExactly, type ExactCounting } from './exact.ts'
import type { CountedModel } from './factors.ts'

/** A count of input tokens, with how it was found: `estimate` is a local one, `exact` is Anthropic's own. */
export interface TokenCount {
  readonly tokens: number
  readonly how: 'estimate' | 'exact'
  readonly tokenizer: Encoding | 'anthropic'
}

/** Counts the tokens of requests away from the event loop. */
export interface TokenCounter {
  /**
   * Counts the input tokens of a request body (Messages, Chat Completions or Responses, as received).
   * `raw` is copied, not kept. Rejects with `invalid-request` when it is not a JSON object, with `overloaded`
   * when too many counts wait.
   */
  count(raw: Uint8Array, model: CountedModel): Promise<TokenCount>
  /** Ends the worker; counts under way are rejected. */
  close(): Promise<void>
}

export interface TokenCounterOptions {
  /** Factor on the estimate for Claude models (`claudeTokenMultiplier`). */
  readonly claudeMultiplier?: number | undefined
  /** Asked first for Claude models (`anthropicApiKey`). */
  readonly exact?: ExactCounting | undefined
  /** How many counts may wait at once. */
  readonly queueLimit?: number
}

/** One count as the worker gets it. */
export interface CountTask {
  readonly id: number
  readonly body: Uint8Array
  readonly model: CountedModel
  readonly encoding: Encoding
  readonly multiplier: number | undefined
}

/** One count as the worker answers it. */
export type CountAnswer = { readonly id: number } & ({ readonly tokens: number } | { readonly problem: string })

interface Waiting {
  resolve(answer: CountAnswer): void
  reject(error: Error): void
}

/** Creates a counter; its worker thread starts with the first count. */
export function createTokenCounter(options: TokenCounterOptions = {}): TokenCounter {
  const waiting = new Map<number, Waiting>()
  const queueLimit = options.queueLimit ?? 64
  let worker: Worker | undefined
  let nextId = 1

  function start(): Worker {
    // The published package holds the same file as JavaScript.
    const file = import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js'
    const started = new Worker(new URL(file, import.meta.url), { name: 'token-counter' })
    started.on('message', (answer: CountAnswer) => settle(answer))
    started.on('error', (error: unknown) => lose(started, error))
    started.on('exit', () => lose(started, new Error('The token counter stopped')))
    started.unref()
    return started
  }

  function settle(answer: CountAnswer): void {
    waiting.get(answer.id)?.resolve(answer)
    waiting.delete(answer.id)
    if (waiting.size === 0) worker?.unref()
  }

  function lose(lost: Worker, cause: unknown): void {
    if (lost !== worker) return
    worker = undefined
    const error = new GatewayError('internal', 500, 'Tokens could not be counted', {
      reason: 'token-count-failed',
      cause,
    })
    for (const entry of waiting.values()) entry.reject(error)
    waiting.clear()
  }

  function ask(task: CountTask): Promise<CountAnswer> {
    return new Promise((resolve, reject) => {
      waiting.set(task.id, { resolve, reject })
      worker ??= start()
      worker.ref()
      worker.postMessage(task, [task.body.buffer as ArrayBuffer]) // a fresh copy, so never shared memory
    })
  }

  return {
    async count(raw, model) {
      const exact = options.exact === undefined ? undefined : await countExactly(raw, model, options.exact)
      if (exact !== undefined) return { tokens: exact, how: 'exact', tokenizer: 'anthropic' }
      if (waiting.size >= queueLimit) {
        const message = `${queueLimit} token counts are waiting already`
        throw new GatewayError('overloaded', 529, message, { reason: 'token-count-queue-full', retryAfter: 1 })
      }
      const tokenizer = encodingOf(model)
      // A small Buffer is a view of memory that others use too, and the caller may still need its bytes: hence a copy.
      const body = new Uint8Array(raw)
      const answer = await ask({ id: nextId++, body, model, encoding: tokenizer, multiplier: options.claudeMultiplier })
      if ('tokens' in answer) return { tokens: answer.tokens, how: 'estimate', tokenizer }
      if (answer.problem === 'not-an-object') {
        const message = 'The request body must be a JSON object'
        throw new GatewayError('invalid-request', 400, message, { reason: 'invalid-json' })
      }
      const message = `Tokens could not be counted: ${answer.problem}`
      throw new GatewayError('internal', 500, message, { reason: 'token-count-failed' })
    },
    async close() {
      const closing = worker
      if (closing === undefined) return
      lose(closing, new Error('The token counter was closed'))
      await closing.terminate()
    },
  }
}

function encodingOf(model: CountedModel): Encoding {
  return model.tokenizer === 'cl100k_base' ? 'cl100k_base' : 'o200k_base'
}
