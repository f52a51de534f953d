import { bag, bags, canonical, isBag, list, parsed, text, type Bag } from './json.ts'
import type { Name } from './said.ts'

/** One thing that a request holds, in the order of the conversation. */
export interface Atom {
  readonly kind: 'text' | 'media' | 'call' | 'result' | 'reasoning' | 'item'
  readonly who: 'system' | 'user' | 'assistant' | 'tool'
  /** Words without white space, a medium's data, a call's name and arguments, a result's call. */
  readonly value: string
}

/** What a request asks for, whatever protocol it is written in. Read here without any of the product's own code. */
export interface Meant {
  readonly atoms: readonly Atom[]
  /** Name, description and schema of each function, in order; of a free-text tool its name and description. */
  readonly tools: readonly { readonly name: string; readonly description: string; readonly schema: string }[]
  readonly hosted: readonly string[]
  readonly settings: Bag
}

/** What a request body means. Call ids are replaced by the number of the call, since each protocol has its own. */
export function readMeaning(protocol: Name, body: unknown): Meant {
  return { chat: readChat, messages: readMessages, responses: readResponses }[protocol](bag(body))
}

/** Words as they are compared: how parts are put together is the writer's own. */
function squeeze(words: string): string {
  return words.replace(/\s+/g, '')
}

class Flow {
  readonly atoms: Atom[] = []
  readonly #calls = new Map<string, number>()

  text(who: Atom['who'], words: unknown): void {
    const value = squeeze(text(words))
    if (value !== '') this.atoms.push({ kind: 'text', who, value })
  }

  add(kind: Atom['kind'], who: Atom['who'], value: string): void {
    this.atoms.push({ kind, who, value })
  }

  call(id: unknown, name: unknown, input: unknown, form: 'json' | 'text'): void {
    const number = this.#calls.size
    this.#calls.set(text(id), number)
    const json = typeof input === 'string' ? jsonOr(input) : input
    const args = form === 'text' ? { input: text(input) } : json
    this.add('call', 'assistant', `#${number} ${text(name)} ${canonical(args)}`)
  }

  result(id: unknown): void {
    this.add('result', 'tool', `#${String(this.#calls.get(text(id)) ?? `orphan ${text(id)}`)}`)
  }
}

function jsonOr(input: string): unknown {
  if (input.trim() === '') return {}
  return parsed(input) ?? { input }
}

function readChat(body: Bag): Meant {
  const flow = new Flow()
  for (const message of bags(body['messages'])) {
    const role = text(message['role'])
    const who = { developer: 'system', function: 'tool' }[role] ?? role
    if (who === 'tool') flow.result(message['tool_call_id'] ?? message['name'])
    const reasoning = message['reasoning_text'] ?? message['reasoning_content'] ?? message['reasoning']
    if (text(reasoning) !== '') flow.add('reasoning', 'assistant', squeeze(text(reasoning)))
    // A role of another name is shown as it is, and so is found missing.
    readChatContent(flow, who as Atom['who'], message['content'])
    flow.text('assistant', message['refusal'])
    for (const call of bags(message['tool_calls'])) {
      const custom = call['type'] === 'custom'
      const inner = bag(custom ? call['custom'] : call['function'])
      flow.call(call['id'], inner['name'], custom ? inner['input'] : inner['arguments'], custom ? 'text' : 'json')
    }
  }
  const legacy = bags(body['functions']).map((one): Bag => ({ type: 'function', function: one }))
  const tools = [...bags(body['tools']), ...legacy]
  const format = bag(body['response_format'])
  return {
    atoms: flow.atoms,
    tools: tools
      .filter((tool) => tool['type'] === undefined || tool['type'] === 'function' || tool['type'] === 'custom')
      .map((tool) => [tool['function'], tool['custom']].find(isBag) ?? tool)
      .map((tool) => toolOf(tool, tool['parameters'])),
    hosted: isBag(body['web_search_options']) ? ['web_search'] : [],
    settings: defined({
      maxTokens: body['max_completion_tokens'] ?? body['max_tokens'],
      temperature: body['temperature'],
      topP: body['top_p'],
      stop: typeof body['stop'] === 'string' ? [body['stop']] : body['stop'],
      seed: body['seed'],
      effort: body['reasoning_effort'],
      verbosity: body['verbosity'],
      parallel: body['parallel_tool_calls'] === false && tools.length > 0 ? false : undefined,
      choice: tools.length > 0 ? chatChoice(body['tool_choice'] ?? body['function_call']) : undefined,
      format: isBag(format['json_schema'])
        ? format['json_schema']['schema']
        : format['type'] === 'json_object' || undefined,
      user: body['user'],
      frequencyPenalty: body['frequency_penalty'] || undefined,
      presencePenalty: body['presence_penalty'] || undefined,
      logprobs: body['logprobs'] || undefined,
      choices: body['n'] === 1 ? undefined : body['n'],
    }),
  }
}

function readChatContent(flow: Flow, who: Atom['who'], content: unknown): void {
  if (typeof content === 'string') return flow.text(who, content)
  for (const part of bags(content)) {
    const type = text(part['type'])
    if (type === 'image_url') flow.add('media', who, bare(text(bag(part['image_url'])['url'] ?? part['image_url'])))
    else if (type === 'input_audio') flow.add('media', who, text(bag(part['input_audio'])['data']))
    else if (type === 'file')
      flow.add('media', who, bare(text(bag(part['file'])['file_data'] ?? bag(part['file'])['file_id'])))
    else if (type === 'thinking') flow.add('reasoning', who, 'thinking')
    else if (type === 'text' || type === 'refusal') flow.text(who, part['text'] ?? part['refusal'])
    else flow.add('item', who, type)
  }
}

function chatChoice(choice: unknown): unknown {
  if (choice === 'auto' || choice === undefined || choice === null) return undefined
  if (typeof choice === 'string') return choice === 'any' ? 'required' : choice
  const wire = bag(choice)
  const named = bag(wire['function'] ?? wire['custom'] ?? wire)
  return wire['type'] === 'allowed_tools' ? 'allowed' : { name: named['name'] }
}

/** The payload of a data URL; other addresses as they are. */
function bare(url: string): string {
  return url.startsWith('data:') ? url.slice(url.indexOf(',') + 1) : url
}

function toolOf(tool: Bag, schema: unknown): Meant['tools'][number] {
  return {
    name: text(tool['name']),
    description: text(tool['description']),
    schema: canonical(isBag(schema) ? plainSchema(schema) : undefined) ?? '',
  }
}

/** A schema without what says nothing to a model: its dialect, and the type that goes without saying at the top. */
function plainSchema(schema: Bag): Bag {
  const { $schema: _dialect, ...others } = schema
  const { type: _type, properties, ...more } = others
  return isBag(properties) && Object.keys(properties).length > 0 ? { properties, ...more } : more
}

function readMessages(body: Bag): Meant {
  const flow = new Flow()
  readBlocks(flow, 'system', body['system'])
  for (const message of bags(body['messages'])) {
    const who = text(message['role'])
    // One of the three roles of the API.
    readBlocks(flow, who as Atom['who'], message['content'])
  }
  const tools = bags(body['tools'])
  const thinking = bag(body['thinking'])
  const output = bag(body['output_config'])
  const format = bag(output['format'] ?? body['output_format'])
  const choice = bag(body['tool_choice'])
  return {
    atoms: flow.atoms,
    tools: tools.filter((tool) => isBag(tool['input_schema'])).map((tool) => toolOf(tool, tool['input_schema'])),
    hosted: tools.filter((tool) => !isBag(tool['input_schema'])).map((tool) => hostedKind(tool['type'])),
    settings: defined({
      maxTokens: body['max_tokens'],
      temperature: body['temperature'],
      topP: body['top_p'],
      topK: body['top_k'],
      stop: body['stop_sequences'],
      thinking: thinking['type'] === 'disabled' ? undefined : thinking['type'],
      effort: output['effort'],
      parallel: choice['disable_parallel_tool_use'] === true ? false : undefined,
      choice: tools.length > 0 ? messagesChoice(choice) : undefined,
      format: format['schema'],
      user: bag(body['metadata'])['user_id'],
    }),
  }
}

function messagesChoice(choice: Bag): unknown {
  if (choice['type'] === 'any') return 'required'
  if (choice['type'] === 'tool') return { name: choice['name'] }
  return choice['type'] === 'none' ? 'none' : undefined
}

function readBlocks(flow: Flow, who: Atom['who'], content: unknown): void {
  if (typeof content === 'string') return flow.text(who, content)
  for (const block of bags(content)) readBlock(flow, who, block)
}

function readBlock(flow: Flow, who: Atom['who'], block: Bag): void {
  const type = text(block['type'])
  const source = bag(block['source'])
  switch (type) {
    case 'text':
      return flow.text(who, block['text'])
    case 'image':
    case 'document':
      if (source['type'] === 'text') return flow.text(who, source['data'])
      if (source['type'] === 'content') return readBlocks(flow, who, source['content'])
      return flow.add('media', who, text(source['data'] ?? source['url'] ?? source['file_id']))
    case 'thinking':
      if (text(block['thinking']) !== '') flow.add('reasoning', who, squeeze(text(block['thinking'])))
      return
    case 'redacted_thinking':
      return
    case 'tool_use':
      return flow.call(block['id'], block['name'], block['input'], 'json')
    case 'tool_result':
      flow.result(block['tool_use_id'])
      return readBlocks(flow, 'tool', block['content'])
    default:
      flow.add('item', who, type)
  }
}

function readResponses(body: Bag): Meant {
  const flow = new Flow()
  flow.text('system', body['instructions'])
  const input = typeof body['input'] === 'string' ? [{ role: 'user', content: body['input'] }] : bags(body['input'])
  const inItems = input
    .filter((item) => bag(item)['type'] === 'additional_tools')
    .flatMap((item) => bags(bag(item)['tools']))
  for (const item of input) readItem(flow, bag(item))
  const tools = [...bags(body['tools']), ...inItems].flatMap((tool) =>
    tool['type'] === 'namespace'
      ? bags(tool['tools']).map((one) => ({ ...one, name: fullName(tool['name'], one['name']) }))
      : [tool],
  )
  const isOwn = (tool: Bag): boolean => tool['type'] === 'function' || tool['type'] === 'custom'
  const reasoning = bag(body['reasoning'])
  const words = bag(body['text'])
  const format = bag(words['format'])
  return {
    atoms: flow.atoms,
    tools: tools.filter(isOwn).map((tool) => toolOf(tool, tool['parameters'])),
    hosted: tools.filter((tool) => !isOwn(tool)).map((tool) => hostedKind(tool['type'])),
    settings: defined({
      maxTokens: body['max_output_tokens'],
      temperature: body['temperature'],
      topP: body['top_p'],
      effort: reasoning['effort'],
      verbosity: words['verbosity'],
      parallel: body['parallel_tool_calls'] === false && tools.length > 0 ? false : undefined,
      choice: tools.length > 0 ? chatChoice(body['tool_choice']) : undefined,
      format: format['schema'] ?? (format['type'] === 'json_object' || undefined),
      user: body['user'],
      logprobs: list(body['include']).includes('message.output_text.logprobs') || undefined,
    }),
  }
}

/** Web search has many names: by vendor, by date, by stage. */
function hostedKind(type: unknown): string {
  return text(type).startsWith('web_search') ? 'web_search' : text(type)
}

/** The name of a tool of a group where there are no groups. */
function fullName(group: unknown, name: unknown): string {
  return text(group) === '' ? text(name) : `${text(group)}__${text(name)}`
}

function readItem(flow: Flow, item: Bag): void {
  const role = text(item['role'])
  switch (item['type'] ?? 'message') {
    case 'message':
      // One of the documented roles; another is found missing.
      return readParts(flow, (role === 'developer' ? 'system' : role) as Atom['who'], item['content'])
    case 'function_call':
      return flow.call(item['call_id'], fullName(item['namespace'], item['name']), item['arguments'], 'json')
    case 'custom_tool_call':
      return flow.call(item['call_id'], fullName(item['namespace'], item['name']), item['input'], 'text')
    case 'function_call_output':
    case 'custom_tool_call_output':
      flow.result(item['call_id'])
      return readParts(flow, 'tool', item['output'])
    case 'reasoning': {
      const words = [...bags(item['summary']), ...bags(item['content'])].map((part) => text(part['text'])).join('')
      if (words !== '') flow.add('reasoning', 'assistant', squeeze(words))
      return
    }
    case 'additional_tools':
      return
    default:
      flow.add('item', 'assistant', text(item['type']))
  }
}

function readParts(flow: Flow, who: Atom['who'], content: unknown): void {
  if (typeof content === 'string') return flow.text(who, content)
  for (const part of bags(content)) {
    const type = text(part['type'])
    const media = part['image_url'] ?? part['file_data'] ?? part['file_url'] ?? part['file_id']
    if (type === 'input_image' || type === 'input_file') flow.add('media', who, bare(text(media)))
    else if (type === 'input_audio') flow.add('media', who, text(bag(part['input_audio'])['data']))
    else if (['input_text', 'output_text', 'text', 'refusal'].includes(type))
      flow.text(who, part['text'] ?? part['refusal'])
    else flow.add('item', who, type)
  }
}

function defined(members: Bag): Bag {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined && value !== null))
}
