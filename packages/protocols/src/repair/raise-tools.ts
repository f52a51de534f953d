import type { Machine, ReplyEvent } from '../core/events.ts'
import { asString, parseObject } from '../core/json.ts'
import type { Part, ToolCallPart } from '../core/part.ts'
import type { Reply } from '../core/reply.ts'
import type { ClientTool, ToolNames } from './tool-names.ts'

/** The reply with every call under the name and in the form that the client gave its tool. */
export function raiseReply(reply: Reply, names: ToolNames): Reply {
  if (names.size === 0) return reply
  return { ...reply, parts: reply.parts.map((part) => raisePart(part, names)) }
}

/** The same for a stream. A free-text tool's text comes in one piece, when its JSON wrapping is complete. */
export function raiseEvents(names: ToolNames): Machine<ReplyEvent, ReplyEvent> {
  const held = new Set<number>()
  return {
    push(event) {
      switch (event.type) {
        case 'part-start': {
          const tool = event.part.kind === 'tool-call' ? names.get(event.part.name) : undefined
          if (!tool || event.part.kind !== 'tool-call') return [event]
          if (tool.form === 'text' && event.part.form === 'json') held.add(event.index)
          return [{ ...event, part: { ...renamed(event.part, tool), form: tool.form, input: '' } }]
        }
        case 'part-delta':
          return held.has(event.index) ? [] : [event]
        case 'part-end': {
          const part = raisePart(event.part, names)
          if (!held.delete(event.index) || part.kind !== 'tool-call') return [{ ...event, part }]
          return [
            { type: 'part-delta', index: event.index, text: part.input },
            { ...event, part },
          ]
        }
        default:
          return [event]
      }
    },
    end: () => [],
  }
}

function raisePart(part: Part, names: ToolNames): Part {
  if (part.kind !== 'tool-call') return part
  const tool = names.get(part.name)
  if (!tool) return part
  const call = renamed(part, tool)
  if (tool.form === 'json' || part.form === 'text') return call
  return { ...call, form: 'text', input: asString(parseObject(part.input)?.['input']) ?? part.input }
}

function renamed(part: ToolCallPart, tool: ClientTool): ToolCallPart {
  const call = { ...part, name: tool.name }
  return tool.namespace === undefined ? call : { ...call, namespace: tool.namespace }
}
