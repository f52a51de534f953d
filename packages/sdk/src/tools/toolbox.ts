import type { JsonObject } from '@crossfeed/protocols'
import { invalidConfig } from '../invalid-config.ts'
import type { McpTool } from '../mcp/servers.ts'
import { schemaOf, type Tool } from './tool.ts'
import { createToolFilter, type ToolSet, type ToolSource } from './tool-set.ts'

/** A tool as the model sees it, and who runs it. */
export interface OfferedTool {
  readonly name: string
  readonly source: ToolSource
  readonly description: string
  readonly schema: JsonObject
  /** For `builtin` and `custom`. */
  readonly tool?: Tool
  /** For `mcp`. */
  readonly mcp?: McpTool
}

/** Names that the SDK's own tools have. */
const builtInNames: ReadonlySet<string> = new Set(['ask_user'])

/** Where the tools of a session come from. */
export interface ToolSources {
  readonly builtIn: readonly Tool[]
  readonly custom: readonly Tool[]
  readonly mcp: readonly McpTool[]
  readonly available: readonly string[] | ToolSet | undefined
  readonly excluded: readonly string[] | ToolSet | undefined
}

/**
 * The tools that a session offers, by name, in an order that does not change. Throws `session-config` for a name that is
 * missing, given twice, or that of a built-in tool without `overridesBuiltInTool`.
 */
export function createToolbox(sources: ToolSources): ReadonlyMap<string, OfferedTool> {
  const allows = createToolFilter(sources.available, sources.excluded)
  const tools = new Map<string, OfferedTool>()
  const add = (offered: OfferedTool): void => {
    const known = tools.get(offered.name)
    if (known && known.source !== 'builtin')
      throw invalidConfig(`two tools are named ${offered.name}.`, 'Give each tool a name of its own.')
    if (allows(offered.source, offered.name)) tools.set(offered.name, offered)
  }
  for (const tool of sources.builtIn) add(offer(tool, 'builtin'))
  for (const tool of sources.custom) {
    if (typeof tool.name !== 'string' || tool.name === '') throw invalidConfig('a tool has no name.')
    if (builtInNames.has(tool.name) && tool.overridesBuiltInTool !== true) {
      throw invalidConfig(
        `the tool ${tool.name} has the name of a built-in tool.`,
        'Set overridesBuiltInTool: true to take its place, or choose another name.',
      )
    }
    add(offer(tool, 'custom'))
  }
  for (const mcp of sources.mcp) {
    add({ name: mcp.name, source: 'mcp', description: mcp.description, schema: mcp.schema, mcp })
  }
  return tools
}

function offer(tool: Tool, source: ToolSource): OfferedTool {
  return { name: tool.name, source, description: tool.description ?? '', schema: schemaOf(tool), tool }
}
