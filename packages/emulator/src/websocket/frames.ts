/** What arrives on a WebSocket. */
export type Incoming =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'ping'; readonly payload: Buffer }
  | { readonly type: 'close'; readonly code: number }
  | { readonly type: 'invalid'; readonly reason: string }

const opcodes = { text: 1, close: 8, ping: 9, pong: 10 } as const

/** One frame from the server (RFC 6455: never masked). */
export function writeFrame(kind: keyof typeof opcodes, payload: Buffer): Buffer {
  const first = 0x80 | opcodes[kind]
  const { length } = payload
  if (length < 126) return Buffer.concat([Buffer.from([first, length]), payload])
  const head = Buffer.alloc(length < 65_536 ? 4 : 10)
  head[0] = first
  if (length < 65_536) {
    head[1] = 126
    head.writeUInt16BE(length, 2)
  } else {
    head[1] = 127
    head.writeBigUInt64BE(BigInt(length), 2)
  }
  return Buffer.concat([head, payload])
}

/** A close frame with its code and reason. */
export function writeClose(code: number, reason = ''): Buffer {
  const payload = Buffer.alloc(2 + Buffer.byteLength(reason))
  payload.writeUInt16BE(code)
  payload.write(reason, 2)
  return writeFrame('close', payload)
}

/** Reads a client's frames from bytes that may be cut anywhere; joins the pieces of a message. */
export function createFrameReader(): (bytes: Buffer) => readonly Incoming[] {
  let waiting = Buffer.alloc(0)
  let pieces: Buffer[] = []
  return (bytes) => {
    waiting = Buffer.concat([waiting, bytes])
    const found: Incoming[] = []
    for (;;) {
      const frame = readFrame(waiting)
      if (frame === undefined) return found
      waiting = waiting.subarray(frame.size)
      if (!frame.masked) return [...found, { type: 'invalid', reason: 'a client has to mask its frames' }]
      switch (frame.opcode) {
        case 0:
        case opcodes.text:
          pieces.push(frame.payload)
          if (!frame.last) break
          found.push({ type: 'text', text: Buffer.concat(pieces).toString('utf8') })
          pieces = []
          break
        case opcodes.ping:
          found.push({ type: 'ping', payload: frame.payload })
          break
        case opcodes.pong:
          break
        case opcodes.close:
          found.push({ type: 'close', code: frame.payload.length < 2 ? 1005 : frame.payload.readUInt16BE() })
          break
        default:
          return [...found, { type: 'invalid', reason: `opcode ${frame.opcode} is not accepted` }]
      }
    }
  }
}

interface Frame {
  readonly opcode: number
  readonly last: boolean
  readonly masked: boolean
  readonly payload: Buffer
  readonly size: number
}

/** Bytes of a length that does not fit into the short one, by what stands there instead (RFC 6455, 5.2). */
const lengthBytes: ReadonlyMap<number, number> = new Map([
  [126, 2],
  [127, 8],
])

/** The frame at the start of some bytes; nothing while it is incomplete. */
function readFrame(bytes: Buffer): Frame | undefined {
  const [first, second] = bytes
  if (first === undefined || second === undefined) return undefined
  const short = second & 0x7f
  const extra = lengthBytes.get(short) ?? 0
  const masked = (second & 0x80) !== 0
  const start = 2 + extra + (masked ? 4 : 0)
  if (bytes.length < start) return undefined
  const long = extra === 2 ? bytes.readUInt16BE(2) : short
  const length = extra === 8 ? Number(bytes.readBigUInt64BE(2)) : long
  if (bytes.length < start + length) return undefined
  const mask = bytes.subarray(start - 4, start)
  const payload = Buffer.from(bytes.subarray(start, start + length))
  if (masked) for (let at = 0; at < payload.length; at += 1) payload[at] = (payload[at] ?? 0) ^ (mask[at % 4] ?? 0)
  return { opcode: first & 0x0f, last: (first & 0x80) !== 0, masked, payload, size: start + length }
}
