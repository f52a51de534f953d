import type { Machine, ReplyEvent } from '../../core/events.ts'
import { asObject, asString, type JsonObject } from '../../core/json.ts'
import type { ReportLoss } from '../../core/loss.ts'
import type { Part } from '../../core/part.ts'
import type { FunctionTool, Prompt, Tool, ToolChoice, Turn } from '../../core/prompt.ts'
import type { Reply } from '../../core/reply.ts'
import type { Way } from '../repair.ts'
import { browserToolset } from './browser-toolset.ts'
import { computerToolset } from './computer-toolset.ts'
import type { Toolset } from './toolset.ts'
import { cacheOf } from './typed-tools.ts'

const all: readonly Toolset[] = [computerToolset, browserToolset]

/** The names of the sets that became groups of functions. */
export type ToolsetNames = ReadonlySet<string>

/**
 * The prompt of a Messages client with its sets of tools (`computer_toolset_20260801`) as groups of functions, whose schemas are
 * those that Anthropic documents; what was called of them before is of their group. Undefined where there are none.
 */
export function lowerToolsets(
  prompt: Prompt,
  { traits, lose }: Pick<Way, 'traits' | 'lose'>,
): { readonly prompt: Prompt; readonly names: ToolsetNames } | undefined {
  if (!prompt.tools.some(toolsetOf)) return undefined
  const names = new Set<string>()
  const tools = prompt.tools.flatMap((tool, index): readonly Tool[] => {
    const found = toolsetOf(tool)
    if (!found) return [tool]
    const [toolset, value] = found
    names.add(toolset.name)
    const members = membersOf(toolset, value, `tools[${index}]`, lose)
    // Without groups each tool has its own description, and nothing is lost.
    const description = traits.namespaces ? { description: toolset.description } : {}
    return members.length === 0 ? [] : [{ kind: 'namespace', name: toolset.name, ...description }, ...members]
  })
  const turns = prompt.turns.map((turn) => lowerTurn(turn, names))
  const choice = prompt.toolChoice && lowerChoice(prompt.toolChoice, tools)
  return { prompt: { ...prompt, tools, turns, ...(choice ? { toolChoice: choice } : {}) }, names }
}

function toolsetOf(tool: Tool): readonly [Toolset, JsonObject] | undefined {
  if (tool.kind !== 'native' || tool.protocol !== 'messages') return undefined
  const type = asString(tool.value['type']) ?? ''
  const toolset = all.find((one) => one.type.test(type))
  return toolset && [toolset, tool.value]
}

/** Those members of a set that are offered, the last one with the set's breakpoint. */
function membersOf(toolset: Toolset, value: JsonObject, path: string, lose: ReportLoss): readonly FunctionTool[] {
  const { name, members } = toolset
  const configs = asObject(value['configs']) ?? {}
  for (const one of Object.keys(configs))
    if (!Object.hasOwn(members, one) && asObject(configs[one])?.['enabled'] !== false)
      lose({ path: `${path}.configs.${one}`, why: 'what this tool of Anthropic’s does is not known' })
  const offered = Object.entries(members).flatMap(([one, { isOff, ...described }]): readonly FunctionTool[] => {
    const config = asObject(configs[one])
    if (!(config?.['enabled'] ?? !isOff)) return []
    const deferred = config?.['defer_loading'] === true ? { extras: { messages: { defer_loading: true } } } : {}
    return [{ kind: 'function', name: one, namespace: name, ...described, ...deferred }]
  })
  const last = offered.at(-1)
  return last ? [...offered.slice(0, -1), { ...last, ...cacheOf(value) }] : []
}

function lowerTurn(turn: Turn, names: ToolsetNames): Turn {
  const parts = turn.parts.map((part): Part => {
    if (part.kind !== 'tool-call' && part.kind !== 'tool-result') return part
    const { toolset_name: of, ...others } = part.extras?.messages ?? {}
    if (typeof of !== 'string' || !names.has(of)) return part
    const lowered = { ...part, extras: { ...part.extras, messages: others } }
    return lowered.kind === 'tool-call' ? { ...lowered, namespace: of } : lowered
  })
  return parts.some((part, index) => part !== turn.parts[index]) ? { ...turn, parts } : turn
}

/** A choice by the name of a member, unless another tool has it. */
function lowerChoice(choice: ToolChoice, tools: readonly Tool[]): ToolChoice {
  if (choice.mode !== 'tool' || choice.namespace !== undefined) return choice
  const named = tools.filter((tool): tool is FunctionTool => tool.kind === 'function' && tool.name === choice.name)
  const namespace = named.some((tool) => tool.namespace === undefined) ? undefined : named[0]?.namespace
  return namespace === undefined ? choice : { ...choice, namespace }
}

/** The reply with the calls of members as the client knows them: each says to which set it belongs. */
export function raiseToolsets(reply: Reply, names: ToolsetNames): Reply {
  return { ...reply, parts: reply.parts.map((part) => raise(part, names)) }
}

/** The same for a stream. */
export function raiseToolsetEvents(names: ToolsetNames): Machine<ReplyEvent, ReplyEvent> {
  return {
    push: (event) =>
      event.type === 'part-start' || event.type === 'part-end'
        ? [{ ...event, part: raise(event.part, names) }]
        : [event],
    end: () => [],
  }
}

function raise(part: Part, names: ToolsetNames): Part {
  if (part.kind !== 'tool-call' || part.namespace === undefined || !names.has(part.namespace)) return part
  const { namespace, ...call } = part
  return { ...call, extras: { ...call.extras, messages: { ...call.extras?.messages, toolset_name: namespace } } }
}
