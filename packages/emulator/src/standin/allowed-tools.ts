import { isObject, objectsOf, stringOf } from '../json.ts'
import type { Conversation, DeclaredTool } from './conversation.ts'

type Offer = Pick<Conversation, 'tools' | 'choice'>

/**
 * What OpenAI's `allowed_tools` leaves of the tools, and whether one of them has to be called; undefined for any other choice.
 * Chat has the list within a member of that name, and each name within one more.
 */
export function readAllowedTools(choice: unknown, tools: readonly DeclaredTool[]): Offer | undefined {
  if (!isObject(choice) || choice['type'] !== 'allowed_tools') return undefined
  const allowed = isObject(choice['allowed_tools']) ? choice['allowed_tools'] : choice
  const names = objectsOf(allowed['tools']).map((tool) => {
    const named = tool['function'] ?? tool['custom']
    return stringOf((isObject(named) ? named : tool)['name'])
  })
  return {
    tools: tools.filter(({ name }) => names.includes(name)),
    choice: allowed['mode'] === 'required' ? 'required' : 'auto',
  }
}
