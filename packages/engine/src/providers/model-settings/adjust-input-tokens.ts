import { asNumber, asObject, type JsonObject, type ProtocolId, type WireEvent } from '@crossfeed/protocols'
import { withMember } from '../patches/copy-on-write.ts'
import type { EventMender, EventPatch, ReplyPatch } from '../provider.ts'

const name = 'adjust-input-tokens'
const reason = 'PROV-32: the upstream counts cached tokens into its input, and clients add them up a second time'
const protocols: readonly ProtocolId[] = ['chat', 'responses', 'messages']

/** Input tokens of whole answers without those that were read from the cache or written to it. */
export const adjustedReplies: readonly ReplyPatch[] = protocols.map((protocol) => ({
  name,
  reason,
  protocol,
  ...beforeReading(protocol),
  apply: (reply) => adjustMember(reply, 'usage', protocol),
}))

/** The same in streams: in Chat Completions' last chunk, in `response.completed`, in `message_start` and `message_delta`. */
export const adjustedEvents: readonly EventPatch[] = protocols.map((protocol) => ({
  name,
  reason,
  protocol,
  ...beforeReading(protocol),
  start: (): EventMender => ({
    wants: (raw) => raw.includes('"usage"'),
    mend: (event) => [mendEvent(event, protocol)],
  }),
}))

/** Messages counts cached tokens beside its input, so an upstream that does not is misread; the others count them in. */
function beforeReading(protocol: ProtocolId): { readonly whenTranslated?: true } {
  return protocol === 'messages' ? { whenTranslated: true } : {}
}

function mendEvent(event: WireEvent, protocol: ProtocolId): WireEvent {
  const { data } = event
  if (data === '[DONE]') return event
  let mended = adjustMember(data, 'usage', protocol)
  for (const holder of ['response', 'message']) {
    const inner = asObject(mended[holder])
    if (inner) mended = withMember(mended, holder, adjustMember(inner, 'usage', protocol))
  }
  return mended === data ? event : { ...event, data: mended }
}

function adjustMember(holder: JsonObject, member: string, protocol: ProtocolId): JsonObject {
  const usage = asObject(holder[member])
  return usage ? withMember(holder, member, adjust(usage, protocol)) : holder
}

function adjust(usage: JsonObject, protocol: ProtocolId): JsonObject {
  const input = protocol === 'chat' ? 'prompt_tokens' : 'input_tokens'
  const counted = asNumber(usage[input])
  const cached = cachedTokens(usage, protocol)
  return counted === undefined || cached === 0 ? usage : { ...usage, [input]: Math.max(counted - cached, 0) }
}

function cachedTokens(usage: JsonObject, protocol: ProtocolId): number {
  if (protocol === 'messages')
    return (asNumber(usage['cache_read_input_tokens']) ?? 0) + (asNumber(usage['cache_creation_input_tokens']) ?? 0)
  const details = asObject(usage[protocol === 'chat' ? 'prompt_tokens_details' : 'input_tokens_details'])
  const written = asNumber(details?.['cache_creation_input_tokens']) ?? asNumber(details?.['cache_write_tokens'])
  return (asNumber(details?.['cached_tokens']) ?? 0) + (written ?? 0)
}
