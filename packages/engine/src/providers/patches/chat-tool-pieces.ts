import { asNumber, asObject, type Json, type JsonObject, type WireEvent } from '@crossfeed/protocols'
import type { EventPatch } from '../provider.ts'
import { createToolIndex, toolPieces, type ToolIndex } from './chat-tool-index.ts'
import { mapMember } from './copy-on-write.ts'

/** Pieces of streamed tool calls under one index for each call, as client libraries put them together. */
export const chatToolPieces: EventPatch = {
  name: 'chat-tool-pieces',
  reason:
    'servers that send each call whole give all of them the index 0, or none (ollama/ollama#15457, #7881), and say stop after them (user-pain 3.5)',
  protocol: 'chat',
  start() {
    const indexes = new Map<number, ToolIndex>()
    const indexOf = (choice: number): ToolIndex => {
      const known = indexes.get(choice) ?? createToolIndex()
      indexes.set(choice, known)
      return known
    }
    return {
      wants: (raw) => calls.test(raw) || (indexes.size > 0 && plainEnd.test(raw)),
      mend(event): readonly WireEvent[] {
        if (event.data === '[DONE]') return [event]
        const { data } = event
        const mended = mapMember(data, 'choices', (choice) => mendChoice(choice, data, indexOf))
        return [mended === data ? event : { ...event, data: mended }]
      },
    }
  },
}

const calls = /"tool_calls":\s*\[/
const plainEnd = /"finish_reason":\s*"stop"/

function mendChoice(value: Json, { id }: JsonObject, indexOf: (choice: number) => ToolIndex): Json {
  const choice = asObject(value)
  if (!choice) return value
  const index = indexOf(asNumber(choice['index']) ?? 0)
  const delta = asObject(choice['delta'])
  const pieces = delta ? toolPieces(delta) : []
  const mended =
    !delta || pieces.length === 0 ? choice : withPieces(choice, delta, index.mend(pieces, String(id ?? '')))
  return index.count > 0 && mended['finish_reason'] === 'stop' ? { ...mended, finish_reason: 'tool_calls' } : mended
}

/** `pieces` take the place of the delta's, in their order; what is no piece stays out. */
function withPieces(choice: JsonObject, delta: JsonObject, pieces: readonly JsonObject[]): JsonObject {
  const before = toolPieces(delta)
  if (pieces.every((piece, at) => piece === before[at])) return choice
  return { ...choice, delta: { ...delta, tool_calls: pieces } }
}
