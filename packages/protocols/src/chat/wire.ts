import type { ChatCompletion } from 'openai/resources/chat/completions'

/** Why a choice ended, as OpenAI spells it. */
export type FinishReason = ChatCompletion.Choice['finish_reason']
