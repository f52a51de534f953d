import { asObject, asObjects } from '@crossfeed/protocols'
import { mapMember } from '../copy-on-write.ts'
import { developerAsSystem } from '../openai-sampling.ts'
import type { RequestPatch } from '../provider.ts'

const parallelTools: RequestPatch = {
  name: 'parallel-tools',
  reason: 'PROV-37: several servers call one tool at a time unless they are told otherwise, which OpenAI does not',
  protocol: 'chat',
  apply: (body) =>
    body['parallel_tool_calls'] === undefined && asObjects(body['tools']).length > 0
      ? { ...body, parallel_tool_calls: true }
      : body,
}

const reasoningIds: RequestPatch = {
  name: 'reasoning-ids',
  reason:
    'servers that check against the published types (vLLM) want an id on reasoning items; OpenAI takes them without',
  protocol: 'responses',
  apply: (body) =>
    mapMember(body, 'input', (item, at) => {
      const object = asObject(item)
      return object?.['type'] === 'reasoning' && object['id'] === undefined ? { ...object, id: `rs_${at}` } : item
    }),
}

/** The mends of requests. */
export const requestPatches: readonly RequestPatch[] = [developerAsSystem(() => true), parallelTools, reasoningIds]
