import { asObject, asObjects } from '@crossfeed/protocols'
import { chatArguments } from '../patches/chat-arguments.ts'
import { chatCallTypes } from '../patches/chat-call-types.ts'
import { chatEmptyTurns } from '../patches/chat-empty-turns.ts'
import { mapMember } from '../patches/copy-on-write.ts'
import { developerAsSystem } from '../patches/developer-as-system.ts'
import { systemTurns } from '../patches/messages-system-turns.ts'
import { translatedToolSchemas } from '../patches/tool-schemas.ts'
import type { RequestPatch } from '../provider.ts'
import type { ProviderSettings } from '../settings.ts'
import { isDashScope } from '../vendors/hosts.ts'
import { forcedUnthinking, jsonUnthinking, vendorPatches } from './vendor-patches.ts'

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

const wholeByStream: RequestPatch = {
  name: 'dashscope-whole-by-stream',
  reason:
    'Alibaba Cloud Model Studio, "Deep thinking": "parameter.enable_thinking must be set to false for non-streaming calls" of the open models; their stream is gathered for a client that wants JSON',
  protocol: 'chat',
  apply(body, target) {
    if (body['stream'] === true || body['enable_thinking'] === false) return body
    if (!/^(?:qwen3-\d|qwq)/.test(target.model)) return body
    return { ...body, stream: true, stream_options: { include_usage: true } }
  },
}

/** The mends of requests. */
export function requestPatches(settings: ProviderSettings): readonly RequestPatch[] {
  return [
    developerAsSystem(() => true),
    chatCallTypes,
    chatArguments,
    chatEmptyTurns,
    ...translatedToolSchemas,
    systemTurns,
    parallelTools,
    reasoningIds,
    ...(isDashScope(settings) ? [forcedUnthinking, jsonUnthinking, wholeByStream] : []),
    ...vendorPatches(settings),
  ]
}
