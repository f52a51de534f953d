import { randomUUID } from 'node:crypto'
import { resolve } from 'node:path'
import type { AuthProvider, Client, Transport } from '@modelcontextprotocol/client'
import { isObject, type Json, type JsonObject } from '@crossfeed/protocols'
import { invalidConfig } from '../invalid-config.ts'
import type { EventLog } from '../session/event-log.ts'
import type { Elicit, ElicitationResult, ElicitationSchema } from '../session/user.ts'
import { convertMcpCallToolResult, type McpCallToolResult } from '../tools/result.ts'
import type { ToolResultObject } from '../tools/tool.ts'
import { version } from '../version.ts'
import type { McpAuthHandler, MCPHTTPServerConfig, MCPServerConfig, MCPStdioServerConfig } from './config.ts'

/** A tool of an MCP server, as a session offers it. */
export interface McpTool {
  /** `<server>-<tool>`. */
  readonly name: string
  readonly server: string
  /** Its name at the server. */
  readonly toolName: string
  readonly title: string
  readonly description: string
  readonly schema: JsonObject
  readonly readOnly: boolean
  /** Calls it with `_meta` where there is one. Rejects when the server cannot be reached or refuses the call. */
  call(args: Json, meta: Record<string, unknown> | undefined, signal: AbortSignal): Promise<ToolResultObject>
}

/** The MCP servers of one session. */
export interface McpServers {
  readonly tools: readonly McpTool[]
  close(): Promise<void>
}

/** What the servers need of their session. */
export interface McpOptions {
  readonly servers: Readonly<Record<string, MCPServerConfig>>
  readonly disabled: readonly string[]
  readonly sessionId: string
  readonly workingDirectory: string
  readonly log: EventLog
  /** Absent when the program shows no forms. */
  readonly elicit: Elicit | undefined
  readonly onAuth: McpAuthHandler | undefined
}

/** Milliseconds that a tool call may take where the configuration says nothing. */
const callTimeout = 60_000

/**
 * Connects to every server at once. One that fails is told by `session.mcp_servers_loaded` and a `session.warning`; the session
 * goes on without its tools. Throws `session-config` for a configuration that is neither a command nor a URL.
 */
export async function connectServers(options: McpOptions): Promise<McpServers> {
  const names = Object.keys(options.servers)
  if (names.length === 0) return { tools: [], close: async () => {} }
  const clients: Client[] = []
  const tools: McpTool[] = []
  for (const [name, config] of Object.entries(options.servers)) check(name, config)
  const servers = await Promise.all(
    Object.entries(options.servers).map(async ([name, config]) => {
      if (options.disabled.includes(name)) return { name, status: 'disabled' as const }
      try {
        const client = await connect(name, config, options)
        clients.push(client)
        tools.push(...(await listTools(name, config, client)))
        return { name, status: 'connected' as const }
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error)
        const message = `The MCP server ${name} could not be used: ${why}`
        options.log.emit('session.warning', { warningType: 'mcp', message })
        return { name, status: 'failed' as const, error: why }
      }
    }),
  )
  options.log.emit('session.mcp_servers_loaded', { servers })
  // Servers answer in any order; the model's tool list must not depend on it, or its prompt cache would.
  tools.sort((a, b) => names.indexOf(a.server) - names.indexOf(b.server))
  return {
    tools: withoutDoubles(tools, options.log),
    async close() {
      await Promise.allSettled(clients.map((client) => client.close()))
    },
  }
}

function isHttp(config: MCPServerConfig): config is MCPHTTPServerConfig {
  return config.type === 'http' || config.type === 'sse'
}

function check(name: string, config: MCPServerConfig): void {
  const where = `mcpServers.${name}`
  if (isHttp(config)) {
    if (!URL.canParse(config.url)) throw invalidConfig(`${where}.url is no address.`)
  } else if (typeof config.command !== 'string' || config.command === '') {
    throw invalidConfig(`${where} has neither a command nor type 'http' with a url.`)
  }
}

async function connect(name: string, config: MCPServerConfig, options: McpOptions): Promise<Client> {
  // Loaded only by sessions that have servers: most have none.
  const { Client: McpClient } = await import('@modelcontextprotocol/client')
  const client = new McpClient(
    { name: 'crossfeed-sdk', version },
    { capabilities: options.elicit ? { elicitation: { form: {}, url: {} } } : {} },
  )
  const { elicit } = options
  if (elicit) {
    client.setRequestHandler('elicitation/create', async ({ params }) => {
      const source = { message: params.message, elicitationSource: name }
      const result: ElicitationResult =
        params.mode === 'url'
          ? await elicit({ ...source, mode: 'url', url: params.url })
          : // The cast holds: both types describe MCP's forms (its schema of elicitation/create); ours has all members in one type.
            await elicit({ ...source, requestedSchema: params.requestedSchema as unknown as ElicitationSchema })
      return { action: result.action, ...(result.content === undefined ? {} : { content: result.content }) }
    })
  }
  const transport = isHttp(config)
    ? await httpTransport(name, config, options)
    : await stdioTransport(config, options.workingDirectory)
  await client.connect(transport)
  return client
}

async function stdioTransport(config: MCPStdioServerConfig, folder: string): Promise<Transport> {
  const { StdioClientTransport, getDefaultEnvironment } = await import('@modelcontextprotocol/client/stdio')
  return new StdioClientTransport({
    command: config.command,
    args: config.args ?? [],
    env: { ...getDefaultEnvironment(), ...config.env },
    cwd: resolve(folder, config.workingDirectory ?? '.'),
    // What a server says on its error stream is for its author; a library prints nothing by itself.
    stderr: 'ignore',
  })
}

async function httpTransport(name: string, config: MCPHTTPServerConfig, options: McpOptions): Promise<Transport> {
  const { SSEClientTransport, StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client')
  const authProvider = options.onAuth && createAuth(name, config.url, options.onAuth, options.sessionId)
  const settings = { requestInit: { headers: config.headers ?? {} }, ...(authProvider ? { authProvider } : {}) }
  const url = new URL(config.url)
  return config.type === 'sse'
    ? new SSEClientTransport(url, settings)
    : new StreamableHTTPClientTransport(url, settings)
}

/** Tokens from the program, asked for when the server wants one and kept in memory only. */
function createAuth(serverName: string, serverUrl: string, handler: McpAuthHandler, sessionId: string): AuthProvider {
  let token: string | undefined
  return {
    token: async () => token,
    async onUnauthorized() {
      const occasion = token === undefined ? 'initial' : 'reauth'
      const answer = await handler({ requestId: randomUUID(), serverName, serverUrl, reason: occasion }, { sessionId })
      token = answer && 'accessToken' in answer ? answer.accessToken : undefined
      if (token === undefined) throw new Error('It wants a token, and onMcpAuthRequest gave none.')
    },
  }
}

async function listTools(server: string, config: MCPServerConfig, client: Client): Promise<McpTool[]> {
  const wanted = config.tools
  // Asked all the same, the library would write to the program's output.
  if (client.getServerCapabilities()?.tools === undefined) return []
  const { tools } = await client.listTools()
  return tools
    .filter(({ name }) => wanted === undefined || wanted.includes('*') || wanted.includes(name))
    .map((tool) => ({
      name: offeredName(server, tool.name),
      server,
      toolName: tool.name,
      title: tool.title ?? tool.annotations?.title ?? tool.name,
      description: tool.description ?? '',
      // Came as JSON, so it is JSON.
      schema: tool.inputSchema as JsonObject,
      readOnly: tool.annotations?.readOnlyHint === true,
      async call(args, meta, signal) {
        const answer = await client.callTool(
          {
            name: tool.name,
            arguments: isObject(args) ? { ...args } : {},
            ...(meta === undefined ? {} : { _meta: meta }),
          },
          { signal, timeout: config.timeout ?? callTimeout },
        )
        // The blocks were checked by the library against the specification that McpContent follows.
        return convertMcpCallToolResult(answer as McpCallToolResult)
      },
    }))
}

/** `<server>-<tool>`, in the letters and the length that every protocol allows for a tool's name. */
function offeredName(server: string, tool: string): string {
  return `${server}-${tool}`.replaceAll(/[^\w-]/g, '_').slice(0, 64)
}

function withoutDoubles(tools: readonly McpTool[], log: EventLog): readonly McpTool[] {
  const seen = new Set<string>()
  return tools.filter(({ name, server, toolName }) => {
    if (!seen.has(name)) return seen.add(name)
    const message = `The tool ${toolName} of the MCP server ${server} is left out: another one is named ${name}.`
    log.emit('session.warning', { warningType: 'mcp', message })
    return false
  })
}
