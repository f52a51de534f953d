import type { IncomingMessage } from 'node:http'

/** How long the body of a request may take after its head. */
export interface UploadTime {
  /** Milliseconds that any body may take. */
  readonly grace: number
  /** Each so many bytes that arrive earn a second more. */
  readonly bytesPerSecond: number
}

/**
 * A minute, and more for what moves: 100 MB over a slow line get through, a body that trickles by the byte to hold its
 * connection does not.
 */
const usual: UploadTime = { grace: 60_000, bytesPerSecond: 1000 }

/** Calls `late` when the body is neither whole nor as far as its time asks; not at all when the client leaves. */
export function limitUpload(request: IncomingMessage, late: () => void, time: UploadTime = usual): void {
  if (request.complete) return
  const started = performance.now()
  let bytes = 0
  let timer = setTimeout(check, time.grace)
  request.on('data', (chunk: Buffer) => (bytes += chunk.length))
  request.on('end', stop)
  request.on('close', stop)

  function check(): void {
    const left = started + time.grace + (bytes / time.bytesPerSecond) * 1000 - performance.now()
    if (left <= 0) late()
    else timer = setTimeout(check, left)
  }
  function stop(): void {
    clearTimeout(timer)
  }
}
