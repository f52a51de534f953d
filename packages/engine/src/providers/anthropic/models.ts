import { asNumber, asObjects, asString, plainTraits, type JsonObject, type Traits } from '@crossfeed/protocols'
import type { Model } from '../model.ts'
import { plainModel } from '../model-settings/models.ts'
import type { ProviderSettings } from '../settings.ts'

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
        vendor: 'Anthropic',
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

/** What Anthropic's own API takes. */
export function traitsOf(model: Model): Traits {
  const { output } = model.limits
  return { ...plainTraits, toolNameLength: 128, ...(output === undefined ? {} : { maxOutput: output }) }
}
