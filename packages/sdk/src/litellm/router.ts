import { createEngine, shareBySimpleShuffle, type Alias, type Engine, type Fallbacks } from '@crossfeed/engine'
import { buildDeployments, type ModelListEntry } from './deployments.ts'
import { createCalls } from './calls.ts'
import { refuseCall } from './errors.ts'
import type { CallOptions, Calls } from './options.ts'
import { createSupplies, type LiteOptions } from './supplies.ts'

/** What a Router is made with. */
export interface RouterOptions extends Omit<LiteOptions, 'providers'> {
  /** The models, each under a name of one's own; entries of one name share its load. */
  readonly modelList: readonly ModelListEntry[]
  /** Names to try after a failure that may pass elsewhere, as `[{ 'gpt-4': ['claude'] }]`. */
  readonly fallbacks?: FallbackList | undefined
  /** Names to try when the prompt is too long. */
  readonly contextWindowFallbacks?: FallbackList | undefined
  /** Names to try when the content was refused. */
  readonly contentPolicyFallbacks?: FallbackList | undefined
  /** Names to try for those without fallbacks of their own. */
  readonly defaultFallbacks?: readonly string[] | undefined
  /** Failures in a row before an entry is left alone for a while. Default 3. */
  readonly allowedFails?: number | undefined
  /** Seconds that it is left alone. Default 30. */
  readonly cooldownTime?: number | undefined
  /** Tries after the first, of the name and all its fallbacks. Default 2, as LiteLLM's. */
  readonly numRetries?: number | undefined
  /** Seconds for a call that says nothing itself. */
  readonly timeout?: number | undefined
}

/** A list of names with the names to try after them. */
export type FallbackList = readonly Readonly<Record<string, readonly string[]>>[]

/** Calls on names of one's own, each with one or several models behind it, by the engine's own routing. */
export class Router implements Calls {
  readonly completion: Calls['completion']
  readonly responses: Calls['responses']
  readonly messages: Calls['messages']
  readonly embedding: Calls['embedding']
  /** The names of LiteLLM's asynchronous methods. */
  readonly acompletion: Calls['completion']
  readonly aresponses: Calls['responses']
  readonly aembedding: Calls['embedding']
  private readonly end: () => Promise<void>

  /** Throws BadRequestError for entries that cannot be and fallbacks to names that are not in the list. */
  constructor(options: RouterOptions) {
    checkNames(options)
    const supplies = createSupplies(options)
    const { records, transport, log, env } = supplies
    const { providers, usesCopilot, usesCodex, targets, vendors } = buildDeployments(options.modelList, env)
    const aliases: readonly Alias[] = [...targets].map(([name, group]) => ({
      name,
      targets: shareBySimpleShuffle(group),
    }))
    const names = new Set(targets.keys())
    const fallbacks = readFallbacks(options, names)
    const { allowedFails, cooldownTime } = options
    let engine: Engine | undefined
    const open = (): Engine =>
      (engine ??= createEngine({
        copilot: usesCopilot ? supplies.copilot() : undefined,
        providers: [...providers.map(supplies.keyed), ...(usesCodex ? [supplies.codex()] : [])],
        aliases,
        fallbacks,
        coolDown: {
          ...(allowedFails === undefined ? {} : { allowedFails }),
          ...(cooldownTime === undefined ? {} : { coolDownMs: cooldownTime * 1000 }),
        },
        transport,
        log,
        record: records.record,
        keepAlive: 0,
      }))
    const find = (model: string, call: CallOptions) => {
      for (const name of ['apiBase', 'apiKey', 'apiVersion'] as const)
        if (call[name] !== undefined)
          throw refuseCall(`${name} is no option of a Router's call.`, 'Give it in modelList.')
      if (!names.has(model))
        throw refuseCall(`There is no ${model} in modelList.`, `Names: ${[...names].join(', ')}.`, model)
      return { engine: open(), model, vendorOf: (provider: string) => vendors.get(provider) ?? provider }
    }
    const calls = createCalls({ records, find, numRetries: options.numRetries ?? 2, timeout: options.timeout })
    this.completion = this.acompletion = calls.completion
    this.responses = this.aresponses = calls.responses
    this.messages = calls.messages
    this.embedding = this.aembedding = calls.embedding
    this.end = supplies.close
  }

  /** Ends all calls and closes all connections. */
  close(): Promise<void> {
    return this.end()
  }
}

const known: readonly string[] = [
  'env',
  'onDeviceCode',
  'log',
  'modelList',
  'fallbacks',
  'contextWindowFallbacks',
  'contentPolicyFallbacks',
  'defaultFallbacks',
  'allowedFails',
  'cooldownTime',
  'numRetries',
  'timeout',
] satisfies (keyof RouterOptions)[]

function checkNames(options: object): void {
  const wrong = Object.keys(options).find((name) => !known.includes(name))
  if (wrong !== undefined) throw refuseCall(`${wrong} is no option of a Router.`, `Options: ${known.join(', ')}.`)
}

function readFallbacks(options: RouterOptions, names: ReadonlySet<string>): Fallbacks {
  const read = (list: FallbackList = [], where: string): Record<string, readonly string[]> => {
    const map = Object.assign({}, ...list) as Record<string, readonly string[]> // of records of that shape
    const missing = Object.entries(map)
      .flat(2)
      .find((name) => !names.has(name))
    if (missing !== undefined)
      throw refuseCall(`${where} names ${missing}, which is not in modelList.`, 'Add it there.')
    return map
  }
  return {
    general: read(options.fallbacks, 'fallbacks'),
    contextWindow: read(options.contextWindowFallbacks, 'contextWindowFallbacks'),
    contentPolicy: read(options.contentPolicyFallbacks, 'contentPolicyFallbacks'),
    byDefault: Object.keys(read((options.defaultFallbacks ?? []).map(nothingAfter), 'defaultFallbacks')),
  }
}

function nothingAfter(name: string): Record<string, readonly string[]> {
  return { [name]: [] }
}
