import type { JsonObject, Loss, ProtocolId } from '@crossfeed/protocols'
import type { ClientHeaders, PatchContext, RequestPatch, Target } from '../../provider.ts'
import { copilotLimits, copilotTraits, type ModelFacts } from '../traits.ts'

const claude = { vendor: 'Anthropic', limits: { output: 32_000 } }
const openai = { vendor: 'OpenAI', limits: { output: 128_000 } }
const budget = { min: 1024, max: 32_000 }

type ModelName = 'sonnet45' | 'sonnet46' | 'opus47' | 'haiku' | 'gpt4o' | 'gpt52' | 'gemini'

/** Entries like those of the model list, one of each kind. */
export const models: Readonly<Record<ModelName, ModelFacts>> = {
  sonnet45: facts('claude-sonnet-4.5', { ...claude, supports: { thinkingBudget: budget } }),
  sonnet46: facts('claude-sonnet-4.6', {
    ...claude,
    supports: { efforts: ['low', 'medium', 'high'], adaptiveThinking: true, thinkingBudget: budget },
  }),
  opus47: facts('claude-opus-4.7', { ...claude, supports: { efforts: ['medium'], adaptiveThinking: true } }),
  haiku: facts('claude-haiku-3.5', { ...claude, supports: {} }),
  gpt4o: facts('gpt-4o', { vendor: 'Azure OpenAI', limits: { output: 16_384 }, supports: {} }),
  gpt52: facts('gpt-5.2', { ...openai, supports: { efforts: ['low', 'medium', 'high', 'xhigh'] } }),
  gemini: facts('gemini-3.1-pro-preview', {
    vendor: 'Google',
    limits: { output: 64_000 },
    supports: { efforts: ['low', 'medium', 'high'], thinkingBudget: { min: 256, max: 32_000 } },
  }),
}

function facts(id: string, known: Omit<ModelFacts, 'id' | 'raw'>): ModelFacts {
  return { id, ...known, raw: { capabilities: { supports: {} } } }
}

/** The target of a model. */
export function targetOf(model: ModelFacts, protocol: ProtocolId): Target {
  return {
    provider: 'copilot',
    account: '',
    name: 'test',
    model: model.id,
    protocol,
    issuer: `copilot:${model.id}`,
    traits: copilotTraits(model, protocol),
    limits: copilotLimits(model),
  }
}

/** What patches made of a body, and what they said about it. */
export interface Patched {
  readonly body: JsonObject
  readonly notes: readonly string[]
  readonly losses: readonly Loss[]
}

/** A body after a list of patches, each applied as the pipeline does. */
export function patched(
  patches: readonly RequestPatch[],
  body: JsonObject,
  model: ModelFacts,
  headers: ClientHeaders = {},
): Patched {
  const notes: string[] = []
  const losses: Loss[] = []
  const context: PatchContext = {
    from: 'messages',
    headers,
    note: (change) => void notes.push(change),
    lose: (loss) => void losses.push(loss),
  }
  let current = body
  for (const patch of patches) current = patch.apply(current, targetOf(model, patch.protocol), context)
  return { body: current, notes, losses }
}

/** An envelope as a client's opaque slot holds it. */
export function envelope(issuer: string, protocol: ProtocolId, data: string): string {
  return `xfs1~${protocol}~${encodeURIComponent(issuer)}~~${data}`
}
