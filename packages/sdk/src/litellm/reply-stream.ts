/** The pieces of one answer. Leaving the loop, `return()` and `await using` cancel the rest at the upstream. */
export interface ReplyStream<T> extends AsyncIterableIterator<T, undefined, unknown>, AsyncDisposable {
  [Symbol.asyncIterator](): ReplyStream<T>
}

/** What fills a stream. */
export interface StreamSource {
  /** The reader has read what there was. */
  readonly drained: () => void
  /** The reader wants no more. */
  readonly cancel: () => void
}

/** The two ends of a stream. */
export interface ReplyPipe<T> {
  readonly stream: ReplyStream<T>
  /** False where the reader lags behind. */
  push(piece: T): boolean
  /** The end: well, or with what the reader's loop is to throw. */
  end(failure?: { readonly error: unknown }): void
}

/** Pieces that wait for their reader before the upstream is slowed down. */
const most = 256

/** Creates a stream for one reader. */
export function createReplyPipe<T>(source: StreamSource): ReplyPipe<T> {
  const pieces: T[] = []
  let read = 0
  let ended = false
  let failure: { readonly error: unknown } | undefined
  let wake = (): void => {}
  const done = { value: undefined, done: true } as const

  const next = async (): Promise<IteratorResult<T, undefined>> => {
    for (;;) {
      if (read < pieces.length) {
        const value = pieces[read++]
        if (read === pieces.length) {
          pieces.length = 0
          read = 0
          source.drained()
        }
        // Below the length, so a piece; T itself may include undefined.
        return { value: value as T, done: false }
      }
      if (failure) {
        const { error } = failure
        failure = undefined
        throw error
      }
      if (ended) return done
      await new Promise<void>((resolve) => (wake = resolve))
    }
  }
  const leave = async (): Promise<typeof done> => {
    pieces.length = 0
    read = 0
    failure = undefined
    if (!ended) source.cancel()
    ended = true
    wake()
    return done
  }
  const stream: ReplyStream<T> = {
    next,
    return: leave,
    async throw(error) {
      await leave()
      throw error
    },
    [Symbol.asyncIterator]: () => stream,
    async [Symbol.asyncDispose]() {
      await leave()
    },
  }
  return {
    stream,
    push(piece) {
      if (ended) return true
      pieces.push(piece)
      wake()
      return pieces.length - read < most
    },
    end(why) {
      if (ended) return
      ended = true
      failure = why
      wake()
    },
  }
}
