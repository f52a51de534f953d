/** One HTTP request as it came, without its headers: the fake upstream needs none. */
export interface RawRequest {
  /** Path and query. */
  readonly target: string
  readonly body: Buffer
}

/** Collects the bytes of one connection and gives back whole requests, one at a time. */
export interface RequestReader {
  push(bytes: Buffer): void
  /** The next whole request, or undefined until more bytes come. Throws on a body of unknown length. */
  take(): RawRequest | undefined
}

/** Reads HTTP/1.1 with `content-length` bodies, which is what nginx and Crossfeed send. */
export function createRequestReader(): RequestReader {
  // Fragments are joined once the request is whole: joining each time makes a 1 MB body quadratic.
  let fragments: Buffer[] = []
  let have = 0
  let need = 1
  return {
    push(bytes) {
      fragments.push(bytes)
      have += bytes.length
    },
    take() {
      if (have < need) return undefined
      const bytes = Buffer.concat(fragments, have)
      fragments = [bytes]
      const headEnd = bytes.indexOf('\r\n\r\n')
      if (headEnd < 0) {
        need = have + 1
        return undefined
      }
      const head = bytes.toString('latin1', 0, headEnd)
      const end = headEnd + 4 + bodyLength(head)
      if (have < end) {
        need = end
        return undefined
      }
      fragments = end < have ? [bytes.subarray(end)] : []
      have -= end
      need = 1
      return { target: head.split(' ', 2)[1] ?? '/', body: bytes.subarray(headEnd + 4, end) }
    },
  }
}

function bodyLength(head: string): number {
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
  if (length === undefined && /\r\ntransfer-encoding:/i.test(head)) {
    throw new Error('The fake upstream reads only bodies of a known length.')
  }
  return Number(length ?? 0)
}
