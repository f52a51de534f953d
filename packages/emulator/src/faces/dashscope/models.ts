import type { ModelEntry } from '../../model.ts'
import { createModel } from '../models.ts'
import type { ModelFacts } from '../models.ts'

/** Models of Alibaba Cloud Model Studio (alibabacloud.com/help/en/model-studio/models). */
const facts: readonly ModelFacts[] = [
  { id: 'qwen3.6-plus', window: 991_808, output: 65_536, thinking: true, vision: true },
  { id: 'qwen3-max', window: 258_048, output: 65_536, thinking: true },
  { id: 'qwen-plus', window: 995_904, output: 32_768, thinking: true },
  { id: 'qwen3-coder-plus', window: 997_952, output: 65_536 },
  { id: 'qwen3-vl-plus', window: 260_096, output: 32_768, thinking: true, vision: true },
  { id: 'qwen3-32b', window: 129_024, output: 16_384, thinking: true },
]

/** DashScope's catalog. */
export const dashscopeModels = (extra: readonly ModelFacts[] = []): readonly ModelEntry[] =>
  [...facts, ...extra].map((entry) => createModel({ owner: 'system', ...entry }, ['chat']))

/** The largest `thinking_budget`. */
export const mostThinking = 81_920

/** The open models think by default, and only in streams. */
export const thinksInStreamsOnly = ({ id }: ModelEntry): boolean => /^qwen3-\d/.test(id)
