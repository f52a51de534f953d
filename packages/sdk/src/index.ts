export { CopilotClient, createClient } from './client/client.ts'
export type { GetAuthStatusResponse } from './client/client.ts'
export type { SessionListFilter, SessionMetadata } from './client/session-metadata.ts'
export type { SessionLifecycleEvent, SessionLifecycleEventType, SessionLifecycleHandler } from './client/lifecycle.ts'
export type { ModelCapabilities, ModelInfo, ModelInfoGiven } from './client/model-info.ts'
export type { CopilotClientOptions } from './client/options.ts'
export { query, withClientSession, type ClientSessionConfig, type QueryOptions } from './query.ts'

export type {
  BearerTokenProvider,
  NamedProviderConfig,
  ProviderConfig,
  ProviderModelConfig,
  ProviderTokenArgs,
} from './byok/config.ts'
export { CopilotSession, type SessionCapabilities, type SessionRpc } from './session/session.ts'
export type {
  Attachment,
  CommandContext,
  CommandDefinition,
  InfiniteSessionConfig,
  LargeToolOutputConfig,
  MessageOptions,
  ReasoningEffort,
  ReasoningSummary,
  ResumeSessionConfig,
  SessionConfig,
  SessionConfigBase,
} from './session/config.ts'
export type {
  AssistantMessageEvent,
  CompactionTrigger,
  SessionEvent,
  SessionEventData,
  SessionEventHandler,
  SessionEventPayload,
  SessionEventType,
  ToolRequest,
  TypedSessionEventHandler,
} from './session/events.ts'
export {
  SYSTEM_MESSAGE_SECTIONS,
  type SectionOverride,
  type SectionOverrideAction,
  type SectionTransformFn,
  type SystemMessageAppendConfig,
  type SystemMessageConfig,
  type SystemMessageCustomizeConfig,
  type SystemMessageReplaceConfig,
  type SystemMessageSection,
} from './session/system-message.ts'
export type {
  ElicitationContext,
  ElicitationFieldValue,
  ElicitationHandler,
  ElicitationParams,
  ElicitationResult,
  ElicitationSchema,
  ElicitationSchemaField,
  SessionUiApi,
  UiInputOptions,
  UserInputHandler,
  UserInputRequest,
  UserInputResponse,
} from './session/user.ts'
export type * from './hooks/hooks.ts'
export type {
  McpAuthHandler,
  McpAuthOccasion,
  McpAuthRequest,
  McpAuthResult,
  MCPHTTPServerConfig,
  MCPServerConfig,
  MCPStdioServerConfig,
} from './mcp/config.ts'
export {
  approveAll,
  type PermissionHandler,
  type PermissionOutcome,
  type PermissionRequest,
  type PermissionRequestResult,
} from './permissions/permission.ts'
export { convertMcpCallToolResult, type McpCallToolResult, type McpContent } from './tools/result.ts'
export {
  defineTool,
  type JsonValue,
  type Tool,
  type ToolBinaryResult,
  type ToolHandler,
  type ToolInvocation,
  type ToolOptions,
  type ToolResultObject,
  type ToolResultType,
  type ZodSchema,
} from './tools/tool.ts'
export { BuiltInTools, ToolSet } from './tools/tool-set.ts'

export { createLite, type Lite } from './litellm/lite.ts'
export {
  close,
  completion,
  countTokens,
  embedding,
  messages,
  responses,
  // By the names of LiteLLM's asynchronous functions.
  completion as acompletion,
  embedding as aembedding,
  responses as aresponses,
} from './litellm/default-instance.ts'
export { Router, type FallbackList, type RouterOptions } from './litellm/router.ts'
export type { ModelListEntry, ModelListParams } from './litellm/deployments.ts'
export type { DeviceCode } from './litellm/copilot-sign-in.ts'
export type { CallOptions, Calls, CountedTokens, CountRequest, ReplyFacts } from './litellm/options.ts'
export type { ReplyStream } from './litellm/reply-stream.ts'
export type { OwnProvider } from './litellm/own-provider.ts'
export type { LiteOptions } from './litellm/supplies.ts'
export {
  APIConnectionError,
  APIError,
  AuthenticationError,
  BadRequestError,
  ContentPolicyViolationError,
  ContextWindowExceededError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  ServiceUnavailableError,
  Timeout,
  type APIErrorFacts,
} from './litellm/errors.ts'
export { GatewayError, type ErrorCode } from '@crossfeed/protocols'
