import { asNumber, asObject, asObjects, asString, type JsonObject, type ProtocolId } from '@crossfeed/protocols'

/** A finished answer as a client program keeps it for the next turn. */
export interface Answered {
  readonly text: string
  readonly calls: readonly { readonly id: string; readonly name: string; readonly input: JsonObject }[]
  /** Readable reasoning. */
  readonly reasoning: string
  /** What goes into the history of the client's protocol. */
  readonly turn: readonly JsonObject[]
  readonly usage: JsonObject
}

const schema = {
  type: 'object',
  properties: { city: { type: 'string' } },
  required: ['city'],
  additionalProperties: false,
}
const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=='

/** A user's word, with a picture if wanted. */
export function said(client: ProtocolId, text: string, picture = false): JsonObject {
  if (!picture) return { role: 'user', content: text }
  const url = `data:image/png;base64,${png}`
  switch (client) {
    case 'chat':
      return {
        role: 'user',
        content: [
          { type: 'text', text },
          { type: 'image_url', image_url: { url } },
        ],
      }
    case 'responses':
      return {
        role: 'user',
        content: [
          { type: 'input_text', text },
          { type: 'input_image', image_url: url, detail: 'auto' },
        ],
      }
    case 'messages': {
      const source = { type: 'base64', media_type: 'image/png', data: png }
      return {
        role: 'user',
        content: [
          { type: 'text', text },
          { type: 'image', source },
        ],
      }
    }
  }
}

/** What answers a tool call. */
export function toolResult(client: ProtocolId, id: string, text: string): JsonObject {
  if (client === 'chat') return { role: 'tool', tool_call_id: id, content: text }
  if (client === 'responses') return { type: 'function_call_output', call_id: id, output: text }
  return { role: 'user', content: [{ type: 'tool_result', tool_use_id: id, content: text }] }
}

/** A request with a conversation. */
export function request(client: ProtocolId, model: string, stream: boolean, turns: readonly JsonObject[]): JsonObject {
  if (client === 'responses') return { model, stream, store: false, input: turns }
  if (client === 'messages') return { model, stream, max_tokens: 4096, messages: turns }
  return { model, stream, messages: turns, ...(stream ? { stream_options: { include_usage: true } } : {}) }
}

/** The members that declare one tool, `lookup`. */
export function withTool(client: ProtocolId): JsonObject {
  const description = 'Weather of a city'
  if (client === 'chat')
    return { tools: [{ type: 'function', function: { name: 'lookup', description, parameters: schema } }] }
  if (client === 'responses')
    return { tools: [{ type: 'function', name: 'lookup', description, parameters: schema, strict: false }] }
  return { tools: [{ name: 'lookup', description, input_schema: schema }] }
}

/** The members that ask for reasoning, and for what carries it to the next turn. */
export function withReasoning(client: ProtocolId): JsonObject {
  if (client === 'chat') return { reasoning_effort: 'high' }
  if (client === 'responses')
    return { reasoning: { effort: 'high', summary: 'auto' }, include: ['reasoning.encrypted_content'] }
  return { thinking: { type: 'enabled', budget_tokens: 2048 } }
}

/** The members that ask for a document with a `city`. */
export function withSchema(client: ProtocolId): JsonObject {
  if (client === 'chat')
    return { response_format: { type: 'json_schema', json_schema: { name: 'place', strict: true, schema } } }
  if (client === 'responses') return { text: { format: { type: 'json_schema', name: 'place', strict: true, schema } } }
  return { output_config: { format: { type: 'json_schema', schema } } }
}

/** Reads a whole answer. */
export function readAnswer(client: ProtocolId, answer: unknown): Answered {
  const reply = asObject(answer as JsonObject) ?? {}
  if (client === 'chat') return readChat(asObject(asObjects(reply['choices'])[0]?.['message']) ?? {}, reply)
  if (client === 'responses') return readResponse(reply)
  return readMessage(asObjects(reply['content']), asObject(reply['usage']) ?? {})
}

/** Puts a stream together as client libraries do. */
export function readEvents(client: ProtocolId, events: readonly unknown[]): Answered {
  const objects = asObjects(events as JsonObject[])
  if (client === 'responses') return readResponse(asObject(objects.at(-1)?.['response']) ?? {})
  return client === 'chat' ? readChunks(objects) : readBlocks(objects)
}

function readChat(message: JsonObject, reply: JsonObject): Answered {
  const { refusal: _refusal, annotations: _annotations, ...turn } = message
  return {
    text: asString(message['content']) ?? '',
    calls: asObjects(message['tool_calls']).map((call) => {
      const called = asObject(call['function']) ?? {}
      return { id: String(call['id']), name: String(called['name']), input: JSON.parse(String(called['arguments'])) }
    }),
    reasoning: asString(message['reasoning_content']) ?? asString(message['reasoning']) ?? '',
    turn: [turn],
    usage: asObject(reply['usage']) ?? {},
  }
}

function readResponse(response: JsonObject): Answered {
  const output = asObjects(response['output'])
  const texts = output.flatMap((item) => asObjects(item['content']).map((part) => asString(part['text']) ?? ''))
  return {
    text: texts.join(''),
    calls: output
      .filter((item) => item['type'] === 'function_call')
      .map((item) => ({
        id: String(item['call_id']),
        name: String(item['name']),
        input: JSON.parse(String(item['arguments'])),
      })),
    reasoning: output.flatMap((item) => asObjects(item['summary']).map((part) => String(part['text']))).join(''),
    turn: output,
    usage: asObject(response['usage']) ?? {},
  }
}

function readMessage(content: readonly JsonObject[], usage: JsonObject): Answered {
  const of = (type: string) => content.filter((block) => block['type'] === type)
  return {
    text: of('text')
      .map((block) => String(block['text']))
      .join(''),
    calls: of('tool_use').map((block) => ({
      id: String(block['id']),
      name: String(block['name']),
      input: asObject(block['input']) ?? {},
    })),
    reasoning: of('thinking')
      .map((block) => String(block['thinking']))
      .join(''),
    turn: [{ role: 'assistant', content }],
    usage,
  }
}

function readChunks(chunks: readonly JsonObject[]): Answered {
  const message: Record<string, unknown> = { role: 'assistant', content: null }
  const calls: { id: string; type: string; function: { name: string; arguments: string } }[] = []
  let last: JsonObject = {}
  for (const chunk of chunks) {
    if (asObject(chunk['usage'])) last = chunk
    const delta = asObject(asObjects(chunk['choices'])[0]?.['delta']) ?? {}
    for (const member of ['content', 'reasoning_content', 'reasoning', 'reasoning_opaque']) {
      const text = asString(delta[member])
      if (text) message[member] = `${String(message[member] ?? '')}${text}`
    }
    for (const piece of asObjects(delta['tool_calls'])) {
      const index = asNumber(piece['index']) ?? 0
      const call = (calls[index] ??= { id: '', type: 'function', function: { name: '', arguments: '' } })
      const called = asObject(piece['function'])
      call.id ||= asString(piece['id']) ?? ''
      call.function.name ||= asString(called?.['name']) ?? ''
      call.function.arguments += asString(called?.['arguments']) ?? ''
    }
  }
  if (calls.length > 0) message['tool_calls'] = calls
  return readChat(message as JsonObject, last)
}

function readBlocks(events: readonly JsonObject[]): Answered {
  const blocks: Record<string, unknown>[] = []
  const inputs = new Map<number, string>()
  let usage: JsonObject = {}
  for (const event of events) {
    const index = asNumber(event['index']) ?? 0
    const delta = asObject(event['delta']) ?? {}
    const block = blocks[index]
    usage = { ...usage, ...asObject(asObject(event['message'])?.['usage']), ...asObject(event['usage']) }
    if (event['type'] === 'content_block_start') blocks[index] = { ...asObject(event['content_block']) }
    if (event['type'] !== 'content_block_delta' || !block) continue
    for (const member of ['text', 'thinking', 'signature'])
      if (asString(delta[member]) !== undefined)
        block[member] = `${String(block[member] ?? '')}${String(delta[member])}`
    const piece = asString(delta['partial_json'])
    if (piece !== undefined) inputs.set(index, (inputs.get(index) ?? '') + piece)
  }
  for (const [index, text] of inputs) {
    const block = blocks[index]
    if (block) block['input'] = JSON.parse(text || '{}')
  }
  return readMessage(blocks as JsonObject[], usage)
}
