interface McpServerBase {
  /** Names of the tools to offer; absent or `['*']` for all, `[]` for none. */
  tools?: string[] | undefined
  /** Milliseconds that a tool call may take. */
  timeout?: number | undefined
}

/** A server that is started as a command and spoken to over its standard streams. */
export interface MCPStdioServerConfig extends McpServerBase {
  type?: 'local' | 'stdio' | undefined
  command: string
  args?: string[] | undefined
  /** Added to the few variables that are safe to inherit. */
  env?: Record<string, string> | undefined
  workingDirectory?: string | undefined
}

/** A server at a URL: streamable HTTP, or the older HTTP with server-sent events. */
export interface MCPHTTPServerConfig extends McpServerBase {
  type: 'http' | 'sse'
  url: string
  headers?: Record<string, string> | undefined
}

/** An MCP server of a session. */
export type MCPServerConfig = MCPStdioServerConfig | MCPHTTPServerConfig

/** Whether it is the first question, or a token did not serve (any more). */
export type McpAuthOccasion = 'initial' | 'reauth'

/** A server that asks for OAuth (it answered 401). */
export interface McpAuthRequest {
  requestId: string
  serverName: string
  serverUrl: string
  reason: McpAuthOccasion
}

/** A token for the server, or none. */
export type McpAuthResult = { kind?: 'token'; accessToken: string } | { kind: 'cancelled' }

/** Asked for a token when a server wants one. */
export type McpAuthHandler = (
  request: McpAuthRequest,
  context: { sessionId: string },
) => McpAuthResult | null | undefined | Promise<McpAuthResult | null | undefined>
