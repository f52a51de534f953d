/** How the bytes of an answer are spread over time, and where they end. Times in milliseconds. */
export interface Pacing {
  readonly beforeHeaders?: number
  readonly betweenChunks?: number
  /** Nothing is sent for `ms` after that many chunks. */
  readonly silence?: { readonly afterEvents: number; readonly ms: number }
  readonly cut?: Cut
  /** CRLF line ends and writes of a few bytes. */
  readonly awkward?: boolean
}

/** Where an answer breaks off: after so many events or bytes; `inside` sends half of the next event first. */
export interface Cut {
  readonly afterEvents?: number
  readonly afterBytes?: number
  readonly inside?: boolean
  /** `reset` (default) tears the connection down, `end` finishes the HTTP answer as if it were whole. */
  readonly how?: 'reset' | 'end'
}

/** An answer before it is sent: one chunk for a whole body, one per event for a stream. */
export interface Outcome {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly chunks: readonly string[]
  readonly pacing?: Pacing
}

/** A JSON answer. */
export const jsonOutcome = (body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Outcome => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
  chunks: [JSON.stringify(body)],
})

/** An event stream; each chunk is one whole event with its empty line. */
export const streamOutcome = (events: readonly string[], headers: Readonly<Record<string, string>> = {}): Outcome => ({
  status: 200,
  headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache', ...headers },
  chunks: events,
})

/** One server-sent event. */
export const sseEvent = (data: unknown, name?: string): string =>
  `${name === undefined ? '' : `event: ${name}\n`}data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`
