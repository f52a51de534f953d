import type { Part } from '../core/part.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { Prompt } from '../core/prompt.ts'
import type { ProtocolId } from '../core/protocol.ts'
import { isSealFor } from '../core/seal.ts'

/**
 * The prompt with only those seals that the target issued, or that may be its own because they came bare in its protocol.
 * Redacted reasoning without a seal has nothing left to say and goes; readable reasoning stays as text for the writer to
 * place or leave out.
 */
export function keepOwnSeals(prompt: Prompt, issuer: string, protocol: ProtocolId, lose: ReportLoss): Prompt {
  const isForeign = (part: Part): boolean =>
    (part.kind === 'reasoning' || part.kind === 'compaction') &&
    part.seal !== undefined &&
    !(part.seal.data !== '' && isSealFor(part.seal, issuer, protocol))
  if (!prompt.turns.some((turn) => turn.parts.some(isForeign))) return prompt
  const gone = prompt.turns.flatMap((turn) => turn.parts.filter((part) => isForeign(part) && isUnreadable(part)))
  if (gone.some((part) => part.kind === 'reasoning'))
    lose({ path: 'reasoning', why: 'sealed reasoning of another service or model can be read by nobody else' })
  if (gone.some((part) => part.kind === 'compaction'))
    lose({ path: 'compaction', why: 'the compacted history can only be read by the one who made it' })
  const turns = prompt.turns.map((turn) => {
    if (!turn.parts.some(isForeign)) return turn
    return { ...turn, parts: turn.parts.flatMap((part) => (isForeign(part) ? unsealed(part) : [part])) }
  })
  return { ...prompt, turns: turns.filter((turn) => turn.parts.length > 0) }
}

/** Whether nothing is left of a part without its seal, although the seal holds something. */
function isUnreadable(part: Part): boolean {
  if (part.kind !== 'reasoning' && part.kind !== 'compaction') return false
  return part.seal !== undefined && part.seal.data !== '' && unsealed(part).length === 0
}

function unsealed(part: Part): readonly Part[] {
  if (part.kind === 'reasoning') {
    const { seal: _seal, ...open } = part
    return open.text === '' || open.form === 'redacted' ? [] : [open]
  }
  if (part.kind === 'compaction') {
    const { seal: _seal, ...open } = part
    return open.text ? [open] : []
  }
  return [part]
}
