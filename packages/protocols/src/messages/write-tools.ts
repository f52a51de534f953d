import { asString, isObject, type JsonObject, type MutableJson } from '../core/json.ts'
import { asksNothing } from '../core/unsaid.ts'
import type { CustomTool, FunctionTool, Tool, WebSearchTool } from '../core/prompt.ts'
import { noTools, spareSearches } from '../core/spare-searches.ts'
import { restore, writeCache } from './extras.ts'
import { withoutMark } from './write-content.ts'
import type { WriteContext } from './write-context.ts'

/** The web search that a client of another protocol gets: the version that every model with the tool has. */
const plainWebSearch = 'web_search_20250305'

/** Typed tools that the provider runs. The others (bash, text_editor, computer, memory) are run by the client. */
const hosted = /^(?:web_search|web_fetch|code_execution|advisor)_|^mcp_toolset$/

/** The tools of a request; those that the target has not are reported. */
export function writeTools(tools: readonly Tool[], context: WriteContext): readonly JsonObject[] {
  const spare = context.traits.hostedTools ? spareSearches(tools, 'Messages', context.lose) : noTools
  return tools.flatMap((tool, index) => {
    if (spare.has(tool)) return []
    const written = writeTool(tool, context, `tools[${index}]`)
    return written ? [written] : []
  })
}

function writeTool(tool: Tool, context: WriteContext, path: string): JsonObject | undefined {
  switch (tool.kind) {
    case 'function':
      return writeFunction(tool, context, path)
    case 'custom':
      return writeCustom(tool, context, path)
    case 'web-search':
      return writeWebSearch(tool, context, path)
    case 'namespace':
      if (tool.description) context.lose({ path: `${path}.description`, why: 'Messages has no groups of tools' })
      return undefined
    case 'native':
      if (tool.protocol !== 'messages') {
        const type = asString(tool.value['type']) ?? 'this'
        context.lose({ path, why: `Messages has no tool like ${type} of ${tool.protocol}` })
        return undefined
      }
      if (!context.traits.hostedTools && hosted.test(asString(tool.value['type']) ?? '')) {
        context.lose({ path, why: 'the provider runs no tools' })
        return undefined
      }
      return marked(tool, context, tool.value)
  }
}

function marked(tool: Tool, context: WriteContext, written: JsonObject): JsonObject {
  return context.marks.has(tool) || !isObject(written['cache_control']) ? written : withoutMark(written)
}

function writeFunction(tool: FunctionTool, context: WriteContext, path: string): JsonObject {
  const strict = tool.strict === true ? context.strictness.ofTool(tool.schema ?? {}, `${path}.strict`) : undefined
  const written: MutableJson = { name: tool.name }
  if (tool.description !== undefined) written['description'] = tool.description
  written['input_schema'] = asInputSchema(strict ?? tool.schema)
  if (strict) written['strict'] = true
  if (tool.cache) written['cache_control'] = writeCache(tool.cache)
  return marked(tool, context, restore(written, tool.extras))
}

/** The schema as the API accepts it: it must say that it is an object. */
function asInputSchema(schema: JsonObject | undefined): JsonObject {
  if (!schema) return { type: 'object', properties: {} }
  return schema['type'] === undefined ? { type: 'object', ...schema } : schema
}

function writeCustom(tool: CustomTool, context: WriteContext, path: string): JsonObject {
  context.lose({ path, why: 'Messages has no free-text tools; the text became the one argument of a function' })
  const written: MutableJson = { name: tool.name }
  if (tool.description !== undefined) written['description'] = tool.description
  const properties = { input: { type: 'string' } }
  written['input_schema'] = { type: 'object', properties, required: ['input'] }
  return written
}

function writeWebSearch(tool: WebSearchTool, context: WriteContext, path: string): JsonObject | undefined {
  if (!context.traits.hostedTools) {
    context.lose({ path, why: 'the provider runs no web search' })
    return undefined
  }
  const written: MutableJson = {
    type: asString(tool.extras?.messages?.['type']) ?? plainWebSearch,
    name: 'web_search',
  }
  if (tool.allowedDomains?.length) written['allowed_domains'] = tool.allowedDomains
  if (tool.blockedDomains?.length && tool.allowedDomains?.length && tool.protocol !== 'messages')
    context.lose({ path: `${path}.blockedDomains`, why: 'Messages takes either allowed or blocked domains' })
  else if (tool.blockedDomains) written['blocked_domains'] = tool.blockedDomains
  if (tool.location) written['user_location'] = { type: 'approximate', ...tool.location }
  if (tool.maxUses !== undefined) written['max_uses'] = tool.maxUses
  if (!asksNothing('search_context_size', tool.contextSize))
    context.lose({ path: `${path}.searchContextSize`, why: 'web search in Messages has no such setting' })
  return marked(tool, context, restore(written, tool.extras))
}
