import { asObject, asObjects, asString, type JsonObject } from '../../core/json.ts'
import type { ReportLoss } from '../../core/loss.ts'
import type { NativeTool, Prompt, Tool } from '../../core/prompt.ts'
import type { ProtocolId } from '../../core/protocol.ts'
import { tellMcpCalls } from './mcp-history.ts'
import { allowedOf, allowedUnasked, isEverUnasked, type Allowed } from './mcp-permissions.ts'

/** A prompt whose remote MCP servers are the target's own, and how they are called there. */
export interface CarriedServers {
  readonly prompt: Prompt
  /** Names at the target, with those that the client gave. */
  readonly names: ReadonlyMap<string, string>
}

/**
 * The prompt with the remote MCP servers that the client lets its provider call, in the words of the target: tools of type `mcp`
 * in Responses (which LiteLLM and Groq take in Chat Completions too); `mcp_servers` and tools of type `mcp_toolset` in Messages, whose calls nobody is asked to approve. A server that
 * the target could only be given with more rights than the client granted is left out, and reported. Undefined where there is
 * none to carry.
 */
export function carryServers(
  prompt: Prompt,
  from: ProtocolId,
  to: ProtocolId,
  lose: ReportLoss,
): CarriedServers | undefined {
  if (to === 'messages') return toMessages(prompt, lose)
  if (to === 'chat') return undefined
  return from === 'chat' ? renamed(prompt, lose) : toResponses(prompt, lose)
}

function toMessages(prompt: Prompt, lose: ReportLoss): CarriedServers | undefined {
  if (!prompt.tools.some(isMcp)) return undefined
  const names = new Map<string, string>()
  const servers: JsonObject[] = []
  const tools = prompt.tools.flatMap((tool, index): readonly Tool[] => {
    if (!isMcp(tool)) return [tool]
    const path = `tools[${index}]`
    const { value } = tool
    const name = asString(value['server_label'])
    const url = asString(value['server_url'])
    if (name === undefined || url === undefined || names.has(name)) {
      lose({ path, why: 'Messages reaches an MCP server by its address only, and each once' })
      return []
    }
    const allowed = allowedUnasked(value, path, lose)
    if (!allowed) return []
    names.set(name, name)
    servers.push({ type: 'url', name, url, ...tokenOf(value, path, lose) })
    for (const member of ['server_description', 'defer_loading', 'tunnel_id'])
      if (value[member]) lose({ path: `${path}.${member}`, why: 'an MCP server of Messages has no such member' })
    return [{ kind: 'native', protocol: 'messages', value: toolset(name, allowed) }]
  })
  const own = { ...prompt.extras?.messages, mcp_servers: servers }
  const carried: Prompt =
    servers.length === 0 ? { ...prompt, tools } : { ...prompt, tools, extras: { ...prompt.extras, messages: own } }
  return { prompt: tellMcpCalls(carried, 'messages', names), names }
}

function isMcp(tool: Tool): tool is NativeTool {
  return tool.kind === 'native' && tool.protocol !== 'messages' && tool.value['type'] === 'mcp'
}

/** The servers that a client of Chat Completions names as Responses does; its answers hold no wish for an approval. */
function renamed(prompt: Prompt, lose: ReportLoss): CarriedServers | undefined {
  if (!prompt.tools.some(isMcp)) return undefined
  const tools = prompt.tools.flatMap((tool, index): readonly Tool[] => {
    if (!isMcp(tool)) return [tool]
    if (isEverUnasked(tool.value)) return [{ ...tool, protocol: 'responses' }]
    const why = 'nobody can be asked to approve calls in Chat Completions, so a server whose calls need it was left out'
    lose({ path: `tools[${index}]`, why })
    return []
  })
  return { prompt: { ...prompt, tools }, names: new Map() }
}

function toolset(name: string, allowed: Allowed): JsonObject {
  const head = { type: 'mcp_toolset', mcp_server_name: name }
  if ('only' in allowed) return { ...head, default_config: { enabled: false }, configs: switched(allowed.only, true) }
  return allowed.but.length === 0 ? head : { ...head, configs: switched(allowed.but, false) }
}

function switched(names: readonly string[], enabled: boolean): JsonObject {
  return Object.fromEntries(names.map((name) => [name, { enabled }]))
}

const bearer = /^bearer\s+/i

/** The one thing of its headers that Messages sends a server: a bearer token. */
function tokenOf(tool: JsonObject, path: string, lose: ReportLoss): JsonObject {
  const headers = Object.entries(asObject(tool['headers']) ?? {})
  const [, said] = headers.find(([name, value]) => name.toLowerCase() === 'authorization' && isBearer(value)) ?? []
  if (headers.some(([, value]) => value !== said))
    lose({ path: `${path}.headers`, why: 'Messages sends an MCP server no headers but a bearer token' })
  const token = asString(tool['authorization']) ?? asString(said)?.replace(bearer, '')
  return token === undefined ? {} : { authorization_token: token }
}

function isBearer(value: unknown): boolean {
  return typeof value === 'string' && bearer.test(value)
}

function toResponses(prompt: Prompt, lose: ReportLoss): CarriedServers | undefined {
  const { mcp_servers: listed, ...others } = prompt.extras?.messages ?? {}
  const servers = asObjects(listed)
  if (servers.length === 0) return undefined
  const names = new Map<string, string>()
  const written = new Map<string, Tool>()
  for (const [index, server] of servers.entries()) {
    const path = `mcp_servers[${index}]`
    const name = asString(server['name'])
    const url = asString(server['url'])
    if (name === undefined || url === undefined || written.has(name)) {
      lose({ path, why: 'Responses reaches an MCP server by its address only, and each once' })
      continue
    }
    const toolset = prompt.tools.find((tool) => isToolset(tool) && tool.value['mcp_server_name'] === name)
    const allowed = allowedOf(server, toolset?.kind === 'native' ? toolset.value : undefined, path, lose)
    if (!allowed) continue
    const label = labelOf(name, names)
    names.set(label, name)
    written.set(name, { kind: 'native', protocol: 'responses', value: asTool(server, label, url, allowed.names) })
  }
  const placed = new Set<string>()
  const tools = prompt.tools.flatMap((tool): readonly Tool[] => {
    const name = isToolset(tool) ? asString(tool.value['mcp_server_name']) : undefined
    if (name === undefined || !servers.some((server) => server['name'] === name)) return [tool]
    const carried = placed.has(name) ? undefined : written.get(name)
    placed.add(name)
    return carried ? [carried] : []
  })
  for (const [name, tool] of written) if (!placed.has(name)) tools.push(tool)
  const carried: Prompt = { ...prompt, tools, extras: { ...prompt.extras, messages: others } }
  return {
    prompt: tellMcpCalls(carried, 'responses', new Map([...names].map(([label, name]) => [name, label]))),
    names,
  }
}

function isToolset(tool: Tool): tool is NativeTool {
  return tool.kind === 'native' && tool.protocol === 'messages' && tool.value['type'] === 'mcp_toolset'
}

/** What Messages calls without asking is to be called so here too, where the default is to ask. */
function asTool(server: JsonObject, label: string, url: string, allowed: readonly string[] | undefined): JsonObject {
  const token = asString(server['authorization_token'])
  return {
    type: 'mcp',
    server_label: label,
    server_url: url,
    ...(token === undefined ? {} : { authorization: token }),
    ...(allowed ? { allowed_tools: allowed } : {}),
    require_approval: 'never',
  }
}

/** A label that OpenAI takes: letters, digits, `-` and `_`, a letter first. */
function labelOf(name: string, taken: ReadonlyMap<string, string>): string {
  const clean = name.replace(/[^A-Za-z0-9_-]/g, '_').replace(/^(?![A-Za-z])/, 'mcp_')
  let label = clean
  for (let count = 2; taken.has(label); count++) label = `${clean}_${count}`
  return label
}
