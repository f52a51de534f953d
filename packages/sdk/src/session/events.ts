import type { JsonValue } from '../tools/tool.ts'
import type { PermissionOutcome, PermissionRequest } from '../permissions/permission.ts'
import type { ReasoningEffort } from './config.ts'

/** Token counts of a prompt's parts; estimates but for `currentTokens` after an answer, which the model said itself. */
interface ContextTokens {
  /** Tokens that the conversation fills now. */
  currentTokens?: number
  /** Tokens that the model takes. */
  tokenLimit?: number
  systemTokens?: number
  conversationTokens?: number
  toolDefinitionsTokens?: number
}

/** One tool call that the model asked for. */
export interface ToolRequest {
  toolCallId: string
  name: string
  arguments?: JsonValue
  type: 'function'
  /** For tools of an MCP server. */
  mcpServerName?: string
  mcpToolName?: string
}

/** Why a compaction ran: the context filled up, or the model refused a prompt as too long. */
export type CompactionTrigger = 'threshold' | 'context_limit_retry'

/** What each kind of event says. The names and members are those of the official SDK. */
export interface SessionEventData {
  'session.start': {
    sessionId: string
    startTime: string
    producer: string
    version: number
    selectedModel?: string
    reasoningEffort?: ReasoningEffort
    context?: { cwd: string }
  }
  'session.resume': { eventCount: number; resumeTime: string; selectedModel?: string }
  'session.idle': { aborted?: boolean }
  'session.error': {
    /** A stable word: the code of the failure, such as `unauthorized` or `rate-limited`. */
    errorType: string
    /** What was wrong, where, and what to do. */
    message: string
    /** The reason word of docs/errors.md. */
    errorCode?: string
    /** HTTP status that the failure stands for. */
    statusCode?: number
    /** One sentence or command that mends it. */
    remediation?: { message: string }
    stack?: string
  }
  'session.info': { infoType: string; message: string }
  'session.warning': { warningType: string; message: string }
  'session.model_change': { previousModel?: string; newModel: string; reasoningEffort?: ReasoningEffort }
  'session.usage_info': ContextTokens & { currentTokens: number; tokenLimit: number; messagesLength: number }
  'session.compaction_start': ContextTokens & { trigger: CompactionTrigger }
  'session.compaction_complete': {
    success: boolean
    trigger: CompactionTrigger
    error?: string
    preCompactionTokens?: number
    postCompactionTokens?: number
    preCompactionMessagesLength?: number
    messagesRemoved?: number
    tokensRemoved?: number
    tokenLimit?: number
    summaryContent?: string
    compactionTokensUsed?: { inputTokens: number; outputTokens: number; cacheReadTokens?: number; model?: string }
  }
  'session.shutdown': { shutdownType: 'routine' | 'error'; sessionStartTime: number; errorReason?: string }
  'session.mcp_servers_loaded': {
    servers: { name: string; status: 'connected' | 'failed' | 'disabled'; error?: string }[]
  }
  'session_limits_exhausted.requested': { requestId: string; maxAiCredits: number; usedAiCredits: number }
  'user.message': {
    content: string
    messageId: string
    /** What the model was sent, when hooks or attachments added to it. */
    transformedContent?: string
    attachments?: { type: string; displayName?: string; path?: string }[]
    source?: string
    delivery?: 'idle' | 'steering' | 'queued'
  }
  'pending_messages.modified': Record<string, never>
  'assistant.turn_start': { turnId: string; model?: string }
  'assistant.turn_end': { turnId: string; model?: string }
  'assistant.message': {
    messageId: string
    /** The whole text, also after deltas. */
    content: string
    model?: string
    turnId?: string
    toolRequests?: ToolRequest[]
    reasoningText?: string
    outputTokens?: number
    /** The `messageId` of the user message that this answers. */
    originatingMessageId?: string
  }
  'assistant.message_delta': { messageId: string; deltaContent: string }
  'assistant.reasoning': { reasoningId: string; content: string }
  'assistant.reasoning_delta': { reasoningId: string; deltaContent: string }
  'assistant.usage': {
    model: string
    inputTokens: number
    outputTokens: number
    cacheReadTokens?: number
    cacheWriteTokens?: number
    reasoningTokens?: number
    /** AI credits (0.01 USD each), where the model's prices are known. */
    cost?: number
    /** Milliseconds. */
    duration: number
    finishReason: string
    initiator: 'user' | 'agent'
    isByok: boolean
    reasoningEffort?: ReasoningEffort
  }
  'tool.execution_start': {
    toolCallId: string
    toolName: string
    arguments?: JsonValue
    turnId?: string
    mcpServerName?: string
    mcpToolName?: string
  }
  'tool.execution_complete': {
    toolCallId: string
    success: boolean
    turnId?: string
    result?: { content: string; detailedContent?: string }
    error?: { message: string; code?: string }
  }
  'external_tool.requested': {
    requestId: string
    sessionId: string
    toolCallId: string
    toolName: string
    arguments?: JsonValue
  }
  'external_tool.completed': { requestId: string }
  'permission.requested': { requestId: string; permissionRequest: PermissionRequest; resolvedByHook?: boolean }
  'permission.completed': { requestId: string; toolCallId?: string; result: PermissionOutcome }
  'user_input.requested': {
    requestId: string
    question: string
    choices?: string[]
    allowFreeform?: boolean
    toolCallId?: string
  }
  'user_input.completed': { requestId: string; answer?: string; wasFreeform?: boolean }
  'elicitation.requested': { requestId: string; message: string; elicitationSource?: string; mode?: 'form' | 'url' }
  'elicitation.completed': { requestId: string; action?: 'accept' | 'decline' | 'cancel' }
  'command.execute': { requestId: string; command: string; commandName: string; args: string }
  'command.completed': { requestId: string }
  abort: { reason: 'user_initiated' }
}

/** Every event type that a session emits. */
export type SessionEventType = keyof SessionEventData

/** An event of one type. */
export interface SessionEventPayload<T extends SessionEventType> {
  id: string
  type: T
  /** ISO 8601. */
  timestamp: string
  /** The event before it, of those that are kept; null for the first. */
  parentId: string | null
  /** True for what is only told as it happens: deltas, idle, usage. Neither kept nor saved. */
  ephemeral?: boolean
  data: SessionEventData[T]
}

/** Anything that happens in a session; switch on `type`. */
export type SessionEvent = { [T in SessionEventType]: SessionEventPayload<T> }[SessionEventType]

/** The final answer of one model call. */
export type AssistantMessageEvent = SessionEventPayload<'assistant.message'>

/** Takes every event. */
export type SessionEventHandler = (event: SessionEvent) => void

/** Takes the events of one type. */
export type TypedSessionEventHandler<T extends SessionEventType> = (event: SessionEventPayload<T>) => void

/** Types that are told and not kept. */
export const ephemeralTypes: ReadonlySet<SessionEventType> = new Set([
  'session.idle',
  'session.usage_info',
  'assistant.usage',
  'assistant.message_delta',
  'assistant.reasoning_delta',
  'pending_messages.modified',
  'permission.requested',
  'permission.completed',
  'external_tool.requested',
  'external_tool.completed',
  'user_input.requested',
  'user_input.completed',
  'elicitation.requested',
  'elicitation.completed',
  'command.execute',
  'command.completed',
  'session_limits_exhausted.requested',
  'session.mcp_servers_loaded',
] satisfies SessionEventType[])
