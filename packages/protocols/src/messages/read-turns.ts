import { isObject, rest, type Json, type JsonObject } from '../core/json.ts'
import type { Turn } from '../core/prompt.ts'
import { readSealsOfClient } from '../core/seal.ts'
import { readContent } from './content.ts'
import { badMember } from './error.ts'
import { asExtras } from './extras.ts'

const readSeal = readSealsOfClient('messages')
const turnMembers: ReadonlySet<string> = new Set(['role', 'content'])

/** The turns of a request: its system text, then one for each message. Throws `invalid-request` for what cannot be understood. */
export function readTurns(body: JsonObject): readonly Turn[] {
  return [...readSystem(body['system']), ...readMessages(body['messages'])]
}

function readSystem(system: Json | undefined): readonly Turn[] {
  const parts = readContent(system, readSeal)
  if (!parts) throw badMember('system', 'a string or a list of blocks is required')
  return parts.length === 0 ? [] : [{ role: 'system', level: 'instructions', parts }]
}

function readMessages(messages: Json | undefined): readonly Turn[] {
  if (!Array.isArray(messages)) throw badMember('messages', 'a list is required')
  return messages.map((message: Json, index) => readMessage(message, `messages.${index}`))
}

function readMessage(message: Json, path: string): Turn {
  if (!isObject(message)) throw badMember(path, 'an object is required')
  const role = message['role']
  if (role !== 'user' && role !== 'assistant' && role !== 'system')
    throw badMember(`${path}.role`, '"user", "assistant" or "system" is required')
  const parts = readContent(message['content'], readSeal)
  if (!parts) throw badMember(`${path}.content`, 'a string or a list of blocks is required')
  return { role, parts, ...asExtras(rest(message, turnMembers)) }
}
