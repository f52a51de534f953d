const everyMs = 50
const mostBytes = 16 * 1024

/** Something that takes whole lines. */
export interface LineSink {
  write(line: string): void
}

/**
 * Gathers lines and writes them to `stream` together: a write for each request costs more than the line. Lines wait for
 * 50 ms at most; what is left is written when the process exits.
 */
export function batched(stream: NodeJS.WritableStream): LineSink {
  let waiting = ''
  let timer: NodeJS.Timeout | undefined
  const flush = (): void => {
    if (timer !== undefined) clearTimeout(timer)
    timer = undefined
    if (waiting === '') return
    const lines = waiting
    waiting = ''
    stream.write(lines)
  }
  process.once('exit', flush)
  return {
    write(line) {
      waiting += line
      if (waiting.length >= mostBytes) flush()
      else timer ??= setTimeout(flush, everyMs)
    },
  }
}
