import { checkKeys } from '../check-keys.ts'
import type { SessionHooks } from '../hooks/hooks.ts'
import { invalidConfig } from '../invalid-config.ts'
import type { ResumeSessionConfig, SessionConfig } from './config.ts'

/** Every name in `SessionConfigBase`. */
const shared = [
  'clientName',
  'model',
  'reasoningEffort',
  'reasoningSummary',
  'contextTier',
  'tools',
  'commands',
  'systemMessage',
  'availableTools',
  'excludedTools',
  'provider',
  'providers',
  'models',
  'onPermissionRequest',
  'onUserInputRequest',
  'askUserVariant',
  'onElicitationRequest',
  'onMcpAuthRequest',
  'hooks',
  'workingDirectory',
  'streaming',
  'mcpServers',
  'disabledMcpServers',
  'infiniteSessions',
  'largeOutput',
  'sessionLimits',
  'organizationCustomInstructions',
  'gitHubToken',
  'onEvent',
  'enableSessionTelemetry',
] as const satisfies readonly (keyof SessionConfig)[]

/** Every name in the options that are objects of their own. */
const inner = {
  hooks: [
    'onPreToolUse',
    'onPreMcpToolCall',
    'onPostToolUse',
    'onPostToolUseFailure',
    'onUserPromptSubmitted',
    'onUserPromptTransformed',
    'onSessionStart',
    'onSessionEnd',
    'onErrorOccurred',
    'onAgentStop',
  ] satisfies (keyof SessionHooks)[],
  infiniteSessions: ['enabled', 'backgroundCompactionThreshold', 'bufferExhaustionThreshold'],
  largeOutput: ['enabled', 'maxSizeBytes', 'outputDirectory'],
  sessionLimits: ['maxAiCredits'],
  systemMessage: ['mode', 'content', 'sections'],
} as const satisfies Partial<Record<keyof SessionConfig, readonly string[]>>

/** Throws `session-config` for options of a new session that do not exist or cannot be honoured. */
export function checkNewSession(config: SessionConfig): void {
  check(config, [...shared, 'sessionId'])
}

/** The same for a session that is resumed. */
export function checkResumedSession(config: ResumeSessionConfig): void {
  check(config, [...shared, 'suppressResumeEvent'])
}

function check(config: SessionConfig, known: readonly string[]): void {
  checkKeys('session', config, known)
  for (const [name, names] of Object.entries(inner)) {
    const value: unknown = Object.entries(config).find(([key]) => key === name)?.[1]
    if (typeof value === 'object' && value !== null) checkKeys('session', value, names, `${name}.`)
  }
  if (config.enableSessionTelemetry)
    throw invalidConfig('enableSessionTelemetry cannot be true: there is no telemetry.')
}
