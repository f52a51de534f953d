import { asObject, GatewayError, type JsonObject } from '@crossfeed/protocols'
import type { Model } from '@crossfeed/engine'

/**
 * Who reads the list: Claude Code keeps only names that begin with `claude`, so that it is shown aliases; Codex puts what it can
 * read in the place of all that it knows itself.
 */
export type ModelReader = 'claude-code' | 'codex' | 'any'

export interface ModelList {
  readonly object: 'list'
  readonly data: readonly JsonObject[]
  readonly has_more: boolean
  readonly first_id: string | null
  readonly last_id: string | null
  /** The same models as Codex reads them. */
  readonly models: readonly JsonObject[]
}

/** Which part of the list is asked for, in the words of Anthropic's API. */
export interface ModelPage {
  /** At most so many; all of them where nothing is said. */
  readonly limit?: number | undefined
  readonly after?: string | undefined
  readonly before?: string | undefined
}

/** The page that a query asks for: `limit`, `after_id`, `before_id`. A limit that is none is passed over. */
export function readPage(query: string): ModelPage {
  if (query === '') return {}
  const said = new URLSearchParams(query)
  const limit = Number(said.get('limit') ?? Number.NaN)
  return {
    limit: Number.isInteger(limit) && limit > 0 ? limit : undefined,
    after: said.get('after_id') ?? undefined,
    before: said.get('before_id') ?? undefined,
  }
}

/** The models as OpenAI's, Anthropic's and Codex's readers each find what they look for. */
export function listModels(models: readonly Model[], reader: ModelReader, page: ModelPage = {}): ModelList {
  const usable = models.filter((model) => isListed(model, reader))
  const { data, hasMore } = cut(
    usable.flatMap((model) => entries(model, reader)),
    page,
  )
  return {
    object: 'list',
    data,
    has_more: hasMore,
    first_id: firstId(data[0]),
    last_id: firstId(data.at(-1)),
    models: codexEntries(usable, reader),
  }
}

/** The page of a list; `hasMore` says whether there is more in the direction that was asked for. */
function cut(all: readonly JsonObject[], { limit = all.length, after, before }: ModelPage) {
  const from = after === undefined ? 0 : placeOf(all, after, 'after_id') + 1
  const to = before === undefined ? all.length : placeOf(all, before, 'before_id')
  // What comes before a place is told from there backwards.
  const start = before === undefined ? from : Math.max(from, to - limit)
  const end = Math.min(to, start + limit)
  return { data: all.slice(start, end), hasMore: before === undefined ? end < to : start > from }
}

function placeOf(all: readonly JsonObject[], id: string, param: string): number {
  const at = all.findIndex((entry) => entry['id'] === id)
  if (at >= 0) return at
  throw new GatewayError('invalid-request', 400, `${param}: no model called ${id.slice(0, 200)} is in the list.`, {
    reason: 'invalid-member',
    upstream: { type: 'invalid_request_error', param },
  })
}

/** Claude Code offers whatever it is shown, and others read `policy` in the entry: a switched-off model is for those only. */
function isListed(model: Model, reader: ModelReader): boolean {
  if (reader === 'claude-code' && model.policy !== undefined && model.policy.state !== 'enabled') return false
  return model.endpoints.length > 0 || model.embeddings
}

function firstId(entry: JsonObject | undefined): string | null {
  const id = entry?.['id']
  return typeof id === 'string' ? id : null
}

function entries(model: Model, reader: ModelReader): readonly JsonObject[] {
  const plain = modelEntry(model, model.id)
  if (reader !== 'claude-code' || model.embeddings) return [plain]
  const long = (model.limits.context ?? 0) >= 1_000_000
  const names = model.id.startsWith('claude') ? [model.id] : [`claude/${model.id}`]
  return names.flatMap((name) =>
    long ? [modelEntry(model, name), modelEntry(model, `${name}[1m]`)] : [modelEntry(model, name)],
  )
}

/** A model as OpenAI's and Anthropic's readers each find what they look for, by the name `id`. */
export function modelEntry(model: Model, id: string): JsonObject {
  const { limits, supports } = model
  // What Codex is told of its own models, tens of kilobytes of it, is nobody else's.
  const { base_instructions: _instructions, model_messages: _messages, ...raw } = model.raw
  return {
    ...raw,
    id,
    object: 'model',
    type: 'model',
    created: 0,
    created_at: '1970-01-01T00:00:00Z',
    owned_by: model.vendor || 'unknown',
    display_name: model.name,
    ...(limits.prompt === undefined && limits.context === undefined
      ? {}
      : { max_input_tokens: limits.prompt ?? limits.context }),
    ...(limits.output === undefined ? {} : { max_output_tokens: limits.output, max_tokens: limits.output }),
    ...(limits.context === undefined ? {} : { context_window: limits.context }),
    crossfeed: {
      endpoints: model.embeddings ? ['embeddings'] : model.endpoints,
      efforts: supports.efforts ?? null,
      vision: supports.vision,
      tools: supports.toolCalls,
    },
  }
}

/**
 * An entry with the members that Anthropic's models have (platform.claude.com, "List models"). GitHub's have another member of the
 * name `capabilities`, in which Anthropic's packages would look for their own: it may be null.
 */
export function anthropicEntry(entry: JsonObject): JsonObject {
  const own = asObject(asObject(entry['capabilities'])?.['image_input'])?.['supported'] !== undefined
  return { ...unknownToAll, ...entry, ...(own ? {} : { capabilities: null }) }
}

const unknownToAll = {
  lifecycle: 'active',
  line: null,
  deprecated_at: null,
  retires_at: null,
  max_input_tokens: null,
  max_tokens: null,
} as const

/**
 * The models in the form of Codex's own catalogue (copilot-protocol §10.2). An entry that Codex can read holds the instructions
 * that it gives to the model, and a list of such entries takes the place of the one that Codex brings: it is given those that
 * ChatGPT wrote, by the names of both, or none, after which it goes by its own (Codex 0.169).
 */
function codexEntries(models: readonly Model[], reader: ModelReader): readonly JsonObject[] {
  if (reader !== 'codex') return models.filter((model) => model.endpoints.length > 0).map(codexEntry)
  const whole = models.filter(({ raw }) => typeof raw['base_instructions'] === 'string')
  const bySlug = new Map<string, JsonObject>()
  for (const { id, raw } of whole)
    for (const slug of [raw['slug'], id])
      if (typeof slug === 'string' && !bySlug.has(slug)) bySlug.set(slug, { ...raw, slug })
  return [...bySlug.values()]
}

/** A model as far as that catalogue is known for it. */
function codexEntry(model: Model, index: number): JsonObject {
  const efforts = model.supports.efforts ?? []
  return {
    slug: model.id,
    display_name: model.name,
    visibility: 'list',
    priority: index,
    context_window: model.limits.context ?? model.limits.prompt ?? null,
    default_reasoning_level: efforts.includes('medium') ? 'medium' : (efforts[0] ?? null),
    supported_reasoning_levels: efforts.map((effort) => ({ effort, description: effort })),
    shell_type: 'default',
    supports_parallel_tool_calls: model.supports.parallelToolCalls,
    supported_in_api: true,
  }
}
