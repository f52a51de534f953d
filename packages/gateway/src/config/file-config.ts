import type { Effort, ProtocolId } from '@crossfeed/protocols'
import type { FileProvider } from './supplies/provider-schema.ts'

/** What the user says about one model, over what its provider says. */
interface ModelOverride {
  /** The only endpoints to use for it, best first. */
  readonly endpoints?: ProtocolId[] | undefined
  /** Limits in tokens. */
  readonly limits?:
    | {
        readonly context?: number | undefined
        readonly prompt?: number | undefined
        readonly output?: number | undefined
      }
    | undefined
}

/** One target of an alias, with its share or its place. */
export interface FileTarget {
  provider: string
  model: string
  weight?: number | undefined
  order?: number | undefined
}

/** A config file after the check, as written: sizes and times may still be text such as `64mb` or `90s`. */
export interface FileConfig {
  copilot?: boolean | undefined
  port?: number | undefined
  host?: string | undefined
  auth?: { apiKeys?: string[] | undefined; adminApiKey?: string | undefined } | undefined
  cors?: { origins?: string[] | undefined } | undefined
  allowedHosts?: string[] | undefined
  bodyLimit?: number | string | undefined
  upstreams?:
    | {
        github?: string | undefined
        githubApi?: string | undefined
        copilot?: string | undefined
        anthropic?: string | undefined
        codexAuth?: string | undefined
        codex?: string | undefined
      }
    | undefined
  network?: { ca?: string | undefined; proxyFromEnv?: boolean | undefined; http2?: boolean | undefined } | undefined
  timeouts?:
    | {
        connect?: number | string | undefined
        headers?: number | string | undefined
        idle?: number | string | undefined
      }
    | undefined
  keepAlive?: number | string | undefined
  maxConcurrent?: number | undefined
  retries?: number | undefined
  emptyReplies?: 'error' | 'pass' | undefined
  keepAnswers?: boolean | undefined
  lossPolicy?: 'ignore' | 'warn' | 'reject' | undefined
  extraHeaders?: Record<string, string> | undefined
  accountType?: 'individual' | 'business' | 'enterprise' | undefined
  oauthApp?: string | undefined
  enterpriseUrl?: string | undefined
  claudeTokenMultiplier?: number | undefined
  anthropicApiKey?: string | undefined
  modelMappings?: Record<string, string> | undefined
  models?: Record<string, ModelOverride> | undefined
  providers?: Record<string, FileProvider> | undefined
  aliases?: Record<string, string | (string | FileTarget)[]> | undefined
  fallbacks?: Record<string, string[]> | undefined
  contextWindowFallbacks?: Record<string, string[]> | undefined
  contentPolicyFallbacks?: Record<string, string[]> | undefined
  defaultFallbacks?: string[] | undefined
  coolDown?: { time?: number | string | undefined; allowedFails?: number | undefined } | undefined
  initiator?: 'lastItem' | 'anyAssistant' | undefined
  modelReasoningEfforts?: Record<string, Effort> | undefined
  cacheBreakpoints?: boolean | undefined
  useMessagesApi?: boolean | undefined
}
