/** One request's use of a connection. */
export interface ConnectionUse {
  /** Whether anything of an answer has come on it, be it half a head. */
  hasAnswered(): boolean
  /**
   * Whether the request can be taken for unseen when the connection is lost now: it was kept from an earlier request, nothing
   * came back, and no time was left to work on it. A server that closes what it takes for idle does so within a round trip.
   */
  isStale(now: number): boolean
}

const staleMs = 1000

/** Connections that carried a request before. A fresh one cannot be stale. */
const used = new WeakSet<WeakKey>()

/** Notes that a request goes out on `socket`, at `sentAt` milliseconds. */
export function useConnection(socket: object, sentAt: number): ConnectionUse {
  const isKept = used.has(socket)
  used.add(socket)
  const before = bytesRead(socket)
  // On HTTP/2 what comes may be for others.
  const hasAnswered = (): boolean => !isShared(socket) && bytesRead(socket) > before
  return { hasAnswered, isStale: (now) => isKept && !hasAnswered() && now - sentAt < staleMs }
}

function bytesRead(socket: object): number {
  return 'bytesRead' in socket && typeof socket.bytesRead === 'number' ? socket.bytesRead : 0
}

function isShared(socket: object): boolean {
  return 'alpnProtocol' in socket && socket.alpnProtocol === 'h2'
}
