import type { GatewayError, JsonObject, Loss, Protocol } from '@crossfeed/protocols'
import type { ClientHeaders } from '../providers/provider.ts'

/** A request as the host's HTTP surface hands it over. */
export interface ClientCall {
  readonly protocol: Protocol
  readonly body: JsonObject
  /** The bytes that `body` was read from: what a relay sends when nothing had to change. */
  readonly raw: Buffer
  readonly headers: ClientHeaders
  readonly path: string
  /** The provider that the path names, as `/name/v1/messages` does. */
  readonly provider?: string | undefined
  readonly requestId: string
  /** Headers that go upstream over those that the provider writes, names in small letters. Not for what clients send. */
  readonly extraHeaders?: Readonly<Record<string, string>> | undefined
  /** How often the engine may wait and try again, in place of its own setting. */
  readonly retries?: number | undefined
  /** It came to `/responses/compact`: its body ends with the trigger that the endpoint stands for (`asTriggered`). */
  readonly compacts?: true | undefined
  /** What the host could not carry into `body`. */
  readonly losses?: readonly Loss[] | undefined
}

/** Where the answer goes. `begin` is called once, before anything else. */
export interface ClientOut {
  begin(status: number, headers: Record<string, string | string[]>): void
  /** False asks the writer to wait for `Running.drained`. */
  write(bytes: Buffer | string): boolean
  end(bytes?: Buffer | string): void
}

/** A request under way, as the host steers it. */
export interface Running {
  /** The client has gone: the upstream call is cancelled, nothing more is written. */
  cancel(): void
  /** The host ends it: the client is told this error in its protocol, and nothing is tried again. */
  abort(error: GatewayError): void
  /** The client takes bytes again. */
  drained(): void
}
