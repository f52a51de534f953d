import { isObject, objectsOf, stringOf } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { tooLong } from './lengths.ts'
import { contextOf, findStrictFault } from './strict-schema.ts'

/** A function that is refused. */
export interface FunctionFault {
  readonly message: string
  readonly code: string
  readonly param: string
}

const atTop = ['oneOf', 'anyOf', 'allOf', 'enum', 'const', 'not']

/**
 * What OpenAI's check of functions finds, in its words: openai/openai-python and many MCP servers' issues have them
 * (github/copilot-cli#1825, nspady/google-calendar-mcp#39). A function without parameters takes none, and passes.
 */
export function findFunctionFault(tools: unknown, isChat: boolean): FunctionFault | undefined {
  for (const [at, tool] of objectsOf(tools).entries()) {
    if (tool['type'] === 'namespace') {
      const fault = findFunctionFault(tool['tools'], false)
      if (fault !== undefined) return { ...fault, param: `tools[${at}].${fault.param}` }
    }
    if (tool['type'] !== 'function') continue
    const called = isChat ? tool['function'] : tool
    if (!isObject(called)) continue
    const where = `tools[${at}]${isChat ? '.function' : ''}`
    const fault = findNameFault(stringOf(called['name']), `${where}.name`, isChat ? 64 : 128) ?? findSchemaFault(called)
    if (fault === undefined) continue
    return typeof fault === 'string'
      ? { message: fault, code: 'invalid_function_parameters', param: `${where}.parameters` }
      : fault
  }
  return undefined
}

/** The name of a function: letters, digits, `_` and `-`; more of them since Responses (`FunctionToolParam`). */
export function findNameFault(name: string, param: string, most: number): FunctionFault | undefined {
  if (name.length > most) return { message: tooLong(param, name, most), code: 'string_above_max_length', param }
  if (/^[a-zA-Z0-9_-]*$/.test(name)) return undefined
  const message = `Invalid '${param}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`
  return { message, code: 'invalid_value', param }
}

function findSchemaFault({ name, parameters, strict }: JsonObject): string | undefined {
  if (!isObject(parameters)) return undefined
  const fault =
    findTopFault(parameters) ??
    findBareList(parameters, []) ??
    (strict === true ? findStrictFault(parameters) : undefined)
  return fault === undefined ? undefined : `Invalid schema for function '${stringOf(name)}': ${fault}`
}

function findTopFault(schema: JsonObject): string | undefined {
  const { type } = schema
  if (type !== 'object') {
    const got = type === undefined ? 'type: "None"' : `type: ${JSON.stringify(type)}`
    return `schema must be a JSON Schema of 'type: "object"', got '${got}'.`
  }
  if (atTop.some((word) => schema[word] !== undefined)) {
    return "schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the top level."
  }
  return isObject(schema['properties']) ? undefined : 'In context=(), object schema missing properties.'
}

function findBareList(schema: JsonObject, path: readonly string[]): string | undefined {
  if (schema['type'] === 'array' && schema['items'] === undefined && schema['prefixItems'] === undefined) {
    return `In context=${contextOf(path)}, array schema missing items.`
  }
  for (const [name, member] of Object.entries(isObject(schema['properties']) ? schema['properties'] : {})) {
    const fault = isObject(member) ? findBareList(member, [...path, 'properties', name]) : undefined
    if (fault !== undefined) return fault
  }
  for (const [at, member] of objectsOf(schema['anyOf']).entries()) {
    const fault = findBareList(member, [...path, 'anyOf', String(at)])
    if (fault !== undefined) return fault
  }
  return isObject(schema['items']) ? findBareList(schema['items'], [...path, 'items']) : undefined
}

/** What Anthropic finds wrong with the schemas of a client's own tools. */
export function findInputFault(tools: unknown): string | undefined {
  for (const [at, tool] of objectsOf(tools).entries()) {
    const type = stringOf(tool['type'])
    const schema = tool['input_schema']
    if ((type !== '' && type !== 'custom') || !isObject(schema)) continue
    if (schema['type'] === undefined) return `tools.${at}.custom.input_schema.type: Field required`
    if (schema['type'] !== 'object') return `tools.${at}.custom.input_schema.type: Input should be 'object'`
    if (['oneOf', 'allOf', 'anyOf'].some((word) => schema[word] !== undefined)) {
      return `tools.${at}.custom.input_schema: input_schema does not support oneOf, allOf, or anyOf at the top level`
    }
  }
  return undefined
}
