import type { Machine, ReplyEvent } from '../core/events.ts'
import { asObject, asObjects, asString, parseObject, type JsonObject } from '../core/json.ts'
import type { Part, ToolCallPart } from '../core/part.ts'
import type { FunctionTool, Prompt, Tool, Turn } from '../core/prompt.ts'
import type { Reply } from '../core/reply.ts'

const name = 'tool_search'

/**
 * The prompt with the search for tools that a client of Responses runs itself (`tool_search`, by which Codex keeps the tools
 * of its MCP servers back until they are wanted) as a function, for targets that have no such search: the calls and what
 * they found become those of the function, and the tools that were found stand in the prompt's list. Undefined where the
 * client has no such tool, or another one of its name.
 */
export function lowerToolSearch(prompt: Prompt): Prompt | undefined {
  const search = prompt.tools.find(isSearch)
  if (!search || prompt.tools.some((tool) => 'name' in tool && tool.name === name)) return undefined
  return {
    ...prompt,
    tools: prompt.tools.map((tool) => (tool === search ? asFunction(search.value) : undeferred(tool))),
    turns: prompt.turns.map(lowerTurn),
  }
}

function isSearch(tool: Tool): tool is Extract<Tool, { readonly kind: 'native' }> {
  return tool.kind === 'native' && tool.value['type'] === name && tool.value['execution'] === 'client'
}

function asFunction(tool: JsonObject): FunctionTool {
  const description = asString(tool['description'])
  const schema = asObject(tool['parameters'])
  return {
    kind: 'function',
    name,
    ...(description === undefined ? {} : { description }),
    ...(schema ? { schema } : {}),
    strict: false,
  }
}

/** A tool that was found no longer waits to be, and its item is gone. */
function undeferred(tool: Tool): Tool {
  if (tool.kind === 'native' || !tool.extras?.responses) return tool
  const { defer_loading: _deferred, additional_tools: from, ...others } = tool.extras.responses
  const kept = from === undefined || from === 'tool_search_output' ? others : { ...others, additional_tools: from }
  return { ...tool, extras: { ...tool.extras, responses: kept } }
}

function lowerTurn(turn: Turn): Turn {
  const [part] = turn.parts
  if (part?.kind !== 'native' || part.protocol !== 'responses') return turn
  const lowered = lowerItem(part.value)
  return lowered ? { role: lowered.kind === 'tool-call' ? 'assistant' : 'user', parts: [lowered] } : turn
}

function lowerItem(item: JsonObject): Part | undefined {
  const id = asString(item['call_id'])
  if (id === undefined || item['execution'] === 'server') return undefined
  if (item['type'] === 'tool_search_call') {
    const { arguments: given } = item
    const input = typeof given === 'string' ? given : JSON.stringify(given ?? {})
    return { kind: 'tool-call', id, name, input, form: 'json' }
  }
  if (item['type'] !== 'tool_search_output') return undefined
  const found = asObjects(item['tools']).flatMap(describe)
  const text = found.length === 0 ? 'No tools were found.' : `These tools can be called now:\n${found.join('\n')}`
  return { kind: 'tool-result', id, content: [{ kind: 'text', text }], failed: false, form: 'json' }
}

function describe(tool: JsonObject): readonly string[] {
  const named = asString(tool['name']) ?? asString(tool['type']) ?? ''
  if (tool['type'] === 'namespace')
    return asObjects(tool['tools']).map((one) => `${named}__${asString(one['name']) ?? ''}`)
  return [named]
}

/** The reply with the calls of the lowered search as the items that the client knows. */
export function raiseToolSearch(reply: Reply): Reply {
  return { ...reply, parts: reply.parts.map((part) => (isCall(part) ? asItem(part) : part)) }
}

/** The same for a stream: the item comes whole, when its arguments do. */
export function raiseToolSearchEvents(): Machine<ReplyEvent, ReplyEvent> {
  const held = new Set<number>()
  return {
    push(event) {
      if (event.type === 'part-start' && isCall(event.part)) {
        held.add(event.index)
        return [{ ...event, part: asItem(event.part, 'in_progress') }]
      }
      if (event.type === 'part-delta' && held.has(event.index)) return []
      if (event.type === 'part-end' && held.delete(event.index) && isCall(event.part))
        return [{ ...event, part: asItem(event.part) }]
      return [event]
    },
    end: () => [],
  }
}

function isCall(part: Part): part is ToolCallPart {
  return part.kind === 'tool-call' && part.name === name && part.namespace === undefined
}

function asItem(part: ToolCallPart, status = 'completed'): Part {
  const given = parseObject(part.input) ?? {}
  const id = `tsc_${part.id}`
  const value = { id, type: 'tool_search_call', call_id: part.id, execution: 'client', arguments: given, status }
  return { kind: 'native', protocol: 'responses', value }
}
