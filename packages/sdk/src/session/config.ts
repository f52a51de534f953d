import type { NamedProviderConfig, ProviderConfig, ProviderModelConfig } from '../byok/config.ts'
import type { SessionHooks } from '../hooks/hooks.ts'
import type { McpAuthHandler, MCPServerConfig } from '../mcp/config.ts'
import type { PermissionHandler } from '../permissions/permission.ts'
import type { Tool } from '../tools/tool.ts'
import type { ToolSet } from '../tools/tool-set.ts'
import type { SessionEventHandler } from './events.ts'
import type { ElicitationHandler, UserInputHandler } from './user.ts'
import type { SystemMessageConfig } from './system-message.ts'

/** The efforts that the session API has words for. */
export const reasoningEfforts = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const

/** How hard the model should think, where it can be told. */
export type ReasoningEffort = (typeof reasoningEfforts)[number]

/** How readable the reasoning should be. */
export type ReasoningSummary = 'none' | 'concise' | 'detailed'

/** A slash command of the program: a message `/name …` runs it instead of asking the model. */
export interface CommandDefinition {
  /** Without the slash. */
  name: string
  description?: string | undefined
  handler(context: CommandContext): void | Promise<void>
}

/** How a command was called. */
export interface CommandContext {
  sessionId: string
  /** The whole message, such as `/deploy production`. */
  command: string
  commandName: string
  args: string
}

/** Keeps a long conversation within the model's context. Fractions are of the tokens that a prompt may have. */
export interface InfiniteSessionConfig {
  /** Default true. */
  enabled?: boolean | undefined
  /** From here on a summary is made while the session goes on. Default 0.80. */
  backgroundCompactionThreshold?: number | undefined
  /** From here on the next model call waits for the summary. Default 0.95. */
  bufferExhaustionThreshold?: number | undefined
}

/** What becomes of tool results that would fill the context. */
export interface LargeToolOutputConfig {
  /** Default true. */
  enabled?: boolean | undefined
  /** Bytes beyond which the text goes to a file and the model gets its beginning and the path. Default 51 200. */
  maxSizeBytes?: number | undefined
  /** Default: a folder of the session's own in the system's temporary folder, gone at `disconnect`. */
  outputDirectory?: string | undefined
}

/** Options of new and of resumed sessions alike. */
export interface SessionConfigBase {
  /** Named in the `User-Agent` to the session's own providers; to Copilot the library names itself. */
  clientName?: string | undefined
  /** Required with `provider`. Default: the model that Copilot proposes. */
  model?: string | undefined
  reasoningEffort?: ReasoningEffort | undefined
  reasoningSummary?: ReasoningSummary | undefined
  /** `long_context` raises the limit that compaction keeps to, where the model says that it has such a tier. */
  contextTier?: 'default' | 'long_context' | undefined
  tools?: Tool[] | undefined
  commands?: CommandDefinition[] | undefined
  systemMessage?: SystemMessageConfig | undefined
  /** Only these tools: names, `builtin:`, `mcp:` and `custom:` patterns, or a `ToolSet`. */
  availableTools?: string[] | ToolSet | undefined
  /** Not these; beats `availableTools`. */
  excludedTools?: string[] | ToolSet | undefined
  /** One's own key (BYOK) instead of Copilot. */
  provider?: ProviderConfig | undefined
  /** Providers beside Copilot, for `models`. Not with `provider`. */
  providers?: NamedProviderConfig[] | undefined
  models?: ProviderModelConfig[] | undefined
  /** Asked before each tool call. Without it every call is denied. */
  onPermissionRequest?: PermissionHandler | undefined
  /** Answers the model's questions: gives it the tool `ask_user`. */
  onUserInputRequest?: UserInputHandler | undefined
  /** `elicitation` gives `ask_user` a form, answered by `onElicitationRequest`. */
  askUserVariant?: 'legacy' | 'elicitation' | undefined
  /** Answers forms of MCP servers, of `session.ui`, and of `ask_user`. */
  onElicitationRequest?: ElicitationHandler | undefined
  /** Gives tokens for MCP servers that want OAuth. */
  onMcpAuthRequest?: McpAuthHandler | undefined
  hooks?: SessionHooks | undefined
  /** Relative paths of attachments start here. Default: the client's. */
  workingDirectory?: string | undefined
  /** Tells answers and reasoning as they come. Default false. */
  streaming?: boolean | undefined
  mcpServers?: Record<string, MCPServerConfig> | undefined
  /** Servers of `mcpServers` that are not started. */
  disabledMcpServers?: string[] | undefined
  infiniteSessions?: InfiniteSessionConfig | undefined
  largeOutput?: LargeToolOutputConfig | undefined
  /** AI credits (0.01 USD) that this session may use, as far as the model's prices are known. */
  sessionLimits?: { maxAiCredits?: number | undefined } | undefined
  /** Added to the system message. */
  organizationCustomInstructions?: string | undefined
  /** Another GitHub identity for this session than the client's. Not saved. */
  gitHubToken?: string | undefined
  /** Gets every event from the very first one on. */
  onEvent?: SessionEventHandler | undefined
  /** There is no telemetry here, so only `false` can be said. */
  enableSessionTelemetry?: false | undefined
}

/** Options of a new session. */
export interface SessionConfig extends SessionConfigBase {
  /** Letters, digits, `.`, `_` and `-`. Default: a new UUID. */
  sessionId?: string | undefined
}

/** Options of a session that is taken up again. What is not given is as it was saved: `model`, `reasoningEffort`. */
export interface ResumeSessionConfig extends SessionConfigBase {
  /** Tells no `session.resume` event. */
  suppressResumeEvent?: boolean | undefined
}

/** A file, folder, stretch of text or data that goes with a message. */
export type Attachment =
  | { type: 'file'; path: string; displayName?: string | undefined }
  | { type: 'directory'; path: string; displayName?: string | undefined }
  | {
      type: 'selection'
      filePath: string
      displayName: string
      /** Lines and characters from 0. */
      selection?: { start: { line: number; character: number }; end: { line: number; character: number } } | undefined
      /** The selected text; read from the file when absent. */
      text?: string | undefined
    }
  | {
      type: 'blob'
      /** Base64. */
      data: string
      mimeType: string
      displayName?: string | undefined
    }

/** A message to the model. */
export interface MessageOptions {
  prompt: string
  attachments?: Attachment[] | undefined
  /** `enqueue` (default) waits for the run under way; `immediate` is told to the model with its next call in it. */
  mode?: 'enqueue' | 'immediate' | undefined
  /** Who wrote it, for the record: messages that are not the user's count as the agent's own with Copilot. */
  source?: 'user' | 'system' | `agent-${string}` | undefined
}
