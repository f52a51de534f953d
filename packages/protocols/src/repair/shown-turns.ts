import { asObject, asString } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { Part } from '../core/part.ts'
import type { Prompt, Turn } from '../core/prompt.ts'
import type { ProtocolId } from '../core/protocol.ts'
import { applyToolChanges } from './tool-changes.ts'

/**
 * The prompt of a Messages client with what a Messages server would show its model of it, for targets that know nothing of
 * this: in place of all that came before the last compaction its summary, no system turn whose time is over
 * (`clear_at: next_user_message`), the effort that a system turn states for the current turn, and the tools that system turns
 * leave.
 */
export function onlyShown(given: Prompt, to: ProtocolId, lose: ReportLoss): Prompt {
  if (to === 'messages') return given
  const prompt = applyToolChanges(given, lose)
  const lastUser = prompt.turns.findLastIndex((turn) => turn.role === 'user')
  const isOver = (turn: Turn, index: number): boolean => index < lastUser && clearAt(turn) === 'next_user_message'
  if (!prompt.turns.some((turn) => hasOwnMembers(turn) || turn.parts.some(isCompaction))) return prompt
  const current = prompt.turns.flatMap((turn, index) => {
    if (isOver(turn, index)) {
      lose({ path: `turns[${index}]`, why: 'its time is over, as its clear_at says' })
      return []
    }
    for (const [member, value] of Object.entries(ownMembers(turn)))
      if (member !== 'clear_at' && !(member === 'output_config' && isEffort(value)))
        lose({ path: `turns[${index}].${member}`, why: 'only Messages has settings of a turn' })
    return turn.parts.length === 0 ? [] : [turn]
  })
  const effort = currentEffort(prompt.turns)
  const reasoning = effort === undefined ? {} : { reasoning: { ...prompt.reasoning, effort } }
  return { ...prompt, ...reasoning, turns: sinceCompaction(current, lose) }
}

/** The effort that a system turn states since the user spoke last; one that was stated before is over. */
function currentEffort(turns: readonly Turn[]): string | undefined {
  const spoken = turns.findLastIndex((turn) => turn.role === 'user' && !turn.parts.every(isResult))
  const stating = turns.slice(spoken + 1).findLast((turn) => effortOf(turn) !== undefined)
  return stating && effortOf(stating)
}

function effortOf(turn: Turn): string | undefined {
  return asString(asObject(ownMembers(turn)['output_config'])?.['effort'])
}

/** Whether settings of the output say nothing but an effort. */
function isEffort(settings: unknown): boolean {
  return Object.keys(asObject(settings) ?? {}).every((name) => name === 'effort')
}

function isResult(part: Part): boolean {
  return part.kind === 'tool-result'
}

/** The system text and, when there is a summary, only what stands behind the last one. A compaction that failed is nothing. */
function sinceCompaction(turns: readonly Turn[], lose: ReportLoss): readonly Turn[] {
  const last = turns.findLastIndex((turn) => turn.parts.some(isSummary))
  const turn = turns[last]
  const at = turn?.parts.findLastIndex(isSummary) ?? -1
  const summary = turn?.parts[at]
  if (!turn || summary?.kind !== 'compaction') return turns.flatMap(withoutCompactions)
  lose({
    path: `turns[${last}]`,
    why: 'what came before the compaction is said by its summary, which is sent as a message',
  })
  const above = turns.slice(0, last).filter((one) => one.level === 'instructions')
  const told: Turn = { role: 'user', parts: [{ kind: 'text', text: summary.text ?? '' }] }
  const behind = [{ ...turn, parts: turn.parts.slice(at + 1) }, ...turns.slice(last + 1)]
  return [...above, told, ...behind.flatMap(withoutCompactions)]
}

function withoutCompactions(turn: Turn): readonly Turn[] {
  const parts = turn.parts.filter((part) => !isCompaction(part))
  if (parts.length === turn.parts.length && parts.length > 0) return [turn]
  return parts.length === 0 ? [] : [{ ...turn, parts }]
}

function isCompaction(part: Part): boolean {
  return part.kind === 'compaction'
}

function isSummary(part: Part): boolean {
  return part.kind === 'compaction' && part.text !== undefined && part.text !== ''
}

function clearAt(turn: Turn): unknown {
  return ownMembers(turn)['clear_at']
}

function ownMembers(turn: Turn): object & { readonly [member: string]: unknown } {
  return (turn.role === 'system' ? turn.extras?.messages : undefined) ?? {}
}

function hasOwnMembers(turn: Turn): boolean {
  return Object.keys(ownMembers(turn)).length > 0
}
