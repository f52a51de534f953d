import { asObject, isObject, type Json, type JsonObject } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { Prompt, Tool, ToolChoice } from '../core/prompt.ts'
import type { Traits } from '../core/traits.ts'
import { isHosted, isWebSearch } from './tools.ts'

/** The tool choice; one with members that the core has no word for stays native. */
export function readToolChoice(choice: Json | undefined): ToolChoice | undefined {
  if (choice === undefined || choice === null) return undefined
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { mode: choice }
  if (!isObject(choice)) return { mode: 'native', protocol: 'responses', value: choice }
  if (isWebSearch(choice['type'])) return { mode: 'web-search', extras: { responses: choice } }
  return readNamed(choice) ?? readAllowed(choice) ?? { mode: 'native', protocol: 'responses', value: choice }
}

function readNamed(choice: JsonObject): ToolChoice | undefined {
  const { type, name, namespace, ...more } = choice
  if ((type !== 'function' && type !== 'custom') || typeof name !== 'string' || Object.keys(more).length > 0)
    return undefined
  const form = type === 'custom' ? 'text' : 'json'
  if (namespace === undefined) return { mode: 'tool', name, form }
  return typeof namespace === 'string' ? { mode: 'tool', name, namespace, form } : undefined
}

function readAllowed(choice: JsonObject): ToolChoice | undefined {
  const { type, mode, tools, ...more } = choice
  if (type !== 'allowed_tools' || (mode !== 'auto' && mode !== 'required') || !Array.isArray(tools)) return undefined
  if (Object.keys(more).length > 0) return undefined
  const names: string[] = []
  for (const tool of tools) {
    const named = isObject(tool) ? readNamed(tool) : undefined
    if (named?.mode !== 'tool' || named.namespace !== undefined) return undefined
    names.push(named.name)
  }
  return { mode: 'allowed', require: mode === 'required', names }
}

/** The tool choice as this protocol says it, for the tools that are sent; undefined when there is none that it can say. */
export function writeToolChoice(
  prompt: Prompt,
  tools: readonly JsonObject[],
  traits: Traits,
  lose: ReportLoss,
): Json | undefined {
  const choice = prompt.toolChoice
  if (!choice) return undefined
  switch (choice.mode) {
    case 'web-search':
      return writeWebSearch(choice.extras?.responses, tools, lose)
    case 'tool':
      if (!prompt.extras?.responses && !prompt.tools.some((tool) => 'name' in tool && tool.name === choice.name)) {
        lose({
          path: 'tool_choice',
          why: `the chosen tool ${choice.name} is not among the tools that the target takes`,
        })
        return undefined
      }
      return {
        type: choice.form === 'text' ? 'custom' : 'function',
        name: choice.name,
        ...(choice.namespace === undefined ? {} : { namespace: choice.namespace }),
      }
    case 'allowed':
      return {
        type: 'allowed_tools',
        mode: choice.require ? 'required' : 'auto',
        tools: choice.names.map((name) => ({ type: isCustom(prompt.tools, name) ? 'custom' : 'function', name })),
      }
    case 'native':
      if (choice.protocol !== 'responses') {
        lose({ path: 'tool_choice', why: `Responses has no such choice of ${choice.protocol}` })
        return undefined
      }
      if (traits.hostedTools || !isHosted(asObject(choice.value)?.['type'])) return choice.value
      lose({ path: 'tool_choice', why: 'the chosen tool is not run by the target' })
      return 'auto'
    default:
      return choice.mode
  }
}

/** Search by the provider has no choice of its own here: it is the one tool, or the one that is allowed. */
function writeWebSearch(own: JsonObject | undefined, tools: readonly JsonObject[], lose: ReportLoss): Json | undefined {
  const search = tools.find((tool) => isWebSearch(tool['type']))
  if (!search) {
    lose({ path: 'tool_choice', why: 'the target runs no web search' })
    return own ? 'auto' : undefined
  }
  if (own) return own
  return tools.length === 1
    ? 'required'
    : { type: 'allowed_tools', mode: 'required', tools: [{ type: search['type'] }] }
}

function isCustom(tools: readonly Tool[], name: string): boolean {
  return tools.some((tool) => tool.kind === 'custom' && tool.name === name)
}
