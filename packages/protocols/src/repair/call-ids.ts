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

/**
 * The prompt with an id of its own for each call, as Anthropic demands (a 400: "`tool_use` ids must be unique"): some servers
 * count theirs anew in every answer. Results follow the latest call of their id, or in order where several wait for one.
 */
export function distinctCallIds(prompt: Prompt): Prompt {
  const calls = prompt.turns.flatMap((turn) =>
    turn.parts.flatMap((part) => (part.kind === 'tool-call' ? [part.id] : [])),
  )
  if (new Set(calls).size === calls.length) return prompt
  const counts = new Map<string, number>()
  const waiting = new Map<string, string[]>()
  const latest = new Map<string, string>()
  const rename = (part: Part): Part => {
    if (part.kind === 'tool-call') {
      const count = (counts.get(part.id) ?? 0) + 1
      counts.set(part.id, count)
      const id = count === 1 ? part.id : newId(`${part.id}~${count}`)
      const others = waiting.get(part.id)
      if (others) others.push(id)
      else waiting.set(part.id, [id])
      return { ...part, id }
    }
    if (part.kind !== 'tool-result') return part
    const id = waiting.get(part.id)?.shift() ?? latest.get(part.id) ?? part.id
    latest.set(part.id, id)
    return { ...part, id }
  }
  const turns = prompt.turns.map((turn, index) => {
    // A new round: what the last one left unanswered is answered no more.
    if (turn.role === 'assistant' && prompt.turns[index - 1]?.role !== 'assistant') waiting.clear()
    return { ...turn, parts: turn.parts.map(rename) }
  })
  return { ...prompt, turns }
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
