import { asBoolean, asObject, asString, rest, type JsonObject, type MutableJson } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { Prompt, ToolChoice } from '../core/prompt.ts'

/** What a `tool_choice` says, and its members without a word. */
interface ReadChoice {
  readonly toolChoice?: ToolChoice
  readonly parallelToolCalls?: boolean
  readonly kept?: JsonObject
}

const choiceMembers: ReadonlySet<string> = new Set(['type', 'name'])
const singleMembers: ReadonlySet<string> = new Set([...choiceMembers, 'disable_parallel_tool_use'])

/** A `tool_choice`; undefined when it is none that is known. */
export function readToolChoice(choice: JsonObject): ReadChoice | undefined {
  const toolChoice = readMode(choice)
  if (!toolChoice) return undefined
  const disabled = asBoolean(choice['disable_parallel_tool_use'])
  // A stated `false` is the default and stays in extras.
  const kept = rest(choice, disabled === true ? singleMembers : choiceMembers)
  return {
    toolChoice,
    ...(disabled === undefined ? {} : { parallelToolCalls: !disabled }),
    ...(kept ? { kept } : {}),
  }
}

function readMode(choice: JsonObject): ToolChoice | undefined {
  switch (choice['type']) {
    case 'auto':
      return { mode: 'auto' }
    case 'any':
      return { mode: 'required' }
    case 'none':
      return { mode: 'none' }
    case 'tool': {
      const name = asString(choice['name'])
      return name === undefined ? undefined : { mode: 'tool', name, form: 'json' }
    }
    default:
      return undefined
  }
}

/** `tool_choice` for the tools that are sent; undefined where none need be said. */
export function writeToolChoice(
  prompt: Prompt,
  tools: readonly JsonObject[],
  lose: ReportLoss,
): MutableJson | undefined {
  const choice = prompt.toolChoice
  const single = prompt.parallelToolCalls === false
  if (tools.length === 0) {
    if (choice && choice.mode !== 'auto' && choice.mode !== 'none')
      lose({ path: 'toolChoice', why: 'there is no tool to choose' })
    return undefined
  }
  if (!choice) return single ? { type: 'auto', disable_parallel_tool_use: true } : undefined
  const written = writeMode(prompt, tools, lose)
  if (single && written && written['type'] !== 'none') written['disable_parallel_tool_use'] = true
  return written
}

function writeMode(prompt: Prompt, tools: readonly JsonObject[], lose: ReportLoss): MutableJson | undefined {
  const choice = prompt.toolChoice
  switch (choice?.mode) {
    case undefined:
      return undefined
    case 'auto':
    case 'none':
      return { type: choice.mode }
    case 'required':
      return { type: 'any' }
    case 'tool':
      if (tools.some((tool) => tool['name'] === choice.name)) return { type: 'tool', name: choice.name }
      lose({ path: 'toolChoice', why: `the tool ${choice.name} is not among those that are sent` })
      return { type: 'auto' }
    case 'web-search':
      if (tools.some((tool) => tool['name'] === 'web_search')) return { type: 'tool', name: 'web_search' }
      lose({ path: 'toolChoice', why: 'the provider runs no web search' })
      return { type: 'auto' }
    case 'allowed': {
      const [only, ...others] = choice.names
      if (choice.require && only !== undefined && others.length === 0) return { type: 'tool', name: only }
      lose({ path: 'toolChoice.names', why: 'Messages cannot narrow the tools without leaving them out' })
      return { type: choice.require ? 'any' : 'auto' }
    }
    case 'native': {
      const value = asObject(choice.value)
      if (choice.protocol === 'messages' && value) return { ...value }
      lose({ path: 'toolChoice', why: `Messages has no such choice of ${choice.protocol}` })
      return undefined
    }
  }
}
