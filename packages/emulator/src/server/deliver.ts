import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import type { Cut, Outcome } from './outcome.ts'

/** Sends an outcome with its pacing. Gives whether the whole of it was sent; stops at once when `signal` aborts. */
export async function deliver(response: ServerResponse, outcome: Outcome, signal: AbortSignal): Promise<boolean> {
  const pacing = outcome.pacing ?? {}
  try {
    if (pacing.beforeHeaders) await wait(pacing.beforeHeaders, undefined, { signal })
    response.writeHead(outcome.status, outcome.headers)
    response.flushHeaders()
    const chunks = outcome.chunks.map((chunk) => Buffer.from(pacing.awkward ? chunk.replaceAll('\n', '\r\n') : chunk))
    const { sent, broken } = cutChunks(chunks, pacing.cut)
    for (const [index, chunk] of sent.entries()) {
      if (pacing.silence?.afterEvents === index) await wait(pacing.silence.ms, undefined, { signal })
      if (index > 0 && pacing.betweenChunks) await wait(pacing.betweenChunks, undefined, { signal })
      for (const piece of pacing.awkward ? pieces(chunk) : [chunk]) {
        await write(response, piece, signal)
        // Without a turn of the loop between them, the kernel would join the pieces again.
        if (pacing.awkward) await wait(0, undefined, { signal })
      }
    }
    if (pacing.silence && pacing.silence.afterEvents >= sent.length)
      await wait(pacing.silence.ms, undefined, { signal })
    if (broken && pacing.cut?.how !== 'end') {
      // A reset throws away what the client has not read: a short pause lets it read what was sent before.
      await wait(20, undefined, { signal })
      response.socket?.resetAndDestroy()
      return false
    }
    response.end()
    return !broken
  } catch (error) {
    if (signal.aborted) return false
    throw error
  }
}

async function write(response: ServerResponse, piece: Buffer, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  if (response.write(piece)) return
  await once(response, 'drain', { signal })
}

/** Pieces of 1 to 7 bytes, so that every kind of boundary is met. */
function pieces(chunk: Buffer): readonly Buffer[] {
  const list: Buffer[] = []
  for (let at = 0, size = 1; at < chunk.length; at += size, size = (size % 7) + 1)
    list.push(chunk.subarray(at, at + size))
  return list
}

function cutChunks(chunks: readonly Buffer[], cut: Cut | undefined): { sent: readonly Buffer[]; broken: boolean } {
  if (cut === undefined) return { sent: chunks, broken: false }
  if (cut.afterBytes !== undefined) {
    const sent: Buffer[] = []
    let left = cut.afterBytes
    for (const chunk of chunks) {
      if (left <= 0) break
      sent.push(chunk.subarray(0, left))
      left -= chunk.length
    }
    return { sent, broken: true }
  }
  const count = cut.afterEvents ?? 0
  const sent = chunks.slice(0, count)
  const next = chunks[count]
  if (cut.inside === true && next !== undefined) sent.push(next.subarray(0, Math.ceil(next.length / 2)))
  return { sent, broken: true }
}
