import OpenAI from 'openai'
import type { Driver } from './driver.ts'

export const openaiErrors: Driver['errors'] = {
  400: OpenAI.BadRequestError,
  401: OpenAI.AuthenticationError,
  404: OpenAI.NotFoundError,
  413: OpenAI.APIError,
  429: OpenAI.RateLimitError,
}

export const isOpenaiAbort = (error: unknown): boolean => error instanceof OpenAI.APIUserAbortError
