import { bag, bags, canonical, count, isBag, list, text, type Bag } from './json.ts'
import { isTerminal, type Name } from './said.ts'

/**
 * What is wrong with the order and shape of a stream, by the letter of its protocol; empty when nothing. `withUsage`
 * says whether a Chat Completions client asked for the usage chunk.
 */
export function streamFaults(protocol: Name, events: readonly unknown[], withUsage: boolean): readonly string[] {
  if (protocol === 'chat') return chatFaults(events, withUsage)
  return protocol === 'messages' ? messageFaults(bags(events)) : responseFaults(bags(events))
}

function chatFaults(events: readonly unknown[], withUsage: boolean): string[] {
  const faults: string[] = []
  const fault = (index: number, what: string): unknown => faults.push(`${index}: ${what}`)
  if (events.filter((event) => event === '[DONE]').length !== 1 || events.at(-1) !== '[DONE]')
    faults.push('[DONE] is not once, at the end')
  const ids = new Set<unknown>()
  const calls: Bag[] = []
  let finished = false
  let usages = 0
  let spoke = false
  events.forEach((event, index) => {
    if (!isBag(event)) return
    ids.add(canonical([event['id'], event['model'], event['created'], event['object']]))
    const choices = bags(event['choices'])
    if (isBag(event['usage'])) {
      usages += 1
      if (choices.length > 0) fault(index, 'usage beside a choice')
      if (!finished) fault(index, 'usage before the finish')
    } else if (choices.length === 0) fault(index, 'a chunk that says nothing')
    for (const choice of choices) {
      if (finished) fault(index, 'a choice after the finish')
      const delta = bag(choice['delta'])
      if (!spoke && delta['role'] !== 'assistant') fault(index, 'the first chunk has no role')
      if (spoke && delta['role'] !== undefined) fault(index, 'a second role')
      spoke = true
      for (const piece of bags(delta['tool_calls'])) {
        const at = piece['index']
        if (typeof at !== 'number') fault(index, 'a tool call without index')
        else if (at > calls.length) fault(index, 'a tool index that leaves a gap')
        else if (at === calls.length) {
          if (text(piece['id']) === '') fault(index, 'a new call without id')
          if (text(bag(piece['function'] ?? piece['custom'])['name']) === '') fault(index, 'a new call without name')
          calls.push(piece)
        } else if (piece['id'] !== undefined) fault(index, 'an id on a continuation')
      }
      if (choice['finish_reason'] !== null && choice['finish_reason'] !== undefined) finished = true
    }
  })
  if (!finished) faults.push('no finish reason')
  if (ids.size !== 1) faults.push(`${ids.size} different heads`)
  if (usages !== (withUsage ? 1 : 0)) faults.push(`${usages} usage chunks`)
  return faults
}

const deltasOf: Readonly<Record<string, readonly string[]>> = {
  text: ['text_delta', 'citations_delta'],
  thinking: ['thinking_delta', 'signature_delta'],
  tool_use: ['input_json_delta'],
  server_tool_use: ['input_json_delta'],
  compaction: ['compaction_delta'],
}

function messageFaults(events: readonly Bag[]): string[] {
  const faults: string[] = []
  let open: Bag | undefined
  let heard = ''
  let next = 0
  let json = ''
  let stage: string = 'none'
  events.forEach((event, index) => {
    const fault = (what: string): unknown => faults.push(`${index}: ${what}`)
    switch (event['type']) {
      case 'ping':
        return
      case 'message_start':
        if (stage !== 'none') fault('a second start')
        if (list(bag(event['message'])['content']).length > 0) fault('content in the start')
        if (bag(event['message'])['stop_reason'] !== null) fault('a stop reason in the start')
        stage = 'blocks'
        return
      case 'content_block_start':
        if (stage !== 'blocks' || open) fault('a block opened at the wrong time')
        if (event['index'] !== next) fault(`index ${String(event['index'])}, not ${next}`)
        open = bag(event['content_block'])
        if (open['type'] === 'tool_use' && Object.keys(bag(open['input'])).length > 0) fault('input in the start')
        if (open['type'] === 'text' && text(open['text']) !== '') fault('text in the start')
        heard = ''
        json = ''
        return
      case 'content_block_delta': {
        const delta = bag(event['delta'])
        if (!open || event['index'] !== next) return void fault('a delta for a block that is not open')
        if (!deltasOf[text(open['type'])]?.includes(text(delta['type'])))
          fault(`${text(delta['type'])} in a ${text(open['type'])} block`)
        heard += text(delta['text'])
        json += text(delta['partial_json'])
        return
      }
      case 'content_block_stop':
        if (!open || event['index'] !== next) fault('a stop for a block that is not open')
        if (open?.['type'] === 'text' && heard.trim() === '') fault('an empty text block')
        if (open?.['type'] === 'tool_use' && json !== '' && !isBag(tryParse(json))) fault('input that is no object')
        open = undefined
        next += 1
        return
      case 'message_delta':
        if (stage !== 'blocks' || open) fault('the message delta at the wrong time')
        if (text(bag(event['delta'])['stop_reason']) === '') fault('no stop reason')
        if (count(bag(event['usage'])['output_tokens']) === 0) fault('no output tokens')
        stage = 'delta'
        return
      case 'message_stop':
        if (stage !== 'delta') fault('the stop at the wrong time')
        stage = 'stop'
        return
      default:
        fault(`unknown event ${text(event['type'])}`)
    }
  })
  if (stage !== 'stop') faults.push('no end')
  return faults
}

function tryParse(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    // The fault is what the caller makes of undefined.
    return undefined
  }
}

interface Item {
  readonly id: unknown
  readonly type: string
  done?: Bag
  /** Text by slot: `<event family>.<content or summary index>`. */
  readonly heard: Map<string, string>
  readonly open: Set<string>
}

function responseFaults(events: readonly Bag[]): string[] {
  const faults: string[] = []
  const items: Item[] = []
  let ended = false
  events.forEach((event, index) => {
    const type = text(event['type'])
    const fault = (what: string): unknown => faults.push(`${index} ${type}: ${what}`)
    if (event['sequence_number'] !== index) fault(`sequence ${String(event['sequence_number'])}`)
    if (ended) fault('after the end')
    if ((index === 0) !== (type === 'response.created')) fault('created is not first')
    if ((index === 1) !== (type === 'response.in_progress')) fault('in_progress is not second')
    if (index < 2 && list(bag(event['response'])['output']).length > 0) fault('output at the start')
    if (isTerminal(type)) {
      ended = true
      const output = bags(bag(event['response'])['output'])
      if (canonical(output) !== canonical(items.map((item) => item.done))) fault('the response is not its items')
      return
    }
    if (index < 2) return
    if (type === 'response.output_item.added') {
      const item = bag(event['item'])
      if (event['output_index'] !== items.length) fault(`output_index ${String(event['output_index'])}`)
      items.push({ id: item['id'], type: text(item['type']), heard: new Map(), open: new Set() })
      return
    }
    const item = items[count(event['output_index'])]
    if (!item || item.done) return void fault('of no open item')
    if (type === 'response.output_item.done') {
      const done = bag(event['item'])
      if (done['id'] !== item.id) fault('another id')
      if (done['type'] !== item.type) fault('another type')
      if (item.open.size > 0) fault(`still open: ${[...item.open].join()}`)
      item.done = done
      faults.push(...itemFaults(item, done).map((what) => `${index}: ${what}`))
      return
    }
    if (event['item_id'] !== item.id) fault('another item id')
    pieceFaults(item, type, event).forEach(fault)
  })
  if (!ended) faults.push('no end')
  return faults
}

const deltaTypes: Readonly<Record<string, string>> = {
  'response.output_text.delta': 'message',
  'response.refusal.delta': 'message',
  'response.reasoning_summary_text.delta': 'reasoning',
  'response.reasoning_text.delta': 'reasoning',
  'response.function_call_arguments.delta': 'function_call',
  'response.custom_tool_call_input.delta': 'custom_tool_call',
}

/** What is wrong with one event inside an item. */
function pieceFaults(item: Item, type: string, event: Bag): string[] {
  const slot = String(event['content_index'] ?? event['summary_index'] ?? '-')
  const family = type.slice(0, type.lastIndexOf('.'))
  const key = `${family}.${slot}`
  if (type.endsWith('_part.added')) {
    const was = item.open.has(slot) ? ['opened twice'] : []
    item.open.add(slot)
    return was
  }
  if (type.endsWith('_part.done')) return item.open.delete(slot) ? [] : ['closed, but not open']
  if (type.endsWith('.delta')) {
    const fits = deltaTypes[type] === item.type ? [] : [`in a ${item.type}`]
    const inSlot = slot === '-' || item.open.has(slot) ? [] : ['in a part that is not open']
    item.heard.set(key, (item.heard.get(key) ?? '') + text(event['delta']))
    return [...fits, ...inSlot]
  }
  if (type.endsWith('.done')) {
    const whole = text(event['text'] ?? event['arguments'] ?? event['input'] ?? event['refusal'])
    return whole === (item.heard.get(key) ?? '') ? [] : ['is not what the deltas said']
  }
  return []
}

function itemFaults(item: Item, done: Bag): string[] {
  const heard = [...item.heard.values()].join('')
  const said = [
    text(done['arguments']),
    text(done['input']),
    ...[...bags(done['summary']), ...bags(done['content'])].map((part) => text(part['text'] ?? part['refusal'])),
  ].join('')
  return heard === said ? [] : [`${item.type}: ${JSON.stringify(said.slice(0, 80))} was not what came by deltas`]
}
