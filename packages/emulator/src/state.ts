import type { IncomingHttpHeaders } from 'node:http'
import type { CodexOptions, CodexState } from './faces/codex/accounts.ts'
import type { ModelEntry } from './model.ts'
import type { JsonObject } from './json.ts'
import type { QuirkName } from './quirks.ts'
import type { Playbook, Scenario } from './scenario.ts'
import type { Seals } from './seals.ts'
import type { RecordedRequest } from './server/recorder.ts'
import type { FaceName, FaceOptions, UpstreamFace } from './faces/face.ts'
import type { PrefixCache } from './tokens.ts'

/** How to set up an emulator. */
export interface EmulatorOptions {
  /** 0 (default) takes any free port. */
  readonly port?: number
  readonly host?: '127.0.0.1'
  readonly quirks?: Partial<Record<QuirkName, boolean>>
  readonly scenario?: Scenario
  /** Entries in the form of Copilot's list, instead of the catalog. */
  readonly models?: readonly JsonObject[]
  /** Entries added to the catalog. */
  readonly extraModels?: readonly JsonObject[]
  /** The clock, in milliseconds. */
  readonly now?: () => number
  /** Life of an exchanged token in seconds; default 1800. */
  readonly tokenLife?: number
  /** Only these GitHub tokens are accepted; default: every gho_, ghu_, ghs_ and github_pat_. */
  readonly githubTokens?: readonly string[]
  /** GitHub tokens that cannot be exchanged (404), besides those of the device flow with an Ov23… app and github_pat_. */
  readonly directTokens?: readonly string[]
  /** When the user approves a device code: after so many polls (default 0: at once), or only by `POST /__approve`. */
  readonly approveAfter?: number | 'manual'
  /** Seconds between polls of the device flow; default 5. */
  readonly deviceInterval?: number
  /** Length of the silences of Q40 in milliseconds; default 20000. */
  readonly silence?: number
  /** Smallest prompt that the prompt cache keeps, in tokens; default 1024. */
  readonly cacheMinimum?: number
  /** What signatures and tokens are made with: the same secret accepts them after a restart. */
  readonly secret?: string
  readonly login?: string
  /** Accepted keys and further models of the faces besides Copilot. */
  readonly faces?: FaceOptions
  /** ChatGPT accounts and the life of their tokens. */
  readonly codex?: CodexOptions
}

/** A device code that was handed out. */
export interface DeviceCode {
  readonly clientId: string
  readonly userCode: string
  readonly scope: string
  readonly expiresAt: number
  interval: number
  polls: number
  nextPoll: number
  approved: boolean
}

/** Everything that changes while an emulator runs. */
export interface EmulatorState {
  readonly options: Required<
    Omit<
      EmulatorOptions,
      'quirks' | 'scenario' | 'models' | 'extraModels' | 'githubTokens' | 'port' | 'host' | 'faces' | 'codex'
    >
  > & {
    readonly githubTokens?: readonly string[]
  }
  readonly quirks: Record<QuirkName, boolean>
  /** The upstreams under a path prefix. */
  readonly faces: readonly UpstreamFace[]
  /** Sign-ins of ChatGPT. */
  readonly codex: CodexState
  readonly seals: Seals
  readonly cache: PrefixCache
  readonly devices: Map<string, DeviceCode>
  /** GitHub tokens that the exchange answers 404 for. */
  readonly direct: Set<string>
  /** Model calls made with each exchanged token. */
  readonly tokenUses: Map<string, number>
  /** Opaque strings that a scenario gave: accepted when they come back. */
  readonly scripted: Set<string>
  models: readonly ModelEntry[]
  playbook: Playbook
  requests: RecordedRequest[]
  /** Exchanged tokens made before this time (ms) have expired. */
  tokensValidFrom: number
  modelListServed: boolean
  url: string
}

/** A request as the handlers see it. */
export interface Call {
  readonly method: string
  /** Without the prefix of Q4 or of a face, and without the query. */
  readonly path: string
  readonly tenant?: 'tenant' | 'user-tenant'
  /** The further upstream whose prefix the address has; `path` is without it. */
  readonly face?: FaceName
  /** The text after `?`; empty without one. */
  readonly query: string
  readonly headers: IncomingHttpHeaders
  readonly raw: string
  /** The parsed body: JSON or form; undefined when it is neither. */
  readonly body: unknown
}
