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

/** A body on its way. */
interface Upload {
  readonly started: number
  /** Bytes that have come. */
  readonly arrived: () => number
  readonly late: () => void
  readonly time: UploadTime
  /** Its place among the bodies on their way. */
  slot: number
}

/** One timer looks at all of them: one for each request would cost more than most bodies do. */
const sweepMs = 1000
const uploads: Upload[] = []
let sweep: NodeJS.Timeout | undefined

/** Calls `late`, once, when a body is neither whole nor as far as its time asks. Ends with the function that it gives. */
export function limitUpload(arrived: () => number, late: () => void, time: UploadTime = usual): () => void {
  const upload: Upload = { started: performance.now(), arrived, late, time, slot: uploads.length }
  uploads.push(upload)
  sweep ??= setTimeout(check, Math.min(sweepMs, time.grace)).unref()
  return () => forget(upload)
}

/**
 * Reads a body to its end for nothing, so that its connection can serve the next request. It has the grace of any body and
 * no more, however much moves: one that trickles, or never ends, ends with its connection.
 */
export function passOverBody(request: IncomingMessage, time: UploadTime = usual): void {
  const stop = limitUpload(
    () => 0,
    () => request.destroy(),
    time,
  )
  request.resume()
  request.on('end', stop)
  request.on('close', stop)
}

function check(): void {
  const now = performance.now()
  // A copy: those that end leave the list.
  for (const upload of uploads.slice()) {
    const allowed = upload.time.grace + (upload.arrived() / upload.time.bytesPerSecond) * 1000
    if (now - upload.started < allowed) continue
    forget(upload)
    upload.late()
  }
  const [next] = uploads
  sweep = next && setTimeout(check, Math.min(sweepMs, next.time.grace)).unref()
}

function forget(upload: Upload): void {
  if (uploads[upload.slot] !== upload) return
  const last = uploads.pop()
  if (last === undefined || last === upload) return
  uploads[upload.slot] = last
  last.slot = upload.slot
}
