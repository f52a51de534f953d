import { asObject, type Json, type JsonObject } from '../../core/json.ts'
import type { ReportLoss } from '../../core/loss.ts'
import type { Part } from '../../core/part.ts'
import type { Prompt, Turn } from '../../core/prompt.ts'
import type { ProtocolId } from '../../core/protocol.ts'
import { asksNothing } from '../../core/unsaid.ts'

/**
 * Members of items, blocks and content that tell their protocol's models something, and have no word elsewhere: `caller` says
 * that a program of the model's has called a tool, and not the model itself, `agent` which of several has, `async` that its result
 * may come later.
 */
const telling: { readonly [P in ProtocolId]: readonly string[] } = {
  chat: [],
  responses: ['phase', 'detail', 'caller', 'async', 'agent'],
  messages: ['caller', 'toolset_name'],
}

/** Reports what the conversation of a client of `from` tells beyond the words of the target, each kind once. */
export function tellItemMembers(prompt: Prompt, from: ProtocolId, lose: ReportLoss): void {
  for (const member of telling[from]) {
    const at = prompt.turns.findIndex((turn) =>
      [turn, ...turn.parts.flatMap(withContent)].some((one) => tells(member, membersOf(one, from)?.[member])),
    )
    if (at >= 0) lose({ path: `turns[${at}].${member}`, why: `only ${names[from]} has it` })
  }
  for (const member of checks) {
    const at = prompt.turns.findIndex(
      ({ parts: [part] }) => part?.kind === 'native' && tells(member, part.value[member]),
    )
    if (at >= 0) lose({ path: `turns[${at}].${member}`, why: 'only a computer of Responses has safety checks' })
  }
}

/** What a person was asked to confirm of a computer's doings, and has confirmed: a function call and its result have neither. */
const checks = ['pending_safety_checks', 'acknowledged_safety_checks'] as const

const names = { chat: 'Chat Completions', responses: 'Responses', messages: 'Messages' } as const

function tells(member: string, value: Json | undefined): boolean {
  return !asksNothing(member, value) && !(member === 'caller' && asObject(value)?.['type'] === 'direct')
}

/** What a turn or a part says beside its words: of a shell's call, which is no call yet, all that it says. */
function membersOf(one: Turn | Part, from: ProtocolId): JsonObject | undefined {
  if ('kind' in one && one.kind === 'native') return one.protocol === from ? one.value : undefined
  return one.extras?.[from]
}

function withContent(part: Part): readonly Part[] {
  return part.kind === 'tool-result' ? [part, ...part.content] : [part]
}
