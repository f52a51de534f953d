import type Anthropic from '@anthropic-ai/sdk'

/** Why an answer ended, as the API spells it. */
export type StopReason = Anthropic.Beta.BetaStopReason

/** The classes of error that the API names. */
export type ErrorType = Anthropic.ErrorType
