import { asNumber, asObject, type Json, type JsonObject } from '@crossfeed/protocols'
import { mapMember, without } from './copy-on-write.ts'
import type { EventPatch } from '../provider.ts'

/** Leaves the role in the first delta of each choice and takes it out of later ones; the same delta where it may stay. */
export function createRoleOnce(): (index: number, delta: JsonObject) => JsonObject {
  const said = new Set<number>()
  return (index, delta) => {
    if (delta['role'] === undefined) return delta
    if (said.has(index)) return without(delta, 'role')
    said.add(index)
    return delta
  }
}

/** Whether a raw chunk names a role: within a text the quotes would be escaped. */
export const namesRole = (raw: string): boolean => raw.includes('"role":')

/** One role for each choice of a stream, as OpenAI sends it. */
export const chatRoleOnce: EventPatch = {
  name: 'chat-role-once',
  reason:
    'Ollama and OpenRouter say the role in every chunk; openai-python joins what it gets twice (lib/streaming/_deltas.py), ' +
    'and sends a turn of "assistantassistant" next; MiniMax says an empty one, which the AI SDK refuses (MiniMax-AI/MiniMax-M2.5#2), and others none (Portkey-AI/gateway#1399)',
  protocol: 'chat',
  start() {
    const once = createRoleOnce()
    let begun = false
    const named = new Set<number>()
    const mendChoice = (value: Json): Json => {
      const choice = asObject(value)
      const delta = asObject(choice?.['delta'])
      if (!choice || !delta) return value
      const index = asNumber(choice['index']) ?? 0
      begun = true
      const isNamed = named.has(index) || delta['role'] === 'assistant'
      named.add(index)
      const said = once(index, isNamed ? delta : { ...delta, role: 'assistant' })
      return said === delta ? choice : { ...choice, delta: said }
    }
    return {
      wants: (raw) => !begun || namesRole(raw),
      mend(event) {
        if (event.data === '[DONE]') return [event]
        const data = mapMember(event.data, 'choices', mendChoice)
        return [data === event.data ? event : { ...event, data }]
      },
    }
  },
}
