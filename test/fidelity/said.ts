import { bag, bags, count, list, text, type Bag } from './json.ts'

export type Name = 'chat' | 'responses' | 'messages'

/** One tool call of an answer: `input` as the text that the wire held (of Messages, the object as JSON). */
export interface Call {
  readonly name: string
  readonly input: string
  readonly form: 'json' | 'text'
}

/** What an answer says, whatever protocol it says it in. Read here without any of the product's own code. */
export interface Said {
  readonly text: string
  readonly refusal: string
  readonly reasoning: string
  readonly calls: readonly Call[]
  readonly finish: string
  readonly usage: {
    readonly input: number
    readonly output: number
    readonly cached: number
    readonly reasoning: number
  }
  readonly citations: readonly string[]
}

/** What a whole answer says. */
export function readAnswer(protocol: Name, body: unknown): Said {
  if (protocol === 'chat') return readChat(bag(body))
  return protocol === 'messages' ? readMessage(bag(body)) : readResponse(bag(body))
}

function readChat(body: Bag): Said {
  const choices = bags(body['choices'])
  const messages = choices.map((choice) => bag(choice['message']))
  const calls = messages
    .flatMap((message) => [
      ...bags(message['tool_calls']).map(readChatCall),
      ...bags([message['function_call']]).map((call) => readChatCall({ function: call })),
    ])
    .filter((call) => call.name !== '')
  const reasons = choices.map((choice) => text(choice['finish_reason']))
  const usage = bag(body['usage'])
  const details = bag(usage['prompt_tokens_details'])
  // Perplexity and xAI have what was found beside the choices.
  const searched = bags(body['search_results']).map((one) => text(one['url']))
  return {
    text: messages.map((message) => chatText(message['content'])).join(''),
    refusal: messages.map((message) => text(message['refusal'])).join(''),
    reasoning: messages.map(chatReasoning).join(''),
    calls,
    finish: chatFinish(reasons, calls.length > 0),
    usage: {
      input: count(usage['prompt_tokens']),
      output: chatOutput(usage),
      cached: count(details['cached_tokens'] ?? usage['num_cached_tokens'] ?? usage['prompt_cache_hit_tokens']),
      reasoning: count(bag(usage['completion_tokens_details'])['reasoning_tokens']),
    },
    citations: [
      ...messages.flatMap((message) =>
        bags(message['annotations']).map((one) => text(bag(one['url_citation'])['url'])),
      ),
      ...(searched.length > 0 ? searched : list(body['citations']).map(text)),
    ].filter((url) => url !== ''),
  }
}

/** Some servers count reasoning beside the completion; then only the total says what came out. */
function chatOutput(usage: Bag): number {
  const completion = count(usage['completion_tokens'])
  const beside = count(usage['total_tokens']) - count(usage['prompt_tokens']) - completion
  const reasoning = count(bag(usage['completion_tokens_details'])['reasoning_tokens'])
  return beside > 0 && beside === reasoning ? completion + reasoning : completion
}

function chatText(content: unknown): string {
  if (typeof content === 'string') return content
  return bags(content)
    .filter((part) => part['type'] === 'text')
    .map((part) => text(part['text']))
    .join('')
}

function chatReasoning(message: Bag): string {
  const said = [message['reasoning_content'], message['reasoning_text'], message['reasoning']].map(text)
  const thinking = bags(message['content'])
    .filter((part) => part['type'] === 'thinking')
    .flatMap((part) => bags(part['thinking']).map((one) => text(one['text'])))
  const details = bags(message['reasoning_details']).map((one) => text(one['text'] ?? one['summary']))
  return said.find((one) => one !== '') ?? [...thinking, ...details].join('')
}

function readChatCall(call: Bag): Call {
  const custom = call['type'] === 'custom'
  const inner = bag(custom ? call['custom'] : call['function'])
  const given = inner[custom ? 'input' : 'arguments']
  const input = typeof given === 'object' && given !== null ? JSON.stringify(given) : text(given)
  return { name: text(inner['name']), input, form: custom ? 'text' : 'json' }
}

function chatFinish(reasons: readonly string[], called: boolean): string {
  if (reasons.includes('length')) return 'length'
  if (reasons.includes('content_filter')) return 'refusal'
  return called || reasons.includes('tool_calls') || reasons.includes('function_call') ? 'tool-calls' : 'stop'
}

function readMessage(body: Bag): Said {
  const blocks = bags(body['content'])
  const of = (type: string): readonly Bag[] => blocks.filter((block) => block['type'] === type)
  const calls = of('tool_use').map((block): Call => ({
    name: text(block['name']),
    input: JSON.stringify(block['input']),
    form: 'json',
  }))
  const usage = bag(body['usage'])
  const cached = count(usage['cache_read_input_tokens'])
  return {
    text: of('text')
      .map((block) => text(block['text']))
      .join(''),
    refusal: text(bag(body['stop_details'])['explanation']),
    reasoning: of('thinking')
      .map((block) => text(block['thinking']))
      .join(''),
    calls,
    finish: messagesFinish(text(body['stop_reason']), calls.length > 0),
    usage: {
      input: count(usage['input_tokens']) + count(usage['cache_creation_input_tokens']) + cached,
      output: count(usage['output_tokens']),
      cached,
      reasoning: count(bag(usage['output_tokens_details'])['thinking_tokens']),
    },
    citations: of('text').flatMap((block) =>
      bags(block['citations'])
        .map((one) => text(one['url']))
        .filter((url) => url !== ''),
    ),
  }
}

function messagesFinish(reason: string, called: boolean): string {
  if (reason === 'max_tokens' || reason === 'model_context_window_exceeded') return 'length'
  if (reason === 'refusal') return 'refusal'
  if (reason === 'pause_turn') return 'pause'
  return reason === 'tool_use' || called ? 'tool-calls' : 'stop'
}

function readResponse(body: Bag): Said {
  const items = bags(body['output'])
  const contents = items.filter((item) => item['type'] === 'message').flatMap((item) => bags(item['content']))
  const calls = items.flatMap((item): Call[] => {
    if (item['type'] === 'function_call')
      return [{ name: text(item['name']), input: text(item['arguments']), form: 'json' }]
    if (item['type'] === 'custom_tool_call')
      return [{ name: text(item['name']), input: text(item['input']), form: 'text' }]
    return []
  })
  const usage = bag(body['usage'])
  const why = text(bag(body['incomplete_details'])['reason'])
  const refusal = contents.map((part) => text(part['refusal'])).join('')
  return {
    text: contents.map((part) => text(part['text'])).join(''),
    refusal,
    reasoning: items
      .filter((item) => item['type'] === 'reasoning')
      .flatMap((item) => {
        const summary = bags(item['summary'])
        return (summary.length > 0 ? summary : bags(item['content'])).map((part) => text(part['text']))
      })
      .join(''),
    calls,
    finish: responseFinish(text(body['status']), why, calls.length > 0),
    usage: {
      input: count(usage['input_tokens']),
      output: count(usage['output_tokens']),
      cached: count(bag(usage['input_tokens_details'])['cached_tokens']),
      reasoning: count(bag(usage['output_tokens_details'])['reasoning_tokens']),
    },
    citations: contents.flatMap((part) =>
      bags(part['annotations'])
        .filter((one) => one['type'] === 'url_citation')
        .map((one) => text(one['url'])),
    ),
  }
}

function responseFinish(status: string, why: string, called: boolean): string {
  if (status === 'incomplete') return why === 'content_filter' ? 'refusal' : 'length'
  if (status !== 'completed') return status
  return called ? 'tool-calls' : 'stop'
}

/** What an event stream amounts to, as the whole answer of the same protocol. */
export function gather(protocol: Name, events: readonly unknown[]): Bag {
  const objects = bags(list(events))
  if (protocol === 'chat') return gatherChat(objects)
  return protocol === 'messages' ? gatherMessage(objects) : gatherResponse(objects)
}

type Building = { [name: string]: unknown }

function gatherChat(events: readonly Bag[]): Bag {
  const searched = events.findLast((chunk) => chunk['search_results'] ?? chunk['citations']) ?? {}
  const choices = new Map<number, { message: Building; finish: unknown }>()
  let usage: unknown
  for (const chunk of events) {
    if (chunk['usage'] !== undefined && chunk['usage'] !== null) usage = chunk['usage']
    usage ??= bag(chunk['x_groq'])['usage']
    for (const choice of bags(chunk['choices'])) {
      const index = count(choice['index'])
      const held = choices.get(index) ?? { message: { tool_calls: [] }, finish: undefined }
      choices.set(index, held)
      held.finish = choice['finish_reason'] ?? held.finish
      addChatDelta(held.message, bag(choice['delta']))
    }
  }
  const all = [...choices.values()].map((one) => ({ message: one.message, finish_reason: one.finish }))
  return { choices: all, usage, search_results: searched['search_results'], citations: searched['citations'] }
}

function addChatDelta(message: Building, delta: Bag): void {
  for (const name of ['content', 'refusal', 'reasoning_content', 'reasoning_text', 'reasoning'])
    if (delta[name] !== undefined && delta[name] !== null)
      message[name] = Array.isArray(delta[name])
        ? [...list(message[name]), ...delta[name]]
        : text(message[name]) + text(delta[name])
  for (const name of ['annotations', 'reasoning_details'])
    if (Array.isArray(delta[name])) message[name] = [...list(message[name]), ...delta[name]]
  // Those of this builder are its own plain objects.
  const calls = message['tool_calls'] as Building[]
  for (const piece of bags(delta['tool_calls'])) {
    const id = text(piece['id'])
    const last = calls.findLast((call) => call['index'] === piece['index'])
    const fresh = !last || (id !== '' && last['id'] !== '' && last['id'] !== id)
    const call: Building = fresh ? { index: piece['index'], id, type: piece['type'] ?? 'function' } : last
    if (fresh) calls.push(call)
    const kind = call['type'] === 'custom' ? 'custom' : 'function'
    const member = kind === 'custom' ? 'input' : 'arguments'
    const inner = bag(piece[kind])
    const before = bag(call[kind])
    call[kind] = {
      name: text(before['name']) || text(inner['name']),
      [member]:
        text(before[member]) +
        (typeof inner[member] === 'object' && inner[member] !== null
          ? JSON.stringify(inner[member])
          : text(inner[member])),
    }
  }
}

function gatherMessage(events: readonly Bag[]): Bag {
  let message: Building = {}
  const blocks: Building[] = []
  const json: string[] = []
  for (const event of events) {
    const index = count(event['index'])
    const delta = bag(event['delta'])
    const block = blocks[index] ?? {}
    if (event['type'] === 'message_start') message = { ...bag(event['message']) }
    if (event['type'] === 'content_block_start') blocks[index] = { ...bag(event['content_block']) }
    if (event['type'] === 'message_delta') {
      message['usage'] = { ...bag(message['usage']), ...given(bag(event['usage'])) }
      message = { ...message, ...delta }
    }
    if (event['type'] !== 'content_block_delta') continue
    if (delta['type'] === 'text_delta') block['text'] = text(block['text']) + text(delta['text'])
    if (delta['type'] === 'thinking_delta') block['thinking'] = text(block['thinking']) + text(delta['thinking'])
    if (delta['type'] === 'signature_delta') block['signature'] = delta['signature']
    if (delta['type'] === 'citations_delta') block['citations'] = [...list(block['citations']), delta['citation']]
    if (delta['type'] === 'input_json_delta') json[index] = (json[index] ?? '') + text(delta['partial_json'])
  }
  json.forEach((one, index) => {
    const block = blocks[index]
    if (block && one !== '') block['input'] = parsedOr(one)
  })
  // A turn that goes on with what a program asked for is told whole in the start.
  return { ...message, content: blocks.length > 0 ? blocks : message['content'] }
}

function parsedOr(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    // A call that was cut off: its text is what there is.
    return { cut: json }
  }
}

function given(members: Bag): Bag {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== null && value !== undefined))
}

function gatherResponse(events: readonly Bag[]): Bag {
  const last = events.findLast((event) => isTerminal(text(event['type'])))
  const items: unknown[] = []
  const heard = heardTexts(events)
  for (const event of events)
    if (event['type'] === 'response.output_item.done')
      items[count(event['output_index'])] = withDeltas(bag(event['item']), heard.get(count(event['output_index'])))
  return { ...bag(last?.['response']), output: items }
}

/** The text of each item as the client saw it come, by output index. */
function heardTexts(events: readonly Bag[]): ReadonlyMap<number, string> {
  const heard = new Map<number, string>()
  for (const event of events)
    if (event['type'] === 'response.output_text.delta') {
      const index = count(event['output_index'])
      heard.set(index, (heard.get(index) ?? '') + text(event['delta']))
    }
  return heard
}

/** A message item with the text that came by deltas, which counts where a recording contradicts itself. */
function withDeltas(item: Bag, heard: string | undefined): Bag {
  const content = bags(item['content'])
  if (heard === undefined || item['type'] !== 'message' || content.length !== 1) return item
  return { ...item, content: [{ ...content[0], text: heard }] }
}

/** Whether an event of this type is the last of a Responses stream. */
export function isTerminal(type: string): boolean {
  return type === 'response.completed' || type === 'response.incomplete' || type === 'response.failed'
}
