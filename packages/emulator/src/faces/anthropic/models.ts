import type { ModelEntry } from '../../model.ts'
import { Refusal } from '../../refusal.ts'
import { jsonOutcome } from '../../server/outcome.ts'
import type { Outcome } from '../../server/outcome.ts'
import type { Call } from '../../state.ts'
import { createModel } from '../models.ts'
import type { ModelFacts } from '../models.ts'

/** What Anthropic's API tells models apart by. */
export interface AnthropicModel extends ModelEntry {
  /** The name without a date, where there is one. */
  readonly alias?: string
  readonly created: string
  /** Takes a last message of the assistant. */
  readonly prefill: boolean
  /** Refuses temperature, top_p and top_k. */
  readonly fixedSampling: boolean
  /** Takes turns of role system inside the conversation. */
  readonly systemTurns: boolean
}

type Facts = ModelFacts & {
  readonly alias?: string
  readonly created?: string
  readonly kind?: 'adaptive' | 'both' | 'budget'
}

const usual = ['low', 'medium', 'high', 'max']
const newest = ['low', 'medium', 'high', 'xhigh', 'max']

/** Names, limits and ways of thinking of platform.claude.com's model overview and migration guides, 2026. */
const facts: readonly Facts[] = [
  { id: 'claude-opus-5-5', created: '2026-10-15', window: 1_000_000, output: 128_000, efforts: newest },
  { id: 'claude-sonnet-5-5', created: '2026-10-15', window: 1_000_000, output: 128_000, efforts: newest },
  { id: 'claude-haiku-5-5', created: '2026-10-15', window: 400_000, output: 64_000, efforts: newest },
  { id: 'claude-opus-4-8', created: '2026-06-09', window: 1_000_000, output: 128_000, efforts: newest },
  { id: 'claude-opus-4-7', created: '2026-04-16', window: 1_000_000, output: 128_000, efforts: newest },
  { id: 'claude-sonnet-4-6', created: '2026-02-17', window: 1_000_000, output: 64_000, efforts: usual, kind: 'both' },
  { id: 'claude-opus-4-6', created: '2026-02-05', window: 1_000_000, output: 128_000, efforts: usual, kind: 'both' },
  {
    id: 'claude-opus-4-5-20251101',
    alias: 'claude-opus-4-5',
    created: '2025-11-24',
    window: 200_000,
    output: 64_000,
    efforts: ['low', 'medium', 'high'],
    kind: 'budget',
  },
  {
    id: 'claude-haiku-4-5-20251001',
    alias: 'claude-haiku-4-5',
    created: '2025-10-15',
    window: 200_000,
    output: 64_000,
    kind: 'budget',
  },
  {
    id: 'claude-sonnet-4-5-20250929',
    alias: 'claude-sonnet-4-5',
    created: '2025-09-29',
    window: 200_000,
    output: 64_000,
    kind: 'budget',
  },
]

const readFacts = ({ alias, created = '2026-11-01', kind = 'adaptive', ...given }: Facts): AnthropicModel => ({
  ...createModel({ vision: true, thinking: true, ...given, owner: 'Anthropic' }, ['messages']),
  adaptive: kind !== 'budget',
  budget: kind !== 'adaptive',
  prefill: kind === 'budget',
  fixedSampling: kind === 'adaptive',
  // The first that was seen to take them is Opus 4.8 (recordings of pydantic-ai, June 2026).
  systemTurns: kind === 'adaptive' && created >= '2026-06',
  created,
  ...(alias !== undefined && { alias }),
})

/** The models of Anthropic's API, the newest first. */
export const anthropicModels = (extra: readonly ModelFacts[] = []): readonly AnthropicModel[] =>
  [...facts, ...extra].map(readFacts)

/** The model of a call, by its name with or without a date. */
export function findAnthropicModel(id: string, models: readonly AnthropicModel[]): AnthropicModel {
  const model = models.find((entry) => entry.id === id || entry.alias === id)
  if (model === undefined) throw new Refusal(404, `model: ${id}`)
  return model
}

/** `GET /v1/models?limit=&after_id=&before_id=`: a page of the list; 20 entries unless asked for others. */
export function listAnthropicModels(call: Call, models: readonly AnthropicModel[]): Outcome {
  const query = new URLSearchParams(call.query)
  const limit = Number(query.get('limit') ?? 20)
  if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
    throw new Refusal(400, 'limit: Input should be between 1 and 1000')
  }
  const at = (name: string): number => {
    const id = query.get(name)
    const index = models.findIndex((model) => model.id === id)
    if (id !== null && index < 0) throw new Refusal(400, `${name}: Invalid cursor`)
    return index
  }
  const [after, before] = [at('after_id'), at('before_id')]
  const end = before < 0 ? models.length : before
  const from = before < 0 ? after + 1 : Math.max(0, end - limit)
  const page = models.slice(from, Math.min(end, from + limit))
  const more = before < 0 ? from + page.length < models.length : from > 0
  return jsonOutcome({
    data: page.map(writeModel),
    has_more: more,
    first_id: page[0]?.id ?? null,
    last_id: page.at(-1)?.id ?? null,
  })
}

/** An entry of the list. */
export const writeModel = (model: AnthropicModel): object => ({
  type: 'model',
  id: model.id,
  display_name: model.id
    .replace(/-\d{8}$/, '')
    .replace(/-(\d)-(\d)$/, ' $1.$2')
    .replaceAll(/(^|-)([a-z])/g, (_, _dash, letter: string) => `${_dash === '' ? '' : ' '}${letter.toUpperCase()}`),
  created_at: `${model.created}T00:00:00Z`,
  max_input_tokens: model.maxPromptTokens,
  max_tokens: model.maxOutputTokens,
})
