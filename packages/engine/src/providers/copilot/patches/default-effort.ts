import { asObject, type JsonObject } from '@crossfeed/protocols'
import type { RequestPatch } from '../../provider.ts'

/** The effort that the user has set for a model, where the request names none (features.md CFG-20). */
export function defaultEfforts(efforts: Readonly<Record<string, string>>): readonly RequestPatch[] {
  if (Object.keys(efforts).length === 0) return []
  const reason = 'CFG-20: modelReasoningEfforts of the config file'
  const patch = (
    protocol: RequestPatch['protocol'],
    add: (body: JsonObject, effort: string) => JsonObject,
  ): RequestPatch => ({
    name: `${protocol}-default-effort`,
    reason,
    protocol,
    apply(body, target) {
      const effort = efforts[target.model]
      return effort === undefined ? body : add(body, effort)
    },
  })
  return [
    patch('chat', (body, effort) =>
      body['reasoning_effort'] === undefined ? { ...body, reasoning_effort: effort } : body,
    ),
    patch('responses', (body, effort) => {
      const reasoning = asObject(body['reasoning'])
      return reasoning?.['effort'] === undefined ? { ...body, reasoning: { ...reasoning, effort } } : body
    }),
    patch('messages', (body, effort) => {
      const config = asObject(body['output_config'])
      return config?.['effort'] === undefined && body['thinking'] === undefined
        ? { ...body, output_config: { ...config, effort } }
        : body
    }),
  ]
}
