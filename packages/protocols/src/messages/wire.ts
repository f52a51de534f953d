import type Anthropic from '@anthropic-ai/sdk'

/** Why an answer ended, as the API spells it. */
export type StopReason = Anthropic.Beta.BetaStopReason

/** The classes of error that the API names: those of its published types, and one that only its documents name. */
export type ErrorType = Anthropic.ErrorType | 'request_too_large'
