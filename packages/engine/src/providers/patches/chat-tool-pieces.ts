import { asNumber, asObject, asObjects, type JsonObject, type WireEvent } from '@crossfeed/protocols'
import { createToolIndex, toolPieces, type ToolIndex } from './chat-tool-index.ts'
import type { EventPatch } from '../provider.ts'

/** Pieces of streamed tool calls under one index for each call, as client libraries put them together. */
export const chatToolPieces: EventPatch = {
  name: 'chat-tool-pieces',
  reason: 'servers that send each call whole give all of them the index 0, or none (ollama/ollama#15457, #7881)',
  protocol: 'chat',
  start() {
    const indexes = new Map<number, ToolIndex>()
    const indexOf = (choice: number): ToolIndex => {
      const known = indexes.get(choice) ?? createToolIndex()
      indexes.set(choice, known)
      return known
    }
    return {
      wants: (raw) => raw.includes('"tool_calls":['),
      mend(event): readonly WireEvent[] {
        if (event.data === '[DONE]') return [event]
        const { data } = event
        const choices = asObjects(data['choices']).map((choice) => mendChoice(choice, data, indexOf))
        return [{ ...event, data: { ...data, choices } }]
      },
    }
  },
}

function mendChoice(choice: JsonObject, { id }: JsonObject, indexOf: (choice: number) => ToolIndex): JsonObject {
  const delta = asObject(choice['delta'])
  const pieces = delta ? toolPieces(delta) : []
  if (!delta || pieces.length === 0) return choice
  const tool_calls = indexOf(asNumber(choice['index']) ?? 0).mend(pieces, String(id ?? ''))
  return { ...choice, delta: { ...delta, tool_calls } }
}
