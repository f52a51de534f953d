import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Engine, TokenCounter } from '@crossfeed/engine'
import type { Access } from '../access/access.ts'
import type { GatewayLog } from '../observe/log.ts'
import type { UnderWay } from './under-way.ts'
import type { UploadTime } from './upload-time.ts'

/** What every route may use. */
export interface SurfaceParts {
  readonly engine: Engine
  readonly access: Access
  readonly tokens: TokenCounter
  readonly log: GatewayLog
  readonly underWay: UnderWay
  /** Bytes of a request body, decoded. */
  readonly bodyLimit: number
  /** How long a body may take. For tests. */
  readonly uploadTime?: UploadTime
  readonly newRequestId: () => string
}

/** One request at one route. */
export interface Visit {
  readonly parts: SurfaceParts
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly requestId: string
  /** The path without its query. */
  readonly path: string
  /** Without its question mark; empty where there is none. */
  readonly query: string
  /** The supply that the path names, as `/my-azure/v1/messages` does. */
  readonly provider?: string | undefined
  /** When it came, in milliseconds of `performance.now()`. */
  readonly startedAt: number
}

/** The dialect that errors of a route are written in. */
export type ErrorDialect = 'chat' | 'responses' | 'messages'

export interface Route {
  readonly methods: readonly string[]
  readonly dialect: ErrorDialect
  handle(visit: Visit): void
}
