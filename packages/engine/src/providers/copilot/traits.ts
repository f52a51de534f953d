import { asBoolean, asObject, plainTraits, type JsonObject, type ProtocolId, type Traits } from '@crossfeed/protocols'
import type { Limits } from '../provider.ts'
import { statedLimits } from '../supply.ts'

/** What the traits of a model depend on: the part of a catalogue entry that is read here. */
export interface ModelFacts {
  readonly id: string
  readonly vendor: string
  readonly family?: string | undefined
  readonly limits: {
    readonly context?: number | undefined
    readonly prompt?: number | undefined
    readonly output?: number | undefined
    readonly images?: number | undefined
  }
  readonly supports: {
    readonly efforts?: readonly string[] | undefined
    readonly adaptiveThinking?: boolean | undefined
    readonly thinkingBudget?: { readonly min: number; readonly max: number } | undefined
  }
  /** The entry as the service sent it. */
  readonly raw: JsonObject
}

/** The traits of a Copilot model in one of the protocols that it is served in. */
export function copilotTraits(model: ModelFacts, protocol: ProtocolId): Traits {
  return {
    ...plainTraits,
    reasoningField: 'reasoning_text',
    maxTokensField: wantsCompletionTokens(model) ? 'max_completion_tokens' : 'max_tokens',
    customTools: protocol === 'responses',
    namespaces: protocol === 'responses',
    hostedTools: protocol === 'responses',
    prefill: !isClaude(model),
    toolResultMedia: protocol === 'messages',
    documents: protocol !== 'chat',
    jsonSchema: takesJsonSchema(model),
    cacheMarks: cacheMarksOf(model, protocol),
    reasoning: reasoningOf(model),
    ...(model.limits.output === undefined ? {} : { maxOutput: model.limits.output }),
    toolNameLength: 64,
    systemTurns: false,
  }
}

/** The limits of a Copilot model; the numbers of tools are not in the catalogue, they are known from refusals. */
export function copilotLimits(model: ModelFacts): Limits {
  const tools = mostTools(model)
  const images = seesNothing(model) ? { images: 0 } : {}
  return { ...statedLimits(model.limits), ...(tools === undefined ? {} : { tools }), ...images }
}

/** Whether the model is one of Anthropic's, whatever the entry leaves out. */
function isClaude(model: ModelFacts): boolean {
  return model.vendor === 'Anthropic' || model.id.startsWith('claude')
}

function isOpenAi(model: ModelFacts): boolean {
  return model.vendor === 'OpenAI' || model.vendor === 'Azure OpenAI'
}

/** Q20: gpt-5 and later and the o series refuse `max_tokens`. `gpt-41-copilot` is a gpt-4.1. */
function wantsCompletionTokens(model: ModelFacts): boolean {
  const newer = /^(?:gpt-[5-9](?!\d)|o[1-9](?!\d))/
  return newer.test(model.id) || (model.family !== undefined && newer.test(model.family))
}

function takesJsonSchema(model: ModelFacts): boolean {
  const declared = asBoolean(supportsOf(model)?.['structured_outputs'])
  if (declared !== undefined) return declared
  return isOpenAi(model) && !/^gpt-(?:3|4(?:$|-))/.test(model.id)
}

function cacheMarksOf(model: ModelFacts, protocol: ProtocolId): Traits['cacheMarks'] {
  if (protocol === 'messages') return 'parts'
  return protocol === 'chat' && isClaude(model) ? 'messages' : 'none'
}

/** Absent means no in an entry that has `supports`; an entry without it (Q8) says nothing at all. */
function reasoningOf(model: ModelFacts): Traits['reasoning'] {
  if (!supportsOf(model)) return plainTraits.reasoning
  const { efforts = [], adaptiveThinking = false, thinkingBudget } = model.supports
  return { efforts, adaptive: adaptiveThinking, ...(thinkingBudget ? { budget: thinkingBudget } : {}) }
}

/** Absent means no, but in an entry that says nothing of what the model supports. */
function seesNothing(model: ModelFacts): boolean {
  const supports = supportsOf(model)
  return supports !== undefined && Object.keys(supports).length > 0 && supports['vision'] !== true
}

function supportsOf(model: ModelFacts): JsonObject | undefined {
  return asObject(asObject(model.raw['capabilities'])?.['supports'])
}

/** 128: caozhiyuan/copilot-api#188; 350: github/copilot-cli#4836. */
function mostTools(model: ModelFacts): number | undefined {
  if (model.id.startsWith('grok')) return 350
  return isOpenAi(model) ? 128 : undefined
}
