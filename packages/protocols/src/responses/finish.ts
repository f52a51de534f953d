import { asObject, asString, rest, type JsonObject, type MutableJson } from '../core/json.ts'
import type { ReplyEvent } from '../core/events.ts'
import type { Finish } from '../core/reply.ts'
import { readUsage } from './usage.ts'

/** Members of a response that are read into words, are a mere echo of the request, or change nothing. */
const consumed: ReadonlySet<string> = new Set([
  'id',
  'object',
  'created_at',
  'model',
  'output',
  'output_text',
  'usage',
  'status',
  'error',
  'incomplete_details',
  'instructions',
  'input',
  'tools',
  'tool_choice',
])

const cuts: ReadonlyMap<string, Finish> = new Map([
  ['max_output_tokens', 'length'],
  ['content_filter', 'refusal'],
])

/** The `end` event of a response that completed or was cut; `called` says whether it holds tool calls. */
export function readTerminal(response: JsonObject, incomplete: boolean, called: boolean): ReplyEvent {
  const reason = asString(asObject(response['incomplete_details'])?.['reason'])
  const cut = incomplete || response['status'] === 'incomplete'
  const known = cut ? cuts.get(reason ?? 'max_output_tokens') : undefined
  const kept: MutableJson = { ...rest(response, consumed) }
  if (cut && !known) kept['incomplete_details'] = response['incomplete_details']
  // A background response may be read before it is finished.
  if (response['status'] === 'queued' || response['status'] === 'in_progress') kept['status'] = response['status']
  const tier = asString(response['service_tier'])
  const ended: Finish = called ? 'tool-calls' : 'stop'
  return {
    type: 'end',
    // Whatever cut an answer, it is not complete.
    finish: known ?? (cut ? 'length' : ended),
    usage: readUsage(response['usage']),
    ...(tier === undefined ? {} : { tier }),
    ...(Object.keys(kept).length > 0 ? { extras: { responses: kept } } : {}),
  }
}
