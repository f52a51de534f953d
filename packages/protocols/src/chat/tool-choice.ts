import { asObject, asObjects, asString, type Json, type JsonObject } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { ToolChoice } from '../core/prompt.ts'
import { isWebSearch } from './web-search.ts'
import type { WrittenTools } from './write-tools.ts'

/** The choices of Messages that name no tool. */
const messagesModes: ReadonlyMap<string, 'auto' | 'none' | 'required'> = new Map([
  ['auto', 'auto'],
  ['none', 'none'],
  ['any', 'required'],
])

/** What `tool_choice` or the older `function_call` says; undefined when neither is there. */
export function readToolChoice(body: JsonObject): ToolChoice | undefined {
  const choice = body['tool_choice'] ?? body['function_call']
  if (choice === undefined || choice === null) return undefined
  if (choice === 'auto' || choice === 'none' || choice === 'required') return { mode: choice }
  // Mistral's word for `required`.
  if (choice === 'any') return { mode: 'required' }
  const object = asObject(choice)
  const mode = object && messagesModes.get(asString(object['type']) ?? '')
  if (mode) return { mode }
  const type = object?.['type'] ?? (body['tool_choice'] === undefined ? 'function' : undefined)
  if (object && isWebSearch(type)) return { mode: 'web-search', extras: { chat: object } }
  const named = asObject(object?.[type === 'custom' ? 'custom' : 'function']) ?? object
  const name = asString(named?.['name'])
  if (name !== undefined && (type === 'function' || type === 'custom' || type === 'tool'))
    return { mode: 'tool', name, form: type === 'custom' ? 'text' : 'json' }
  const allowed = asObject(object?.['allowed_tools']) ?? object
  if (type === 'allowed_tools' && allowed && Array.isArray(allowed['tools'])) {
    const names = asObjects(allowed['tools']).map((tool) => {
      const inner = asObject(tool['function']) ?? asObject(tool['custom']) ?? tool
      return asString(inner['name'])
    })
    if (names.every((one) => one !== undefined))
      return { mode: 'allowed', require: allowed['mode'] === 'required', names }
  }
  return { mode: 'native', protocol: 'chat', value: choice }
}

/** `tool_choice` for the tools that were written; undefined when there is nothing to say. */
export function writeToolChoice(choice: ToolChoice, written: WrittenTools, lose: ReportLoss): Json | undefined {
  switch (choice.mode) {
    case 'tool': {
      if (!written.kinds.has(choice.name)) {
        lose({ path: 'toolChoice', why: `the chosen tool ${choice.name} is not among the tools that the target takes` })
        return undefined
      }
      const { name } = choice
      return choice.form === 'text' && written.kinds.get(name) === 'custom'
        ? { type: 'custom', custom: { name } }
        : { type: 'function', function: { name } }
    }
    case 'allowed': {
      const names = choice.names.filter((name) => written.kinds.has(name))
      if (names.length < choice.names.length)
        lose({ path: 'toolChoice', why: 'some of the allowed tools are not among the tools that the target takes' })
      if (names.length === 0) return 'none'
      const tools = names.map((name) => {
        const type = written.kinds.get(name) ?? 'function'
        return { type, [type]: { name } }
      })
      return { type: 'allowed_tools', allowed_tools: { mode: choice.require ? 'required' : 'auto', tools } }
    }
    case 'web-search':
      if (choice.extras?.chat) return choice.extras.chat
      if (written.searchType !== undefined) return { type: written.searchType }
      lose({ path: 'toolChoice', why: 'Chat Completions cannot demand a web search' })
      return undefined
    case 'native':
      if (choice.protocol === 'chat') return choice.value
      lose({ path: 'toolChoice', why: `only the ${choice.protocol} protocol has this choice` })
      return undefined
    default:
      return choice.mode
  }
}
