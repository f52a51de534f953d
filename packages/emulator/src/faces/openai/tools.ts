import { findFunctionFault } from '../../dialect/function-schemas.ts'
import { invalid } from '../../dialect/refuse.ts'
import { isGiven, isObject, objectsOf, stringOf } from '../../json.ts'
import type { JsonObject } from '../../json.ts'
import { emptyArray } from './messages.ts'

/** OpenAI's own rules for the tools of a chat, and for the choice among them. */
export function checkChatTools(body: JsonObject): void {
  const { tools } = body
  if (Array.isArray(tools) && tools.length === 0) throw emptyArray('tools')
  checkTools(body, true)
  for (const name of ['tool_choice', 'parallel_tool_calls']) {
    if (!isGiven(body[name]) || isGiven(tools)) continue
    throw invalid(`Invalid value for '${name}': '${name}' is only allowed when 'tools' are specified.`, undefined, name)
  }
  const choice = isObject(body['tool_choice']) ? body['tool_choice'] : {}
  const [wanted] = [choice['function'], choice['custom']].filter(isObject)
  const names = objectsOf(tools).flatMap((tool) => [tool['function'], tool['custom']].filter(isObject))
  checkNamed(wanted?.['name'], names)
}

/** The same of Responses, where a choice without tools is refused only if one has to be called. */
export function checkResponsesTools(body: JsonObject): void {
  checkTools(body, false)
  const tools = objectsOf(body['tools'])
  const choice = body['tool_choice']
  if (choice === 'required' && tools.length === 0) {
    throw invalid("Tool choice 'required' must be specified with 'tools' parameter.", undefined, 'tool_choice')
  }
  if (isObject(choice) && (choice['type'] === 'function' || choice['type'] === 'custom'))
    checkNamed(choice['name'], tools)
}

/** The words are those of Responses; how chat says it is not known. */
function checkNamed(name: unknown, tools: readonly JsonObject[]): void {
  if (!isGiven(name) || tools.some((tool) => tool['name'] === name)) return
  throw invalid(`Tool choice '${stringOf(name)}' not found in 'tools' parameter.`, undefined, 'tool_choice')
}

function checkTools({ tools }: JsonObject, isChat: boolean): void {
  const count = objectsOf(tools).length
  if (count > 128) {
    throw invalid(
      `Invalid 'tools': array too long. Expected an array with maximum length 128, but got an array with length ${count} instead.`,
      'array_above_max_length',
      'tools',
    )
  }
  const fault = findFunctionFault(tools, isChat)
  if (fault) throw invalid(fault.message, fault.code, fault.param)
}
