/** A list that one side fills while the other reads it. */
export interface Feed<T> extends AsyncIterable<T> {
  readonly push: (item: T) => void
  /** Nothing more comes; what is there is still read. */
  readonly close: () => void
}

/** Creates an empty feed for one reader. */
export function createFeed<T>(): Feed<T> {
  const items: T[] = []
  let closed = false
  let wake = (): void => {}
  return {
    push(item) {
      if (closed) return
      items.push(item)
      wake()
    },
    close() {
      closed = true
      wake()
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        yield* items.splice(0)
        if (items.length > 0) continue
        if (closed) return
        await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  }
}
