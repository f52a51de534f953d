import { createTokenCounter, type TokenCounter } from '@crossfeed/engine'
import { createCalls } from './calls.ts'
import { asAPIError, refuseCall } from './errors.ts'
import { readCall, type Calls, type CountedTokens, type CountRequest } from './options.ts'
import { createSupplies, type LiteOptions, type Supplies } from './supplies.ts'

/** An instance of the calls, with its own environment, connections and sign-in. */
export interface Lite extends Calls {
  /** The names of LiteLLM's asynchronous functions: the same as those without the letter. */
  readonly acompletion: Calls['completion']
  readonly aresponses: Calls['responses']
  readonly aembedding: Calls['embedding']
  /** Counts the input tokens of a conversation; Claude's exactly where ANTHROPIC_API_KEY is set. Signs in to nothing. */
  countTokens(request: CountRequest): Promise<CountedTokens>
  /** Ends all calls and closes all connections. */
  close(): Promise<void>
}

/** Creates an instance of one's own. Nothing is read or asked before the first call. Throws BadRequestError for unknown options. */
export function createLite(options: LiteOptions = {}): Lite {
  const wrong = Object.keys(options).find((name) => !known.includes(name))
  if (wrong !== undefined) throw refuseCall(`${wrong} is no option of createLite.`, `Options: ${known.join(', ')}.`)
  const supplies = createSupplies(options)
  const { records, find } = supplies
  const calls = createCalls({ records, find, numRetries: 0 })
  const counters = new Map<string, TokenCounter>()
  return {
    ...calls,
    acompletion: calls.completion,
    aresponses: calls.responses,
    aembedding: calls.embedding,
    countTokens: (request) => countTokens(supplies, counters, request),
    async close() {
      for (const counter of counters.values()) await counter.close()
      await supplies.close()
    },
  }
}

const known: readonly string[] = ['env', 'onDeviceCode', 'log', 'providers'] satisfies (keyof LiteOptions)[]

async function countTokens(
  { env, transport }: Supplies,
  counters: Map<string, TokenCounter>,
  request: CountRequest,
): Promise<CountedTokens> {
  const { model, body } = readCall(request)
  const word = model.slice(0, Math.max(0, model.indexOf('/')))
  const key = env['ANTHROPIC_API_KEY'] ?? ''
  const url = env['ANTHROPIC_API_BASE'] || env['ANTHROPIC_BASE_URL'] || undefined
  const name = JSON.stringify([key, url])
  const counter = counters.get(name) ?? createTokenCounter(key === '' ? {} : { exact: { key, url, transport } })
  counters.set(name, counter)
  try {
    const { tokens, how, tokenizer } = await counter.count(Buffer.from(JSON.stringify(body)), {
      // Of `litellm_proxy/github_copilot/<name>` the last word is the model.
      id: model.slice(model.lastIndexOf('/') + 1),
    })
    return { input_tokens: tokens, how, tokenizer }
  } catch (error) {
    throw asAPIError(error, { llmProvider: word, model })
  }
}
