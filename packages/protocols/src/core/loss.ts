/** Something that the target protocol could not say. */
export interface Loss {
  /** Where it stood, in the client's terms: `tools[3]`, `sampling.seed`, `turns[2].parts[0].detail`. */
  readonly path: string
  /** Why it is gone, one clause, no trailing dot. */
  readonly why: string
}

/** Takes the report of one loss; called while a request or an answer is written. */
export type ReportLoss = (loss: Loss) => void
