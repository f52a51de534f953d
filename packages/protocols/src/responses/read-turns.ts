import { asString, isObject, rest, type JsonObject, type MutableJson } from '../core/json.ts'
import type { Part } from '../core/part.ts'
import type { Turn } from '../core/prompt.ts'
import { readSealsOfClient } from '../core/seal.ts'
import { readContent } from './content.ts'
import { readCall, readCompaction } from './items.ts'
import { readReasoning } from './reasoning.ts'

const readSeal = readSealsOfClient('responses')

/** One input item as one turn. Items without a word stay whole, in the position where they stood. */
export function readTurn(item: JsonObject): Turn {
  switch (item['type'] ?? 'message') {
    case 'message':
      return readMessage(item) ?? nativeTurn(item)
    case 'function_call':
    case 'custom_tool_call':
      return { role: 'assistant', parts: [readCall(item, 'keep')] }
    case 'function_call_output':
    case 'custom_tool_call_output':
      // One that names its tool and no call tells of itself, and answers nothing.
      return item['call_id'] === undefined && asString(item['name']) !== undefined ? nativeTurn(item) : readOutput(item)
    case 'reasoning':
      return { role: 'assistant', parts: [readReasoning(item, readSeal, 'keep')] }
    case 'compaction':
    case 'compaction_summary':
      return { role: 'assistant', parts: [readCompaction(item, readSeal, 'keep')] }
    default:
      return nativeTurn(item)
  }
}

function nativeTurn(item: JsonObject): Turn {
  // A reference may leave out its type.
  const type = asString(item['type']) ?? (item['role'] === undefined ? 'item_reference' : '')
  const fromUser = type.endsWith('_output') || fromClient.has(type)
  return { role: fromUser ? 'user' : 'assistant', parts: [{ kind: 'native', protocol: 'responses', value: item }] }
}

const fromClient: ReadonlySet<string> = new Set([
  'additional_tools',
  'compaction_trigger',
  'item_reference',
  'mcp_approval_response',
])

type Role = Pick<Turn, 'role' | 'level'>

const roles: ReadonlyMap<string, Role> = new Map<string, Role>([
  ['user', { role: 'user' }],
  ['assistant', { role: 'assistant' }],
  ['system', { role: 'system' }],
  ['developer', { role: 'system', level: 'developer' }],
])

function readMessage(item: JsonObject): Turn | undefined {
  const role = roles.get(asString(item['role']) ?? '')
  const content = item['content']
  const usable = typeof content === 'string' || (Array.isArray(content) && content.every(isObject))
  if (!role || !usable) return undefined
  const parts = readContent(content, role.role === 'assistant')
  const kept: MutableJson = { ...rest(item, new Set(['type', 'role', 'content'])) }
  // Told apart from a turn that is a native item; and an empty message is written back only for its own protocol.
  if (item['type'] === 'message' || parts.length === 0 || parts.some(isNative)) kept['type'] = 'message'
  // The string form: restored as long as the message is still one plain text.
  if (typeof content === 'string') kept['content'] = ''
  return { ...role, parts, ...(Object.keys(kept).length > 0 ? { extras: { responses: kept } } : {}) }
}

function isNative(part: Part): boolean {
  return part.kind === 'native'
}

function readOutput(item: JsonObject): Turn {
  const output = item['output']
  const listed = Array.isArray(output)
  const kept: MutableJson = { ...rest(item, new Set(['type', 'call_id', 'output'])) }
  // The list form, and what is neither text nor list, restored when this protocol is written again.
  if (listed) kept['output'] = []
  const text = listed || typeof output === 'string' ? output : JSON.stringify(output ?? '')
  return {
    role: 'user',
    parts: [
      {
        kind: 'tool-result',
        id: asString(item['call_id']) ?? '',
        content: readContent(output === undefined || output === null ? '' : text, false),
        failed: false,
        form: item['type'] === 'custom_tool_call_output' ? 'text' : 'json',
        ...(Object.keys(kept).length > 0 ? { extras: { responses: kept } } : {}),
      },
    ],
  }
}
