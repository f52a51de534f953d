import type { ReportLoss } from './loss.ts'
import type { Extras } from './protocol.ts'
import type { Finish } from './reply.ts'
import { asksNothing } from './unsaid.ts'

/** Members of an answer of Messages that its words carry, or that tell only how it was served. */
const noise: ReadonlySet<string> = new Set(['stop_details', 'diagnostics'])

/**
 * Reports what an answer of Messages says of itself that one of OpenAI's protocols has no word for: the container that its
 * programs ran in, what was cleared from its context, and an ending of its own.
 */
export function loseEnding(finish: Finish | undefined, extras: Extras | undefined, lose: ReportLoss): void {
  for (const [member, value] of Object.entries(extras?.messages ?? {}))
    if (!noise.has(member) && !asksNothing(member, value))
      lose({ path: member, why: 'only an answer of Messages has it' })
  if (finish === 'pause' && extras?.messages?.['stop_reason'] === undefined)
    lose({ path: 'stop_reason', why: 'only Messages can ask to be sent the answer back, so that it may go on' })
}
