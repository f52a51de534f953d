import { chat, messages, responses, type Protocol, type ProtocolId } from '@crossfeed/protocols'

/** The protocols by id. */
export const protocols: { readonly [P in ProtocolId]: Protocol } = { chat, responses, messages }
