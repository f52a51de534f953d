import type { Options } from './options.ts'
import type { Scenario, TargetName } from './scenarios.ts'
import type { Stage } from './stage.ts'
import type { Target } from './targets.ts'

/** Medians by name; undefined where the machine, or the target, has no such figure. */
export type Figures = Readonly<Record<string, number | undefined>>

/** One thing to measure. */
export interface Task {
  readonly stage: Stage
  readonly target: Target
  readonly scenario: Scenario
  readonly options: Options
}

/** What came of it. */
export interface Result {
  readonly scenario: Scenario
  readonly target: TargetName
  readonly figures: Figures
  /** Why there are no figures. */
  readonly error?: string
}
