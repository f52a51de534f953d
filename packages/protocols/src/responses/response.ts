import { asObject, type JsonObject, type MutableJson } from '../core/json.ts'
import type { Asked } from '../core/protocol.ts'
import { plainTraits } from '../core/traits.ts'
import { writeInstructions } from './write-turns.ts'
import { writeSettings } from './write-request.ts'

/** Request members that a response repeats. Not `background`: an answer that is written here is there at once. */
const repeated = [
  'max_output_tokens',
  'max_tool_calls',
  'previous_response_id',
  'prompt',
  'prompt_cache_key',
  'prompt_cache_retention',
  'safety_identifier',
  'top_logprobs',
  'tool_choice',
  'truncation',
  'parallel_tool_calls',
  'temperature',
  'top_p',
  'service_tier',
  'store',
  'metadata',
  'user',
  'conversation',
] as const

/** A response in progress: all members that the protocol requires, those of the request as the client said them. */
export function createResponse(asked: Asked): JsonObject {
  const said = writeSettings(asked.prompt, plainTraits, () => {})
  const response: MutableJson = {
    id: `resp_${asked.newId()}`,
    object: 'response',
    created_at: asked.now,
    status: 'in_progress',
    background: false,
    completed_at: null,
    error: null,
    frequency_penalty: 0,
    incomplete_details: null,
    instructions: writeInstructions(asked.prompt.turns, () => {}) ?? null,
    max_output_tokens: null,
    max_tool_calls: null,
    model: asked.prompt.model,
    output: [],
    parallel_tool_calls: true,
    presence_penalty: 0,
    previous_response_id: null,
    prompt_cache_key: null,
    reasoning: { effort: null, summary: null, ...asObject(said['reasoning']) },
    safety_identifier: null,
    service_tier: 'default',
    store: false,
    temperature: 1,
    text: {
      verbosity: 'medium',
      ...asObject(said['text']),
      format: echoFormat(asObject(asObject(said['text'])?.['format']) ?? { type: 'text' }),
    },
    tool_choice: 'auto',
    tools: Array.isArray(said['tools']) ? said['tools'].map(echoTool) : [],
    top_logprobs: 0,
    top_p: 1,
    truncation: 'disabled',
    usage: null,
    metadata: {},
  }
  for (const member of repeated) {
    const value = said[member]
    if (value !== undefined && value !== null) response[member] = value
  }
  return response
}

/** A schema as servers repeat it: with its strictness, said or not. */
function echoFormat(format: JsonObject): JsonObject {
  return format['type'] === 'json_schema' ? { strict: false, ...format } : format
}

/** A function as servers repeat it: with its schema and strictness, said or not. */
function echoTool(tool: JsonObject): JsonObject {
  if (tool['type'] !== 'function') return tool
  return { description: null, parameters: null, strict: false, ...tool }
}
