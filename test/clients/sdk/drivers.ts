import { anthropic } from './anthropic.ts'
import type { Driver } from './driver.ts'
import { openaiChat } from './openai-chat.ts'
import { openaiResponses } from './openai-responses.ts'
import { vercel } from './vercel.ts'

/** Every SDK that is tested. */
export const drivers: readonly Driver[] = [openaiChat, openaiResponses, anthropic, ...vercel]

/** Whether it speaks Chat Completions, which has no place for sealed reasoning. */
export const speaksChat = ({ name }: Driver): boolean => name.includes('chat') || name.includes('compatible')

/** The form of an answer that tests ask for. */
export const schema = {
  type: 'object',
  properties: { city: { type: 'string' }, warm: { type: 'boolean' } },
  required: ['city', 'warm'],
  additionalProperties: false,
} as const
