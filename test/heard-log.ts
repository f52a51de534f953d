import type { AppParts } from '../packages/gateway/src/index.ts'

/** What a gateway says of a request. */
export type RequestLine = Parameters<AppParts['log']['requestLine']>[0]

/** A log that is silent and keeps the line of each request. */
export interface HeardLog {
  readonly log: AppParts['log']
  readonly lines: RequestLine[]
}

/** Creates one that has heard nothing yet. */
export function createHeardLog(): HeardLog {
  const lines: RequestLine[] = []
  const quiet = (): void => {}
  return {
    lines,
    log: {
      debug: quiet,
      info: quiet,
      warn: quiet,
      error: quiet,
      requests: true,
      requestLine: (line) => void lines.push(line),
    },
  }
}
