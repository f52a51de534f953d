import { createHash } from 'node:crypto'
import type { ModelEntry } from '../../model.ts'
import type { JsonObject } from '../../json.ts'
import { createModel } from '../models.ts'
import type { ModelFacts } from '../models.ts'

/** `window` is the context that the server loads a model with (`OLLAMA_CONTEXT_LENGTH`, or `num_ctx` of its Modelfile). */
const facts: readonly ModelFacts[] = [
  { id: 'qwen3:8b', window: 32_768, thinking: true },
  { id: 'gpt-oss:20b', window: 131_072, efforts: ['low', 'medium', 'high'] },
  { id: 'gemma3:12b', window: 32_768, vision: true, tools: false },
  { id: 'llama3.2:latest', window: 4096 },
  { id: 'nomic-embed-text:latest', type: 'embeddings', endpoints: ['embeddings'], dimensions: 768, window: 2048 },
]

/** When the models were pulled. */
const pulledAt = '2026-09-01T10:00:00Z'

/** The models that were pulled. */
export const ollamaModels = (extra: readonly ModelFacts[] = []): readonly ModelEntry[] =>
  [...facts, ...extra].map((entry) =>
    createModel({ owner: 'library', output: 1_000_000, ...entry }, ['chat', 'responses']),
  )

/** The model of a call; a name without a tag means `latest`. */
export const findOllamaModel = (name: string, models: readonly ModelEntry[]): ModelEntry | undefined =>
  models.find(({ id }) => id === name || id === `${name}:latest`)

/** An entry of `GET /v1/models`. */
export const writeModel = ({ id, vendor }: ModelEntry): JsonObject => ({
  id,
  object: 'model',
  created: Date.parse(pulledAt) / 1000,
  owned_by: vendor,
})

const familyOf = (id: string): string => /^[a-z-]+\d*/.exec(id)?.[0] ?? id

const details = ({ id }: ModelEntry): JsonObject => ({
  parent_model: '',
  format: 'gguf',
  family: familyOf(id),
  families: [familyOf(id)],
  parameter_size: `${(/(\d+)b$/.exec(id)?.[1] ?? '3').toUpperCase()}B`,
  quantization_level: 'Q4_K_M',
})

/** An entry of `GET /api/tags` and, with more, of `GET /api/ps`. */
export const writeTag = (model: ModelEntry): JsonObject => ({
  name: model.id,
  model: model.id,
  modified_at: pulledAt,
  size: 4_683_087_332,
  digest: createHash('sha256').update(model.id).digest('hex'),
  details: details(model),
})

/** `GET /api/ps`: a model in memory, with the context that it was loaded with. */
export const writeLoaded = (model: ModelEntry, expiresAt: number): JsonObject => ({
  ...writeTag(model),
  expires_at: new Date(expiresAt).toISOString(),
  size_vram: 4_683_087_332,
  context_length: model.maxPromptTokens,
})

/** `POST /api/show`. */
export const describeModel = (model: ModelEntry): JsonObject => ({
  license: 'Apache License 2.0',
  modelfile: `FROM ${model.id}\nPARAMETER num_ctx ${model.maxPromptTokens}\n`,
  parameters: `num_ctx                        ${model.maxPromptTokens}`,
  template: '{{ .Prompt }}',
  details: details(model),
  model_info: {
    'general.architecture': familyOf(model.id),
    [`${familyOf(model.id)}.context_length`]: model.maxPromptTokens,
    ...(model.type === 'embeddings' && { [`${familyOf(model.id)}.embedding_length`]: model.wire['dimensions'] }),
  },
  capabilities:
    model.type === 'embeddings'
      ? ['embedding']
      : [
          'completion',
          ...(model.tools ? ['tools'] : []),
          ...(model.vision ? ['vision'] : []),
          ...(model.thinking ? ['thinking'] : []),
        ],
  modified_at: pulledAt,
})
