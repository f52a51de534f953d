import { asObject, GatewayError, type JsonObject, type ProtocolId } from '@crossfeed/protocols'
import type { RequestPatch } from '../../provider.ts'
import { asList } from '../../patches/copy-on-write.ts'

/** Refuses a request with more tools than the model takes, before the call: the service says only `Bad Request` at times. */
export function limitTools(protocol: ProtocolId): RequestPatch {
  return {
    name: `${protocol}-tool-limit`,
    reason: 'Q20, user-pain 4.12: more than 128 tools are refused, sometimes without saying why',
    protocol,
    apply(body, target) {
      const most = target.limits.tools
      if (most === undefined) return body
      const count = countTools(body)
      if (count <= most) return body
      throw new GatewayError(
        'invalid-request',
        400,
        `The request has ${count} tools; ${target.model} takes at most ${most}. Switch some off in the client.`,
        {
          reason: 'too-many-tools',
          upstream: { type: 'invalid_request_error', code: 'invalid_request_body', param: 'tools' },
        },
      )
    },
  }
}

/** Tools, where a group (Responses `namespace`) counts as many as it holds. */
function countTools(body: JsonObject): number {
  let count = 0
  for (const tool of asList(body['tools']) ?? []) count += asList(asObject(tool)?.['tools'])?.length ?? 1
  return count
}
