import { invalid } from '../../dialect/refuse.ts'
import { findFormatFault } from '../../dialect/strict-schema.ts'
import { isObject, stringOf } from '../../json.ts'
import type { JsonObject } from '../../json.ts'

/** OpenAI's own rules for the format of a chat's answer: schemas that it can be held to, and JSON only where the prompt says so. */
export function checkChatFormat(body: JsonObject): void {
  const format = isObject(body['response_format']) ? body['response_format'] : {}
  if (format['type'] === 'json_object' && !mentionsJson(body['messages'])) {
    throw invalid(
      "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
      undefined,
      'messages',
    )
  }
  if (format['type'] !== 'json_schema' || !isObject(format['json_schema'])) return
  const where = 'response_format.json_schema.name'
  checkSchema(format['json_schema'], where, (message) => invalid(message, undefined, 'response_format'))
}

/** The same of Responses, where the word has to stand in the input: the instructions do not count. */
export function checkResponsesFormat(body: JsonObject, input: readonly JsonObject[]): void {
  const format = isObject(body['text']) && isObject(body['text']['format']) ? body['text']['format'] : {}
  if (format['type'] === 'json_object' && !mentionsJson(input)) {
    throw invalid(
      "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.",
      undefined,
      'input',
    )
  }
  if (format['type'] !== 'json_schema') return
  checkSchema(format, 'text.format.name', (message) => invalid(message, 'invalid_json_schema', 'text.format.schema'))
}

const mentionsJson = (said: unknown): boolean => /json/i.test(JSON.stringify(said ?? ''))

function checkSchema(format: JsonObject, where: string, refusal: (message: string) => Error): void {
  if (!/^[\w-]*$/.test(stringOf(format['name']))) {
    const pattern = `Invalid '${where}': string does not match pattern. Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'.`
    throw invalid(pattern, 'invalid_value', where)
  }
  const fault = findFormatFault(format)
  if (fault !== undefined) throw refusal(fault)
}
