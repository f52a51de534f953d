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

/** Names that a new session takes. */
export const sessionKeys: readonly (keyof SessionConfig)[] = [...shared, 'sessionId']

/** Names that a session takes that is resumed. */
export const resumeKeys: readonly (keyof ResumeSessionConfig)[] = [...shared, 'suppressResumeEvent']
