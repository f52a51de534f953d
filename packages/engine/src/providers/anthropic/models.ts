import {
  asNumber,
  asObjects,
  asString,
  leastBudget,
  plainTraits,
  type JsonObject,
  type ProtocolId,
  type Traits,
} from '@crossfeed/protocols'
import { plainThinking } from '../messages-dialect.ts'
import type { Model } from '../model.ts'
import { nameAtUpstream, plainModel } from '../model-settings/models.ts'
import type { ProviderSettings } from '../settings.ts'
import { claudeFacts, type ClaudeFacts } from './families.ts'

/** Reads `GET /v1/models` (platform documentation): ids, display names, and limits where they are said. */
export function readModels(list: JsonObject, settings: ProviderSettings): readonly Model[] {
  return asObjects(list['data']).flatMap((entry) => {
    const id = asString(entry['id'])
    if (id === undefined) return []
    const model = plainModel(id, settings)
    const prompt = model.limits.prompt ?? asNumber(entry['max_input_tokens'])
    const output = model.limits.output ?? asNumber(entry['max_tokens'])
    return [
      {
        ...model,
        name: asString(entry['display_name']) ?? id,
        vendor: asString(entry['owned_by']) ?? (claudeFacts(id) ? 'Anthropic' : ''),
        limits: {
          ...model.limits,
          ...(prompt === undefined ? {} : { prompt }),
          ...(output === undefined ? {} : { output }),
        },
        raw: entry,
      },
    ]
  })
}

/** What a model takes. Of a model that is not Claude only the protocol is known, and thinking by budget. */
export function traitsOf(model: Model, _protocol: ProtocolId, settings: ProviderSettings): Traits {
  const claude = claudeFacts(nameAtUpstream(settings, model.id)) ?? claudeFacts(model.id)
  const output = model.limits.output ?? claude?.output
  return {
    ...plainTraits,
    toolNameLength: 128,
    ...(claude ? { prefill: claude.prefill, systemTurns: claude.systemTurns } : {}),
    reasoning: claude ? reasoningOf(claude, output) : plainThinking,
    ...(output === undefined ? {} : { maxOutput: output }),
  }
}

function reasoningOf(claude: ClaudeFacts, output = 128_000): Traits['reasoning'] {
  return {
    adaptive: claude.adaptive,
    efforts: claude.efforts,
    ...(claude.budget ? { budget: { min: leastBudget, max: output - 1 } } : {}),
  }
}
