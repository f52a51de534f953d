import { nearest } from '@crossfeed/protocols'
import { invalidConfig, type ConfigKind } from './invalid-config.ts'

/** Option names that the official SDK has and this one cannot honour, with the reason. */
const unsupported: Readonly<Record<string, string>> = {
  connection: 'sessions run in this process, so there is no server to connect to',
  telemetry: 'this library has no telemetry',
  onGitHubTelemetry: 'this library has no telemetry',
  onGetTraceContext: 'this library has no telemetry',
  sessionFs: 'saved sessions are files in baseDirectory',
  createSessionFsProvider: 'saved sessions are files in baseDirectory',
  requestHandler: 'model requests go through the engine',
  builtinPluginDirectories: 'there are no plugins',
  pluginDirectories: 'there are no plugins',
  sessionIdleTimeoutSeconds: 'a session lives until disconnect',
  enableRemoteSessions: 'sessions run in this process',
  remoteSession: 'sessions run in this process',
  cloud: 'sessions run in this process',
  canvases: 'there is no renderer',
  requestCanvasRenderer: 'there is no renderer',
  customAgents: 'there are no sub-agents; open a second session instead',
  agent: 'there are no sub-agents; open a second session instead',
  defaultAgent: 'there are no sub-agents; use excludedTools',
  skillDirectories: 'nothing is read from disk by itself; put the text into systemMessage',
  instructionDirectories: 'nothing is read from disk by itself; put the text into systemMessage',
  enableConfigDiscovery: 'nothing is read from disk by itself',
  memory: 'nothing is remembered beyond a session',
  managedSettings: 'there are no managed settings; decide in onPermissionRequest',
  enableManagedSettings: 'there are no managed settings; decide in onPermissionRequest',
  gitHubTokenProvider: 'give gitHubToken',
  modelCapabilities: 'limits are given with provider.maxPromptTokens or models',
  requestHeaders: 'give headers to the provider',
  continuePendingWork: 'work that was pending ended with its session',
}

/**
 * Throws `client-config`, `session-config` or `provider-config` for option names that mean nothing here: a mistyped one with the
 * nearest that exists, one of the official SDK's that cannot be honoured with the reason. No value is ever repeated, for it may
 * be a secret. Members that are undefined were not given.
 */
export function checkKeys(kind: ConfigKind, config: object, known: readonly string[], where = ''): void {
  const wrong = Object.entries(config).filter(([name, value]) => value !== undefined && !known.includes(name))
  if (wrong.length === 0) return
  const why = wrong.map(([name]) => `${where}${name} is ${describe(name, known)}`).join('; ')
  throw invalidConfig(`${why}.`, `Known here: ${known.join(', ')}.`, kind)
}

function describe(name: string, known: readonly string[]): string {
  const reason = Object.hasOwn(unsupported, name) ? unsupported[name] : undefined
  if (reason !== undefined) return `not supported: ${reason}`
  const near = nearest(name, known)
  return near === undefined ? 'no known option' : `no known option (did you mean ${near}?)`
}
