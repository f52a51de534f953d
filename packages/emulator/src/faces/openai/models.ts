import type { ModelEntry } from '../../model.ts'
import { createModel } from '../models.ts'
import type { ModelFacts } from '../models.ts'

const classic = ['none', 'low', 'medium', 'high', 'xhigh']

/**
 * OpenAI's models of 2026: limits and efforts as developers.openai.com/api/docs/models gives them, a prompt being the
 * window without the longest answer.
 */
const facts: readonly ModelFacts[] = [
  { id: 'gpt-5.4', version: 'gpt-5.4-2026-03-05', window: 922_000, output: 128_000, vision: true, efforts: classic },
  {
    id: 'gpt-5.4-mini',
    version: 'gpt-5.4-mini-2026-03-17',
    window: 272_000,
    output: 128_000,
    vision: true,
    efforts: classic,
  },
  { id: 'gpt-5.2', version: 'gpt-5.2-2025-12-11', window: 272_000, output: 128_000, vision: true, efforts: classic },
  {
    id: 'gpt-5.4-pro',
    version: 'gpt-5.4-pro-2026-03-05',
    window: 922_000,
    output: 128_000,
    vision: true,
    efforts: ['medium', 'high', 'xhigh'],
    endpoints: ['responses'],
  },
  {
    id: 'gpt-5.3-codex',
    window: 272_000,
    output: 128_000,
    vision: true,
    efforts: ['low', 'medium', 'high', 'xhigh'],
    endpoints: ['responses'],
  },
  {
    id: 'gpt-5-mini',
    version: 'gpt-5-mini-2025-08-07',
    window: 272_000,
    output: 128_000,
    vision: true,
    efforts: ['minimal', 'low', 'medium', 'high'],
  },
  {
    id: 'o4-mini',
    version: 'o4-mini-2025-04-16',
    window: 200_000,
    output: 100_000,
    vision: true,
    efforts: ['low', 'medium', 'high'],
  },
  { id: 'gpt-4.1', version: 'gpt-4.1-2025-04-14', window: 1_014_808, output: 32_768, vision: true },
  { id: 'gpt-4o-mini', version: 'gpt-4o-mini-2024-07-18', window: 128_000, output: 16_384, vision: true },
  { id: 'text-embedding-3-small', type: 'embeddings', endpoints: ['embeddings'], dimensions: 1536 },
  { id: 'text-embedding-3-large', type: 'embeddings', endpoints: ['embeddings'], dimensions: 3072 },
]

/** OpenAI's catalog; Azure deploys the same models. */
export const openaiModels = (extra: readonly ModelFacts[] = []): readonly ModelEntry[] =>
  [...facts, ...extra].map((entry) => createModel({ owner: 'system', ...entry }, ['chat', 'responses']))
