import { isObject, type Json, type JsonObject } from '../../core/json.ts'
import type { ReportLoss } from '../../core/loss.ts'
import type { Prompt, Tool } from '../../core/prompt.ts'
import type { ProtocolId } from '../../core/protocol.ts'
import type { Traits } from '../../core/traits.ts'
import { asksNothing } from '../../core/unsaid.ts'

/** Members that are marks of a reader, say how a tool is spelled, or steer only how its call is streamed or cached. */
const noise: ReadonlySet<string> = new Set([
  'additional_tools',
  'cache_control',
  'eager_input_streaming',
  'name',
  'parameters',
  'type',
])

/**
 * Reports what the tools of a request say that the target has no word for: members that only the client's protocol has,
 * the description of a group where there are no groups, the grammar of a text where there is none. Once for all tools,
 * since they are many and alike.
 */
export function tellToolMembers(prompt: Prompt, to: ProtocolId, traits: Traits, lose: ReportLoss): void {
  const lost = new Set<string>()
  for (const tool of prompt.tools) for (const member of unsaid(tool, to, traits)) lost.add(member)
  for (const member of lost) lose({ path: `tools.${member}`, why: 'a tool has no such member for the target' })
  if (!traits.namespaces && prompt.tools.some((tool) => tool.kind === 'namespace' && tool.description))
    lose({
      path: 'tools.namespace.description',
      why: 'the target has no groups of tools: each keeps its own description',
    })
}

function unsaid(tool: Tool, to: ProtocolId, traits: Traits): readonly string[] {
  if (tool.kind === 'native' || tool.kind === 'namespace') return []
  // One that is left out is reported as a whole.
  if (tool.kind === 'web-search' && !traits.hostedTools && traits.searchTool === undefined) return []
  const members = (['chat', 'responses', 'messages'] as const).flatMap((protocol) =>
    protocol === to ? [] : asking(tool.extras?.[protocol] ?? {}).filter((member) => !isSaid(tool, member)),
  )
  const isBound = tool.kind === 'custom' && !traits.customTools && tool.format?.['type'] === 'grammar'
  return isBound ? [...members, 'format'] : members
}

function asking(members: JsonObject): readonly string[] {
  return Object.entries(members).flatMap(([member, value]) => {
    // Chat Completions has a tool's own members inside one that is named after its kind.
    if ((member === 'function' || member === 'custom') && isObject(value)) return asking(value)
    return noise.has(member) || asksNothing(member, value) || isDirect(member, value) ? [] : [member]
  })
}

/** Whether a word of the tool says it: the settings of a search in Chat Completions are kept whole beside the words. */
function isSaid(tool: Tool, member: string): boolean {
  if (tool.kind !== 'web-search') return false
  return (member === 'user_location' && !!tool.location) || (member === 'search_context_size' && !!tool.contextSize)
}

/** That the model itself calls the tool goes without saying. */
function isDirect(member: string, value: Json | undefined): boolean {
  return member === 'allowed_callers' && Array.isArray(value) && value.every((caller: Json) => caller === 'direct')
}
