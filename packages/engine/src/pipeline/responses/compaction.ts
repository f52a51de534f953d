import {
  asObject,
  asObjects,
  asString,
  GatewayError,
  isObject,
  parseObject,
  readableIssuer,
  responses,
  unwrapSeal,
  wrapSeal,
  type Json,
  type JsonObject,
  type WireEvent,
} from '@crossfeed/protocols'
import { eachFrame, parseFrame, writeFrames } from '../../transport/sse.ts'
import type { ClientOut } from '../client.ts'

/**
 * Who is said to have sealed a compaction that was made here: the envelope holds the summary as it is, so that any model of
 * any supply can go on from it, and any gateway can read it.
 */
const issuer = 'crossfeed-summary'

/** Whether a request of the Responses API asks for its history in short, and for nothing else (OpenAI: `compaction_trigger`). */
export function asksToCompact({ input }: JsonObject): boolean {
  return Array.isArray(input) && isTrigger(input.at(-1))
}

function isTrigger(item: Json | undefined): boolean {
  return isObject(item) && item['type'] === 'compaction_trigger'
}

const task =
  'The conversation ends here and will be continued from a summary alone; whoever continues it sees nothing of the above. ' +
  'Write that summary. Say what the user wants and has decided, what was done and what came of it, what was found out ' +
  '(paths, commands, names, values and wording that matter, exactly), what failed and why, and what is to be done next. ' +
  'Answer with the summary and nothing else. Call no tools.'

const opening = 'What was said before this was left out. In its place, a summary of it:'

/** The request that has the model itself write the summary, for a supply that compacts nothing. */
export function asSummaryRequest(body: JsonObject): JsonObject {
  const {
    input,
    text: _format,
    context_management: _when,
    background: _later,
    tools,
    tool_choice: _choice,
    ...kept
  } = body
  const items = Array.isArray(input) ? input.filter((item: Json) => !isTrigger(item)) : []
  const ask = { type: 'message', role: 'user', content: [{ type: 'input_text', text: task }] }
  const hasTools = Array.isArray(tools) && tools.length > 0
  // The tools stay: they are part of the prefix that is in the prompt cache.
  return { ...kept, ...(hasTools ? { tools, tool_choice: 'none' } : {}), input: [...items, ask] }
}

/**
 * The body with the summaries that were made here as messages; the same body where there are none. To a server of Responses
 * (`isRelayed`) also those that came from a server of Messages, which has its own word for them.
 */
export function openSummaries(body: JsonObject, isRelayed: boolean): JsonObject {
  const { input } = body
  const issuers = isRelayed ? [issuer, readableIssuer] : [issuer]
  if (!Array.isArray(input) || !input.some((item: Json) => summaryOf(item, issuers) !== undefined)) return body
  const opened = input.map((item: Json): Json => {
    const summary = summaryOf(item, issuers)
    if (summary === undefined) return item
    return { type: 'message', role: 'user', content: [{ type: 'input_text', text: `${opening}\n\n${summary}` }] }
  })
  return { ...body, input: opened }
}

function summaryOf(item: Json, issuers: readonly string[]): string | undefined {
  const { type, encrypted_content: data } = asObject(item) ?? {}
  if (type !== 'compaction' && type !== 'compaction_summary') return undefined
  const seal = unwrapSeal(asString(data) ?? '', 'responses')
  return issuers.includes(seal.issuer) && seal.data !== '' ? seal.data : undefined
}

/**
 * Makes a compaction of an answer on its way to `out`, where `isHere` says by then that the model was asked for a summary: its
 * text is gathered, and the client is given the one item that stands for it. What failed is passed on as it is.
 */
export function compactAnswer(out: ClientOut, newId: () => string, isHere: () => boolean): ClientOut {
  let head: { readonly status: number; readonly headers: Record<string, string | string[]> } | undefined
  let isStream = false
  let text = ''
  const take = (bytes: Buffer | string): void => void (text += bytes.toString())
  return {
    begin(status, headers) {
      isStream = String(headers['content-type']).startsWith('text/event-stream')
      if (isStream || status !== 200 || !isHere()) return out.begin(status, headers)
      head = { status, headers }
    },
    write(bytes) {
      // Keep-alives come alone, and cannot wait.
      if (!isHere() || (isStream && !bytes.includes('data:'))) return out.write(bytes)
      take(bytes)
      return true
    },
    end(bytes = '') {
      if (isStream && isHere()) {
        take(bytes)
        return out.end(compactStream(text, newId))
      }
      if (!head) return out.end(bytes)
      take(bytes)
      const { status, body } = compactWhole(parseObject(text) ?? {}, newId)
      const json = JSON.stringify(body)
      out.begin(status, { ...head.headers, 'content-length': String(Buffer.byteLength(json)) })
      out.end(json)
    },
  }
}

function compactWhole(response: JsonObject, newId: () => string): { status: number; body: JsonObject } {
  const item = compactionOf(response, newId)
  if (item instanceof GatewayError) return responses.writeError(item)
  return { status: 200, body: withItem(response, item) }
}

function compactStream(text: string, newId: () => string): string {
  const events: WireEvent[] = []
  eachFrame(text, (from, to) => {
    const event = parseFrame(text.slice(from, to))
    if (event) events.push(event)
  })
  const last = events.findLast(({ data }) => data !== '[DONE]' && ends.has(asString(data['type']) ?? ''))
  const response = last && last.data !== '[DONE]' ? asObject(last.data['response']) : undefined
  // It failed, and says so by itself.
  if (!response) return text
  const item = compactionOf({ ...response, output: outputOf(response, events) }, newId)
  if (item instanceof GatewayError) return writeFrames(responses.writeStreamError(item, 0))
  const begun = { ...response, status: 'in_progress', output: [], usage: null, completed_at: null }
  const said: readonly JsonObject[] = [
    { type: 'response.created', response: begun },
    { type: 'response.in_progress', response: begun },
    { type: 'response.output_item.added', output_index: 0, item },
    { type: 'response.output_item.done', output_index: 0, item },
    { type: 'response.completed', response: withItem(response, item) },
  ]
  return writeFrames(said.map((data, at) => ({ event: String(data['type']), data: { ...data, sequence_number: at } })))
}

const ends: ReadonlySet<string> = new Set(['response.completed', 'response.incomplete'])

/** The output of a streamed answer; some servers leave it out of the last event. */
function outputOf(response: JsonObject, events: readonly WireEvent[]): Json {
  if (asObjects(response['output']).length > 0) return response['output'] ?? []
  return events.flatMap(({ data }) =>
    data !== '[DONE]' && data['type'] === 'response.output_item.done' ? [data['item'] ?? null] : [],
  )
}

/** The item that stands for what a model answered; an error where that is no whole summary. */
function compactionOf(response: JsonObject, newId: () => string): JsonObject | GatewayError {
  if (response['status'] === 'incomplete') return failed('the summary was cut')
  const text = asObjects(response['output'])
    .flatMap((item) => (item['type'] === 'message' ? asObjects(item['content']) : []))
    .flatMap((part) => asString(part['text']) ?? [])
    .join('\n')
    .trim()
  if (text === '') return failed('the model wrote no summary')
  const encrypted_content = wrapSeal({ issuer, protocol: 'responses', data: text })
  return { id: `cmp_${newId()}`, type: 'compaction', encrypted_content }
}

function failed(why: string): GatewayError {
  return new GatewayError('upstream', 502, `The conversation could not be compacted: ${why}.`, {
    reason: 'compaction-failed',
    fix: 'Try again, or with another model.',
  })
}

function withItem(response: JsonObject, item: JsonObject): JsonObject {
  const { output_text: _text, ...others } = response
  return { ...others, output: [item] }
}

/** The request of `POST /v1/responses/compact` as one that ends with the trigger. Throws where it has no history. */
export function asTriggered({ input, ...others }: JsonObject): JsonObject {
  const items = typeof input === 'string' ? [{ type: 'message', role: 'user', content: input }] : input
  const previous = asString(others['previous_response_id'])
  if (!Array.isArray(items) && previous === undefined)
    throw new GatewayError('invalid-request', 400, "Missing required parameter: 'input'.", {
      reason: 'invalid-member',
      upstream: { type: 'invalid_request_error', param: 'input', code: 'missing_required_parameter' },
    })
  const said = Array.isArray(items) ? items : []
  return { ...others, input: [...said, { type: 'compaction_trigger' }], stream: false, store: false }
}

/** The same for a supply's own endpoint, which takes neither the trigger nor what goes with answers. */
export function withoutTrigger({ input, stream: _stream, store: _store, ...others }: JsonObject): JsonObject {
  const said = Array.isArray(input) ? input.filter((item: Json) => !isTrigger(item)) : []
  return said.length === 0 && others['previous_response_id'] !== undefined ? others : { ...others, input: said }
}

/**
 * A compacted answer as `POST /v1/responses/compact` gives it: what the user said, then the one item that stands for
 * everything. `input` is the request's.
 */
export function asCompacted(response: JsonObject, input: Json | undefined): JsonObject {
  const { id, created_at, output, usage } = response
  const said = typeof input === 'string' ? [{ type: 'message', role: 'user', content: input }] : asObjects(input)
  const kept = said
    .filter(({ role }) => role === 'user')
    .map((item, at) => {
      const { content } = item
      const parts = typeof content === 'string' ? [{ type: 'input_text', text: content }] : content
      return {
        id: `msg_${String(id).replace(/^\w+?_/, '')}${at}`,
        status: 'completed',
        ...item,
        type: 'message',
        content: parts ?? [],
      }
    })
  return {
    id: id ?? null,
    object: 'response.compaction',
    created_at: created_at ?? 0,
    output: [...kept, ...asObjects(output)],
    usage: usage ?? uncounted,
  }
}

/** The output that a supply's own endpoint has compacted, with the other members that OpenAI documents; `made` are its id and time. */
export function named(output: JsonObject, made: JsonObject): JsonObject {
  return { ...made, object: 'response.compaction', usage: uncounted, ...output }
}

/** What it took was not said. Official clients read the counts without a look. */
const uncounted: JsonObject = {
  input_tokens: 0,
  input_tokens_details: { cached_tokens: 0, cache_write_tokens: 0 },
  output_tokens: 0,
  output_tokens_details: { reasoning_tokens: 0 },
  total_tokens: 0,
}
