import type { ReportLoss } from '../core/loss.ts'
import type { Prompt, Turn } from '../core/prompt.ts'
import type { ProtocolId } from '../core/protocol.ts'
import type { Traits } from '../core/traits.ts'

/** The prompt with a user's word at the end where the target refuses to go on from an assistant's (TR-29). */
export function endWithUser(prompt: Prompt, traits: Traits, to: ProtocolId, lose: ReportLoss): Prompt {
  const last = prompt.turns.findLast((turn) => turn.role !== 'system' && !isLeftOut(turn, to))
  if (traits.prefill || last?.role !== 'assistant') return prompt
  if (last.parts.some((part) => part.kind === 'tool-call')) return prompt
  lose({ path: 'turns', why: 'the model does not continue an assistant turn, so "Please continue." was added' })
  return { ...prompt, turns: [...prompt.turns, { role: 'user', parts: [{ kind: 'text', text: 'Please continue.' }] }] }
}

/**
 * The prompt whose last words of the assistant do not end in white space, which Messages refuses ("final assistant content
 * cannot end with trailing whitespace"); clients of other protocols send whole answers again as they came.
 */
export function trimBegun(prompt: Prompt): Prompt {
  const at = prompt.turns.findLastIndex((turn) => !isLeftOut(turn, 'messages'))
  const turn = prompt.turns[at]
  if (turn?.role !== 'assistant') return prompt
  const end = turn.parts.findLastIndex((part) => part.kind !== 'text' || part.text.trim() !== '')
  const last = turn.parts[end]
  if (last?.kind !== 'text' || last.text.trimEnd() === last.text) return prompt
  const parts = turn.parts.with(end, { ...last, text: last.text.trimEnd() })
  return { ...prompt, turns: prompt.turns.with(at, { ...turn, parts }) }
}

/**
 * Reports the words that a Messages client has put into the assistant's mouth, where the target answers them instead of going on
 * with them: so do OpenAI's protocols, whatever stands last.
 */
export function tellUncontinued(prompt: Prompt, traits: Traits, to: ProtocolId, lose: ReportLoss): void {
  if (to === 'messages' || traits.continues) return
  const at = prompt.turns.findLastIndex((turn) => turn.role !== 'system' && !isLeftOut(turn, to))
  const last = prompt.turns[at]
  if (last?.role !== 'assistant' || last.parts.some((part) => part.kind === 'tool-call')) return
  if (last.parts.some((part) => part.kind === 'text' && part.text.trim() !== ''))
    lose({
      path: `turns[${at}]`,
      why: 'only Messages continues an assistant turn; the model may begin its answer anew',
    })
}

/**
 * The prompt with a user's word at the beginning where the target is Messages and the assistant would begin. Anthropic itself
 * takes that; its models at Bedrock do not (anthropics/anthropic-sdk-typescript#622).
 */
export function beginWithUser(prompt: Prompt, to: ProtocolId, lose: ReportLoss): Prompt {
  if (to !== 'messages') return prompt
  const at = prompt.turns.findIndex((turn) => turn.role !== 'system' && !isLeftOut(turn, to))
  if (prompt.turns[at]?.role !== 'assistant') return prompt
  lose({ path: 'turns', why: 'the assistant may not begin, so "Please begin." was put before it' })
  const begin: Turn = { role: 'user', parts: [{ kind: 'text', text: 'Please begin.' }] }
  return { ...prompt, turns: prompt.turns.toSpliced(at, 0, begin) }
}

/**
 * A turn that nothing can be written of: items of another protocol, such as the tools that Codex adds on the way, and for
 * Messages, which refuses them, blank texts.
 */
function isLeftOut({ parts }: Turn, to: ProtocolId): boolean {
  if (parts.length === 0) return to === 'messages'
  return parts.every(
    (part) =>
      (part.kind === 'native' && part.protocol !== to) ||
      (to === 'messages' && part.kind === 'text' && part.text.trim() === ''),
  )
}
