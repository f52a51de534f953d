import { asNumber, asObject, asObjects, asString, type JsonObject, type MutableJson } from '@crossfeed/protocols'
import type { EventMender, EventPatch } from '../provider.ts'

/** Gives each event of a Responses stream its number, the place and id of its item, and the members of its response. */
export const responsesPlaces: EventPatch = {
  name: 'responses-places',
  reason:
    'llama.cpp and Lemonade leave output_index, sequence numbers and ids of calls out (ggml-org/llama.cpp#20607, lemonade-sdk/lemonade#3607): the AI SDK drops such events without a word',
  protocol: 'responses',
  start: ({ model }) => createMender(model),
}

/** Events about one item. */
const ofItem =
  /"type":\s*"response\.(?:output_item|output_text|content_part|refusal|function_call_arguments|custom_tool_call_input|reasoning[a-z_]*)\./

/** An item as the client is told of it. */
interface Placed {
  readonly place: number
  readonly id: string
  readonly type: string
  done: boolean
  /** Its content has been announced, to which deltas add. */
  hasContent: boolean
}

function createMender(model: string): EventMender {
  const items: Placed[] = []
  const byId = new Map<string, Placed>()
  /** Whether the server numbers its events; undefined before the first. */
  let isNumbered: boolean | undefined
  let sequence = 0
  /** The place of the next item that the server does not place itself. */
  let next = 0
  let head: JsonObject = {}

  const add = (type: string, item: JsonObject, place = next): Placed => {
    next = Math.max(next, place + 1)
    const placed = {
      place,
      id: asString(item['id']) || `${prefixes.get(type) ?? 'item'}_${place}`,
      type,
      done: false,
      hasContent: false,
    }
    items.push(placed)
    note(placed, item)
    return placed
  }
  /** llama.cpp tells of the arguments of a call under the id of the call. */
  const note = (placed: Placed, item: JsonObject): void => {
    for (const id of [asString(item['id']), asString(item['call_id'])]) if (id) byId.set(id, placed)
  }
  const named = (...ids: readonly (string | undefined)[]): Placed | undefined =>
    ids.map((id) => byId.get(id ?? '')).find((placed) => placed !== undefined)

  /** An item that the server places itself; what it says of it later may lack the place. */
  const learn = (data: JsonObject): void => {
    const item = asObject(data['item'])
    const place = asNumber(data['output_index'])
    if (data['type'] !== 'response.output_item.added' || !item || place === undefined) return
    add(asString(item['type']) ?? '', item, place)
  }
  const mendItem = (data: JsonObject, event: string): readonly JsonObject[] => {
    const item = asObject(data['item'])
    const type = asString(item?.['type']) ?? typeOf(event)
    const isAdded = event === 'response.output_item.added'
    const placed =
      named(asString(data['item_id']), asString(item?.['id']), asString(item?.['call_id'])) ??
      (isAdded ? undefined : items.findLast((one) => one.type === type && !one.done)) ??
      add(type, item ?? { id: data['item_id'] ?? null })
    const mended: MutableJson = { ...data, output_index: placed.place }
    if (item) mended['item'] = { ...item, id: placed.id }
    else mended['item_id'] = placed.id
    if (inContent.test(event)) mended['content_index'] = data['content_index'] ?? 0
    if (event.startsWith('response.reasoning_summary')) mended['summary_index'] = data['summary_index'] ?? 0
    if (event.startsWith('response.output_text.d')) mended['logprobs'] = data['logprobs'] ?? []
    if (event === 'response.output_item.done') placed.done = true
    const content = /^response\.(output_text|reasoning_text)\.delta$/.exec(event)?.[1]
    const isMissing = content !== undefined && !placed.hasContent && isNumbered === false
    placed.hasContent ||= isMissing || event === 'response.content_part.added'
    return isMissing ? [announce(placed, content), mended] : [mended]
  }
  const mendResponse = (data: JsonObject, response: JsonObject): JsonObject => {
    const { id, created_at: created } = response
    head = {
      object: 'response',
      model,
      created_at: Math.floor(Date.now() / 1000),
      output: [],
      ...head,
      ...(id === undefined ? {} : { id }),
      ...(asNumber(created) === undefined ? {} : { created_at: created }),
    }
    const output = asObjects(response['output']).map((item) => {
      const placed = named(asString(item['id']), asString(item['call_id']))
      return placed && item['id'] === undefined ? { ...item, id: placed.id } : item
    })
    return { ...data, response: { ...head, ...response, output } }
  }
  return {
    wants(raw) {
      // Comments come before the first event, too.
      if (isNumbered === undefined && /"type":\s*"response\./.test(raw)) isNumbered = raw.includes('"sequence_number"')
      if (isNumbered !== true) return isNumbered === false
      return ofItem.test(raw) && (!raw.includes('"output_index"') || raw.includes('response.output_item.added'))
    },
    mend(event) {
      if (event.data === '[DONE]') return [event]
      const { data } = event
      const type = asString(data['type']) ?? ''
      if (!type.startsWith('response.')) return [event]
      const response = asObject(data['response'])
      const isPlaced = data['output_index'] !== undefined || !ofItem.test(`"type":"${type}"`)
      if (isPlaced) learn(data)
      const all = isPlaced ? [data] : mendItem(data, type)
      return all.map((one) => {
        if (isNumbered) return one === data ? event : { event: String(one['type']), data: one }
        const whole = response ? mendResponse(one, response) : one
        return { event: String(one['type']), data: { ...whole, sequence_number: sequence++ } }
      })
    },
  }
}

/** The beginning of a text, without which the library of OpenAI takes no delta of it. */
function announce({ place, id }: Placed, type: string): JsonObject {
  const part = type === 'output_text' ? { type, text: '', annotations: [], logprobs: [] } : { type, text: '' }
  return { type: 'response.content_part.added', item_id: id, output_index: place, content_index: 0, part }
}

const inContent = /^response\.(?:output_text|content_part|refusal|reasoning_text)\./

/** The type of item that an event is about. */
function typeOf(event: string): string {
  if (event.includes('function_call')) return 'function_call'
  if (event.includes('custom_tool_call')) return 'custom_tool_call'
  return event.includes('reasoning') ? 'reasoning' : 'message'
}

const prefixes: ReadonlyMap<string, string> = new Map([
  ['message', 'msg'],
  ['reasoning', 'rs'],
  ['function_call', 'fc'],
  ['custom_tool_call', 'ctc'],
])
