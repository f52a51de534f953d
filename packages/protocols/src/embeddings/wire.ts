import type OpenAI from 'openai'

/** The encodings of the official API. */
export type WireEncoding = NonNullable<OpenAI.EmbeddingCreateParams['encoding_format']>
