import type { ToolResultObject } from '../tools/tool.ts'

/** What every hook is told. */
export interface BaseHookInput {
  sessionId: string
  timestamp: Date
  workingDirectory: string
}

/** A hook: asked with `input`, it says what to change, or nothing. What it throws is told as a `session.warning`. */
export type Hook<Input, Output> = (
  input: Input,
  invocation: { sessionId: string },
) => Output | void | Promise<Output | void>

export interface PreToolUseHookInput extends BaseHookInput {
  toolName: string
  toolArgs: unknown
}

export interface PreToolUseHookOutput {
  /** `allow` runs without asking, `deny` does not run, `ask` asks even where `skipPermission` is set. */
  permissionDecision?: 'allow' | 'deny' | 'ask' | undefined
  permissionDecisionReason?: string | undefined
  /** Arguments to use instead. */
  modifiedArgs?: unknown
  /** Added to what the model reads of the result. */
  additionalContext?: string | undefined
}

export interface PreMcpToolCallHookInput extends BaseHookInput {
  toolCallId?: string
  serverName: string
  toolName: string
  arguments: unknown
}

export interface PreMcpToolCallHookOutput {
  /** `_meta` of the request to the server; null for none. */
  metaToUse?: Record<string, unknown> | null | undefined
}

export interface PostToolUseHookInput extends BaseHookInput {
  toolName: string
  toolArgs: unknown
  toolResult: ToolResultObject
}

export interface PostToolUseHookOutput {
  /** Takes the place of the result. */
  modifiedResult?: ToolResultObject | undefined
  additionalContext?: string | undefined
}

export interface PostToolUseFailureHookInput extends BaseHookInput {
  toolName: string
  toolArgs: unknown
  /** The result's `error`, else its text. */
  error: string
}

export interface PostToolUseFailureHookOutput {
  additionalContext?: string | undefined
}

export interface UserPromptSubmittedHookInput extends BaseHookInput {
  prompt: string
}

export interface UserPromptSubmittedHookOutput {
  modifiedPrompt?: string | undefined
  additionalContext?: string | undefined
}

export interface UserPromptTransformedHookInput extends BaseHookInput {
  prompt: string
  /** The text as the model would get it, with the attachments' text and what hooks added. */
  transformedPrompt: string
}

export interface UserPromptTransformedHookOutput {
  modifiedTransformedPrompt?: string | undefined
}

export interface SessionStartHookInput extends BaseHookInput {
  source: 'startup' | 'resume' | 'new'
}

export interface SessionStartHookOutput {
  /** Added to the system message. */
  additionalContext?: string | undefined
}

/** How a session ended: after its work, after a failure, in the middle of a run. */
export type SessionEnd = 'complete' | 'error' | 'abort' | 'timeout' | 'user_exit'

export interface SessionEndHookInput extends BaseHookInput {
  reason: SessionEnd
  finalMessage?: string
  error?: string
}

export interface SessionEndHookOutput {
  /** Kept as the summary of the saved session. */
  sessionSummary?: string | undefined
}

export interface ErrorOccurredHookInput extends BaseHookInput {
  error: string
  errorContext: 'model_call' | 'tool_execution' | 'system' | 'user_input'
  /** Whether a new try may help. */
  recoverable: boolean
}

export interface ErrorOccurredHookOutput {
  /** `retry` asks the model again (at most `retryCount` times, once by default); `skip` ends the run without an error. */
  errorHandling?: 'retry' | 'skip' | 'abort' | undefined
  retryCount?: number | undefined
  /** Told as a `session.info` event. */
  userNotification?: string | undefined
}

export interface AgentStopHookInput extends BaseHookInput {
  stopReason?: string
  /** This stop follows one that a hook has blocked. */
  stopHookActive?: boolean
}

export interface AgentStopHookOutput {
  /** `block` goes on with `reason` as the next message; at most eight times in a row. */
  decision?: 'block' | undefined
  reason?: string | undefined
}

/** Handlers for the moments of a session. */
export interface SessionHooks {
  /** Before a tool runs. */
  onPreToolUse?: Hook<PreToolUseHookInput, PreToolUseHookOutput> | undefined
  /** Before an MCP server is called. */
  onPreMcpToolCall?: Hook<PreMcpToolCallHookInput, PreMcpToolCallHookOutput> | undefined
  /** After a tool succeeded. */
  onPostToolUse?: Hook<PostToolUseHookInput, PostToolUseHookOutput> | undefined
  /** After a tool failed; not after one that was denied. */
  onPostToolUseFailure?: Hook<PostToolUseFailureHookInput, PostToolUseFailureHookOutput> | undefined
  /** When a message is sent. */
  onUserPromptSubmitted?: Hook<UserPromptSubmittedHookInput, UserPromptSubmittedHookOutput> | undefined
  /** When the message has its final form, before it is kept and sent to the model. */
  onUserPromptTransformed?: Hook<UserPromptTransformedHookInput, UserPromptTransformedHookOutput> | undefined
  /** When the session is created or resumed. */
  onSessionStart?: Hook<SessionStartHookInput, SessionStartHookOutput> | undefined
  /** When the session is disconnected. */
  onSessionEnd?: Hook<SessionEndHookInput, SessionEndHookOutput> | undefined
  /** When a model call failed. */
  onErrorOccurred?: Hook<ErrorOccurredHookInput, ErrorOccurredHookOutput> | undefined
  /** When the model has nothing more to do. */
  onAgentStop?: Hook<AgentStopHookInput, AgentStopHookOutput> | undefined
}
