const everyMs = 50
const mostBytes = 16 * 1024

/** Something that takes whole lines. */
export interface LineSink {
  write(line: string): void
}

/** Those with lines that are not written yet. One listener serves them all, however many logs there are. */
const waiting = new Set<() => void>()
let isListening = false

/**
 * Gathers lines and writes them to `stream` together: a write for each request costs more than the line. Lines wait for
 * 50 ms at most; what is left is written when the process exits.
 */
export function batched(stream: NodeJS.WritableStream): LineSink {
  let lines = ''
  let timer: NodeJS.Timeout | undefined
  const flush = (): void => {
    clearTimeout(timer)
    waiting.delete(flush)
    const written = lines
    lines = ''
    stream.write(written)
  }
  return {
    write(line) {
      const isFirst = lines === ''
      lines += line
      if (lines.length >= mostBytes) return flush()
      if (!isFirst) return
      timer = setTimeout(flush, everyMs)
      waiting.add(flush)
      if (!isListening) process.once('exit', () => waiting.forEach((write) => write()))
      isListening = true
    },
  }
}
