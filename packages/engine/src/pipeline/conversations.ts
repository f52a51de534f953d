import { createHash, randomUUID } from 'node:crypto'
import { asObjects, asString, type Json, type JsonObject } from '@crossfeed/protocols'
import type { ClientCall } from './client.ts'
import { sessionOf } from './session.ts'

/** Knows conversations again, also those of clients that name none (Chat Completions). */
export interface Conversations {
  /** The name, which stays, of a request's conversation; undefined where it begins one that its client does not name. */
  find(call: Pick<ClientCall, 'body' | 'headers'>): string | undefined
  /** The same; one that begins is given a name, by which its next request is known. */
  enter(call: Pick<ClientCall, 'body' | 'headers'>): string | undefined
}

/** Conversations that are remembered, at most; the oldest are forgotten. */
const most = 10_000
/** Characters of a text that tell conversations apart. */
const telling = 16_000

/**
 * Knows no conversation yet. One without a name is known by what it began with: its system prompt and first user message.
 * Requests that begin alike are many conversations all the same, so that each gets a name of its own; the last one counts for
 * what follows.
 */
export function createConversations(): Conversations {
  const begun = new Map<string, string>()
  const remember = (key: string, name: string): string => {
    begun.delete(key)
    if (begun.size >= most) begun.delete(begun.keys().next().value ?? '')
    begun.set(key, name)
    return name
  }
  return {
    find(call) {
      const named = sessionOf(call)
      if (named !== undefined) return named
      const beginning = readBeginning(call.body)
      return beginning && !beginning.isAll ? (begun.get(beginning.key) ?? beginning.key) : undefined
    },
    enter(call) {
      const named = sessionOf(call)
      if (named !== undefined) return named
      const beginning = readBeginning(call.body)
      if (!beginning) return undefined
      const { key, isAll } = beginning
      return remember(key, isAll ? randomUUID() : (begun.get(key) ?? key))
    },
  }
}

interface Beginning {
  readonly key: string
  /** Nobody has answered yet. */
  readonly isAll: boolean
}

/** What a conversation began with, in any of the protocols; undefined where no user has spoken. */
function readBeginning(body: JsonObject): Beginning | undefined {
  const input = body['input']
  const turns = typeof input === 'string' ? [{ role: 'user', content: input }] : asObjects(input ?? body['messages'])
  const isSystem = (turn: JsonObject): boolean => turn['role'] === 'system' || turn['role'] === 'developer'
  const first = turns.find((turn) => turn['role'] === 'user')
  if (!first) return undefined
  const system = [body['system'], body['instructions'], ...turns.filter(isSystem).map((turn) => turn['content'])]
  const hash = createHash('sha256')
  for (const content of [...system, first['content']]) hash.update(`${textOf(content)}\0`)
  return {
    key: hash.digest('base64url'),
    isAll: turns.every((turn) => turn['role'] === 'user' || isSystem(turn)),
  }
}

/** The text of a content, whatever marks and media are in it: clients move marks from turn to turn. */
function textOf(content: Json | undefined): string {
  const text = asString(content) ?? asObjects(content).map((part) => asString(part['text']) ?? asString(part['type']))
  return (typeof text === 'string' ? text : text.join('\n')).slice(0, telling)
}
