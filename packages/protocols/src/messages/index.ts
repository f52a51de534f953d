import type { Protocol } from '../core/protocol.ts'
import { readError, writeError, writeStreamError } from './error.ts'
import { isPlainDelta } from './plain-delta.ts'
import { readEvents } from './read-events.ts'
import { readRequest } from './read-request.ts'
import { readReply, writeReply } from './reply.ts'
import { readUsage } from './usage.ts'
import { writeEvents } from './write-events.ts'
import { writeRequest } from './write-request.ts'

/** Anthropic Messages, with the beta grammar that real clients use. */
export const messages: Protocol = {
  id: 'messages',
  readRequest,
  writeRequest,
  readReply,
  readUsage: (body) => readUsage(body['usage']),
  writeReply,
  readEvents,
  isPlainDelta,
  writeEvents,
  readError,
  writeError,
  writeStreamError,
}
