import type { JsonObject } from '@crossfeed/protocols'

/** Any JSON value. */
export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue }

/** How a tool call ended. */
export type ToolResultType = 'success' | 'failure' | 'rejected' | 'denied' | 'timeout'

/** An image or another file that a tool gives to the model. */
export interface ToolBinaryResult {
  /** Base64. */
  data: string
  mimeType: string
  type: 'image' | 'resource'
  description?: string | undefined
}

/** A tool's result with all that can be said of it. */
export interface ToolResultObject {
  textResultForLlm: string
  binaryResultsForLlm?: ToolBinaryResult[] | undefined
  resultType: ToolResultType
  /** What failed; for events and hooks. */
  error?: string | undefined
  /** A longer text for events, which the model does not see. */
  sessionLog?: string | undefined
}

/** What a handler is told besides its arguments. */
export interface ToolInvocation {
  sessionId: string
  toolCallId: string
  toolName: string
  /** The arguments as the model gave them, or as a hook changed them. */
  arguments: unknown
  /** Aborted when the run is aborted or the session disconnects. */
  signal: AbortSignal
}

/**
 * Runs a tool. Gives a text, any JSON value (written as JSON for the model) or a `ToolResultObject`. What it throws becomes a
 * failed result, and the model reads the message.
 */
export type ToolHandler<TArgs = unknown> = (args: TArgs, invocation: ToolInvocation) => unknown

/** A schema object that can tell its JSON Schema, such as one of Zod 4. */
export interface ZodSchema<T = unknown> {
  readonly _output: T
  toJSONSchema(): Record<string, unknown>
}

/** What a tool's definition may say besides its name. */
export interface ToolOptions<TArgs = unknown> {
  description?: string | undefined
  /** A Zod schema, which also checks the arguments, or a JSON Schema; absent for a tool without arguments. */
  parameters?: ZodSchema<TArgs> | Record<string, unknown> | undefined
  /** Absent for a tool that is only declared: its calls wait for `session.rpc.tools.handlePendingToolCall`. */
  // A method, so that tools with arguments of any type can stand in one list.
  handler?(args: TArgs, invocation: ToolInvocation): unknown
  /** Needed to take the name of a built-in tool (`ask_user`). */
  overridesBuiltInTool?: boolean | undefined
  /** Runs without asking for permission. */
  skipPermission?: boolean | undefined
  /** A successful call ends the run: its result is not sent to the model for another answer. */
  isTerminal?: boolean | undefined
  /** Kept as it is and read by nobody here. */
  metadata?: Record<string, unknown> | undefined
  /** Tools are always sent in full here: `never` says so, and `auto` asks for nothing else. */
  defer?: 'auto' | 'never' | undefined
}

/** A tool that the model may call. */
export interface Tool<TArgs = unknown> extends ToolOptions<TArgs> {
  name: string
}

/**
 * A tool whose handler gets arguments of its schema's type.
 *
 * @param name What the model calls it; letters, digits, `_` and `-`.
 * @param config Description, parameters, handler and switches.
 * @returns The tool, for the `tools` of a session.
 */
export function defineTool<T = unknown>(name: string, config: ToolOptions<T>): Tool<T> {
  return { name, ...config }
}

/** The JSON Schema of a tool's arguments; an object without members where none is given. */
export function schemaOf(tool: Tool): JsonObject {
  const { parameters } = tool
  if (parameters === undefined) return { type: 'object', properties: {} }
  const schema = isZodSchema(parameters) ? parameters.toJSONSchema() : parameters
  // A JSON Schema is JSON: what else a caller put in would not survive the way to the model either.
  return schema as JsonObject
}

/** Whether parameters are a schema object rather than a JSON Schema. */
export function isZodSchema(parameters: object): parameters is ZodSchema {
  return 'toJSONSchema' in parameters && typeof parameters.toJSONSchema === 'function'
}
