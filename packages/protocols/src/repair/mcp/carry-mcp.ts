import type { Machine, ReplyEvent } from '../../core/events.ts'
import { asObjects, asString, type JsonObject } from '../../core/json.ts'
import { madeUpId } from '../../core/made-up-id.ts'
import type { ProtocolId } from '../../core/protocol.ts'
import { blocksOfCall, callOfBlocks, itemId } from './mcp-call.ts'
import { aboutItem, itemOf, native, wholePart } from '../native-parts.ts'
import { createPlaces, moved } from '../places.ts'

/**
 * Calls of remote MCP servers in an answer between Messages and Responses, in the items of `to`, the client's protocol: Messages
 * has two blocks for each (the arguments, then the result), Responses one item. `names` are those that the client gave the servers,
 * by what the upstream calls them.
 */
export function carryMcp(to: ProtocolId, names: ReadonlyMap<string, string>): Machine<ReplyEvent, ReplyEvent> {
  return to === 'responses' ? blocksAsItems(names) : itemsAsBlocks(names)
}

interface OpenCall {
  readonly index: number
  readonly label: string
  use: JsonObject
}

function blocksAsItems(names: ReadonlyMap<string, string>): Machine<ReplyEvent, ReplyEvent> {
  const places = createPlaces()
  let answer = ''
  const labelOf = (server: unknown): string => names.get(asString(server) ?? '') ?? asString(server) ?? ''
  /** Calls whose results are awaited, by the ids of their blocks. */
  const open = new Map<string, OpenCall>()
  /** Blocks that have no place of their own. */
  const within = new Set<number>()

  const startCall = (block: JsonObject): readonly ReplyEvent[] => {
    const call = { index: places.next(), label: labelOf(block['server_name']), use: block }
    open.set(asString(block['id']) ?? '', call)
    const value = { ...callOfBlocks(block, undefined, call.label), arguments: '', status: 'in_progress' }
    return [{ type: 'part-start', index: call.index, part: native('responses', value) }, progress(call, 'in_progress')]
  }
  const endArguments = (block: JsonObject): readonly ReplyEvent[] => {
    const call = open.get(asString(block['id']) ?? '')
    if (!call) return nothing
    call.use = block
    const said = JSON.stringify(block['input'] ?? {})
    return [
      about(call, 'mcp_call_arguments.delta', { delta: said }),
      about(call, 'mcp_call_arguments.done', { arguments: said }),
    ]
  }
  const endCall = (call: OpenCall, result: JsonObject | undefined): readonly ReplyEvent[] => {
    const value = callOfBlocks(call.use, result, call.label)
    const stages = result ? [progress(call, value['status'] === 'failed' ? 'failed' : 'completed')] : nothing
    return [...stages, { type: 'part-end', index: call.index, part: native('responses', value) }]
  }
  /** What a server offered, which clients of Responses keep too. */
  const listing = (block: JsonObject): readonly ReplyEvent[] => {
    const label = labelOf(block['mcp_server_name'])
    const index = places.next()
    const tools = asObjects(block['tools']).map((tool) => ({ annotations: null, description: null, ...tool }))
    const part = native('responses', {
      id: madeUpId('mcpl', answer, index),
      type: 'mcp_list_tools',
      server_label: label,
      tools,
    })
    return wholePart(index, part)
  }

  return {
    push(event) {
      if (event.type === 'start') answer = event.id
      if (event.type === 'part-start' || event.type === 'part-end') {
        const block = itemOf(event.part, 'messages')
        const isStart = event.type === 'part-start'
        if (block?.['type'] === 'mcp_tool_use') return isStart ? startCall(block) : endArguments(block)
        if (block?.['type'] === 'mcp_tool_listing') return isStart ? nothing : listing(block)
        const call = block?.['type'] === 'mcp_tool_result' ? open.get(asString(block['tool_use_id']) ?? '') : undefined
        if (call && isStart) within.add(event.index)
        if (block && call && !isStart) {
          open.delete(asString(block['tool_use_id']) ?? '')
          return endCall(call, block)
        }
        if (within.has(event.index)) return nothing
      }
      if (event.type !== 'end') return [moved(event, places)]
      // A turn that pauses leaves its last call without a result.
      return [...[...open.values()].flatMap((call) => endCall(call, undefined)), event]
    },
    end: () => nothing,
  }
}

function progress(call: OpenCall, stage: string): ReplyEvent {
  return about(call, `mcp_call.${stage}`)
}

function about({ use }: OpenCall, type: string, members?: JsonObject): ReplyEvent {
  return aboutItem(type, itemId(asString(use['id']) ?? ''), members)
}

function itemsAsBlocks(names: ReadonlyMap<string, string>): Machine<ReplyEvent, ReplyEvent> {
  const places = createPlaces()
  return {
    push(event) {
      if (event.type === 'part-start' || event.type === 'part-end') {
        const item = itemOf(event.part, 'responses')
        if (item?.['type'] === 'mcp_call') {
          // The result is known at the end only.
          if (event.type === 'part-start') return nothing
          const label = asString(item['server_label']) ?? ''
          const blocks = blocksOfCall(item, names.get(label) ?? label)
          return blocks.flatMap((block) => wholePart(places.next(), native('messages', block)))
        }
        // What a server offers is asked of it anew with each request. That it could not be asked is worth a report.
        if (item?.['type'] === 'mcp_list_tools') {
          if (event.type === 'part-start' || !item['error']) return nothing
          return wholePart(places.of(event.index), event.part)
        }
      }
      return [moved(event, places)]
    },
    end: () => nothing,
  }
}

const nothing: readonly ReplyEvent[] = []
