import { createHash } from 'node:crypto'
import type { ModelEntry } from '../../model.ts'
import type { JsonObject } from '../../json.ts'
import { Refusal } from '../../refusal.ts'
import { jsonOutcome } from '../../server/outcome.ts'
import type { Outcome } from '../../server/outcome.ts'
import type { Call } from '../../state.ts'
import { createModel } from '../models.ts'
import type { ModelFacts } from '../models.ts'

const usual = ['low', 'medium', 'high', 'xhigh']

/** Slugs, windows and efforts of late 2026 (copilot-protocol.md §10.2); `since` is the oldest CLI that is shown the model. */
const catalog: readonly (ModelFacts & {
  readonly since?: string
  readonly hidden?: boolean
  readonly lite?: boolean
})[] = [
  { id: 'gpt-5.6-sol', window: 372_000, efforts: [...usual, 'max', 'ultra'], since: '0.160.0', lite: true },
  { id: 'gpt-5.6-terra', window: 372_000, efforts: [...usual, 'max'], since: '0.160.0' },
  { id: 'gpt-5.6-luna', window: 272_000, efforts: usual, since: '0.160.0' },
  { id: 'gpt-5.5', window: 272_000, efforts: usual },
  { id: 'gpt-5.4', window: 272_000, efforts: usual },
  { id: 'gpt-5.4-mini', window: 272_000, efforts: usual },
  { id: 'gpt-5.3-codex-spark', window: 128_000, efforts: usual, hidden: true },
]

const listed = (facts: (typeof catalog)[number], priority: number): JsonObject => ({
  slug: facts.id,
  display_name: facts.id,
  description: null,
  visibility: facts.hidden === true ? 'hide' : 'list',
  priority,
  supported_in_api: true,
  minimal_client_version: facts.since ?? '0.98.0',
  context_window: facts.window ?? 272_000,
  max_context_window: facts.window ?? 272_000,
  auto_compact_token_limit: null,
  default_reasoning_level: 'medium',
  supported_reasoning_levels: (facts.efforts ?? []).map((effort) => ({ effort, description: `${effort} effort` })),
  shell_type: 'shell_command',
  apply_patch_tool_type: 'freeform',
  supports_parallel_tool_calls: true,
  supports_reasoning_summaries: true,
  support_verbosity: true,
  default_verbosity: 'low',
  input_modalities: ['text', 'image'],
  truncation_policy: { mode: 'tokens', limit: 10_000 },
  experimental_supported_tools: [],
  ...(facts.lite === true && { use_responses_lite: true, tool_mode: 'code_mode' }),
})

/** The model of a call; a model that the account cannot use is refused (openai/codex#19654). */
export function findCodexModel(id: string, extra: readonly ModelFacts[]): ModelEntry {
  const facts = [...catalog, ...extra].find((entry) => entry.id === id)
  if (facts !== undefined) return createModel({ vision: true, output: 128_000, ...facts }, ['responses'])
  const detail = `The '${id}' model is not supported when using Codex with a ChatGPT account.`
  throw new Refusal(400, detail, { body: { detail } })
}

/** `GET /models?client_version=`: what that version of the CLI understands, with an ETag. */
export function listCodexModels(call: Call, extra: readonly ModelFacts[]): Outcome {
  const version = new URLSearchParams(call.query).get('client_version')
  if (version === null) {
    const detail = [{ type: 'missing', loc: ['query', 'client_version'], msg: 'Field required', input: null }]
    throw new Refusal(422, 'client_version', { body: { detail } })
  }
  const models = [...catalog, ...extra]
    .map((facts, at) => listed(facts, at))
    .filter((model) => !isOlder(version, String(model['minimal_client_version'])))
  const etag = `W/"${createHash('sha256').update(JSON.stringify(models)).digest('hex').slice(0, 32)}"`
  if (call.headers['if-none-match'] === etag) return { status: 304, headers: { etag }, chunks: [] }
  return jsonOutcome({ models }, 200, { etag })
}

function isOlder(version: string, than: string): boolean {
  const numbers = (text: string): readonly number[] => text.split('.').map((part) => Number.parseInt(part, 10) || 0)
  const given = numbers(version)
  for (const [at, wanted] of numbers(than).entries()) {
    const part = given[at] ?? 0
    if (part !== wanted) return part < wanted
  }
  return false
}
