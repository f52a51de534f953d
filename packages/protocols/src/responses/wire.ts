import type OpenAI from 'openai'

/** What a client may send as one input item. */
export type InputItem = OpenAI.Responses.ResponseInputItem

/** What an upstream answers with: the same kinds, each with the id that the upstream gave it. */
export type OutputItem = OpenAI.Responses.ResponseOutputItem

/** Every event that the official stream may hold. */
export type StreamEvent = OpenAI.Responses.ResponseStreamEvent

/** The names of the events; writers are checked against them. */
export type StreamEventType = StreamEvent['type']

/** The whole answer. */
export type WireResponse = OpenAI.Responses.Response
