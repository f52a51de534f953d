import { plainTraits, type Traits } from '@crossfeed/protocols'
import type { Model } from '../model.ts'

/** What Ollama's OpenAI route takes (docs/openai.md of ollama/ollama). */
export function traitsOf(model: Model): Traits {
  return {
    ...plainTraits,
    reasoningField: 'reasoning',
    customTools: false,
    namespaces: false,
    hostedTools: false,
    documents: false,
    cacheMarks: 'none',
    reasoning: { adaptive: false, efforts: ['none', 'low', 'medium', 'high'] },
    ...(model.limits.output === undefined ? {} : { maxOutput: model.limits.output }),
  }
}
