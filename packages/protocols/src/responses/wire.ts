import type OpenAI from 'openai'

/** The names of all events of the official stream; what writers emit is checked against them. */
export type StreamEventType = OpenAI.Responses.ResponseStreamEvent['type']
