import type { ModelEntry } from '../../model.ts'
import { createModel } from '../models.ts'
import type { ModelFacts } from '../models.ts'

/** What a server of open models may have loaded. */
const facts: readonly ModelFacts[] = [
  { id: 'Qwen/Qwen3.6-35B-A3B', window: 262_144, output: 32_768, thinking: true },
  { id: 'openai/gpt-oss-120b', window: 131_072, output: 32_768, efforts: ['low', 'medium', 'high'] },
  { id: 'google/gemma-4-26b-it', window: 131_072, output: 8192, vision: true },
  { id: 'BAAI/bge-m3', type: 'embeddings', endpoints: ['embeddings'], dimensions: 1024 },
]

/** The models of a compatible server. */
export const compatibleModels = (extra: readonly ModelFacts[] = []): readonly ModelEntry[] =>
  [...facts, ...extra].map((entry) => createModel({ owner: 'vllm', ...entry }, ['chat', 'responses']))
