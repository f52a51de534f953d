import { objectsOf, stringOf } from '../json.ts'
import type { JsonObject } from '../json.ts'
import { findNameFault } from './function-schemas.ts'

/** A refusal of one item, in OpenAI's words. */
export interface ItemFault {
  readonly message: string
  readonly code: string | null
  readonly param: string
}

/** What the Responses API finds wrong with the input of a request, wherever it is served: parts of another side, an id twice. */
export function findItemFault(items: readonly JsonObject[]): ItemFault | undefined {
  const seen = new Set<string>()
  for (const [index, item] of items.entries()) {
    const part = item['role'] === 'assistant' ? objectsOf(item['content']).findIndex(isNoOutput) : -1
    if (part >= 0) {
      const type = stringOf(objectsOf(item['content'])[part]?.['type'])
      const message = `Invalid value: '${type}'. Supported values are: 'output_text' and 'refusal'.`
      return { message, code: 'invalid_value', param: `input[${index}].content[${part}]` }
    }
    const called = item['type'] === 'function_call' || item['type'] === 'custom_tool_call'
    const fault = called ? findNameFault(stringOf(item['name']), `input[${index}].name`, 128) : undefined
    if (fault) return fault
    const id = stringOf(item['id'])
    if (id === '' || item['type'] === 'item_reference') continue
    if (seen.has(id)) {
      const message = `Duplicate item found with id ${id}. Remove duplicate items from your input and try again.`
      return { message, code: null, param: 'input' }
    }
    seen.add(id)
  }
  return undefined
}

const isNoOutput = ({ type }: JsonObject): boolean => type !== 'output_text' && type !== 'refusal'
