import type { Copilot, Engine } from '@crossfeed/engine'
import type { Settings } from '../config/settings.ts'
import type { GatewayLog } from '../observe/log.ts'

/** What the commands use of the gateway: its server, and what it knows of the account. */
export interface App {
  readonly copilot: Pick<Copilot, 'login' | 'models' | 'summary' | 'bearer' | 'provider'>
  readonly engine: Pick<Engine, 'explain' | 'models' | 'nearestModels'>
  listen(): Promise<{ readonly url: string; readonly port: number }>
  /** Stops accepting, lets answers under way finish for `graceMs`, then ends them with an error. */
  close(graceMs?: number): Promise<void>
}

/** Wires the gateway. It listens only when told to, so that a command can ask about the account alone. */
export type CreateApp = (
  settings: Settings,
  parts: { readonly log: GatewayLog; readonly env: Readonly<Record<string, string | undefined>> },
) => Promise<App>
