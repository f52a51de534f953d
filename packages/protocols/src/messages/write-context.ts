import type { ReportLoss } from '../core/loss.ts'
import type { Part } from '../core/part.ts'
import type { Tool } from '../core/prompt.ts'
import type { Traits } from '../core/traits.ts'
import type { Strictness } from './strictness.ts'

/** What the writers of one request share. */
export interface WriteContext {
  readonly traits: Traits
  readonly lose: ReportLoss
  /** The owners of the breakpoints that are sent. */
  readonly marks: ReadonlySet<Part | Tool>
  readonly strictness: Strictness
}
