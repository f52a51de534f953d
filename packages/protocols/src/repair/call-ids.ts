import type { Part } from '../core/part.ts'
import type { Prompt, Turn } from '../core/prompt.ts'
import type { ProtocolId } from '../core/protocol.ts'
import { shortHash } from './short-hash.ts'

/** What each protocol's servers accept as the id of a tool call (TR-14; OpenAI refuses over 64, older chat servers over 40). */
const accepted: { readonly [P in ProtocolId]: RegExp } = {
  chat: /^.{1,40}$/s,
  responses: /^.{1,64}$/s,
  messages: /^[A-Za-z0-9_-]{1,64}$/,
}

/**
 * The prompt with call ids that `target` accepts. The new id depends only on the old one, so that calls and results
 * stay paired and the prompt's prefix is the same on every turn.
 */
export function mendCallIds(prompt: Prompt, target: ProtocolId): Prompt {
  const form = accepted[target]
  if (!prompt.turns.some((turn) => turn.parts.some((part) => hasBadId(part, form)))) return prompt
  return { ...prompt, turns: prompt.turns.map((turn) => mendTurn(turn, form)) }
}

function mendTurn(turn: Turn, form: RegExp): Turn {
  if (!turn.parts.some((part) => hasBadId(part, form))) return turn
  return {
    ...turn,
    parts: turn.parts.map((part) =>
      (part.kind === 'tool-call' || part.kind === 'tool-result') && !form.test(part.id)
        ? { ...part, id: newId(part.id) }
        : part,
    ),
  }
}

function hasBadId(part: Part, form: RegExp): boolean {
  return (part.kind === 'tool-call' || part.kind === 'tool-result') && !form.test(part.id)
}

function newId(id: string): string {
  return `call_${shortHash(id)}${shortHash(`${id}~`)}`
}
