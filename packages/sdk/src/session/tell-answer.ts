import { parseJson, type Part } from '@crossfeed/protocols'
import type { Ran } from '../tools/run-tool.ts'
import type { JsonValue, ToolResultObject } from '../tools/tool.ts'
import type { Answer } from './ask.ts'
import type { AssistantMessageEvent, ToolRequest } from './events.ts'
import type { SessionParts } from './parts.ts'

/** A call in an answer, as the core has it. */
export type ToolCallPart = Extract<Part, { kind: 'tool-call' }>

/** What is told besides the answer itself. */
interface Circumstances {
  readonly turnId: string
  /** The user's message that it answers. */
  readonly answers: string
  readonly initiator: 'user' | 'agent'
  readonly credits: number | undefined
  /** The model's name, as it was asked for. */
  readonly asked: string
}

/** Keeps an answer in the conversation and tells of it. */
export function tellAnswer(parts: SessionParts, answer: Answer, about: Circumstances): AssistantMessageEvent {
  const { conversation, log, settings } = parts
  const { usage, model, text, reasoning } = answer
  // An upstream may count parts with gaps; what never came has no place in the history.
  const kept = answer.parts.filter((part) => part !== undefined)
  if (kept.length > 0) conversation.add({ role: 'assistant', parts: kept })
  const requests = kept.flatMap((part) => (part.kind === 'tool-call' ? [toRequest(parts, part)] : []))
  const message = log.emit('assistant.message', {
    messageId: answer.messageId,
    content: text,
    model,
    turnId: about.turnId,
    outputTokens: usage.output,
    originatingMessageId: about.answers,
    ...(requests.length > 0 ? { toolRequests: requests } : {}),
    ...(reasoning === '' ? {} : { reasoningText: reasoning }),
  })
  log.emit('assistant.usage', {
    model,
    inputTokens: usage.input,
    outputTokens: usage.output,
    duration: answer.duration,
    finishReason: answer.finish,
    initiator: about.initiator,
    isByok: parts.isByok(about.asked),
    ...(usage.cacheRead === undefined ? {} : { cacheReadTokens: usage.cacheRead }),
    ...(usage.cacheWrite === undefined ? {} : { cacheWriteTokens: usage.cacheWrite }),
    ...(usage.reasoning === undefined ? {} : { reasoningTokens: usage.reasoning }),
    ...(about.credits === undefined ? {} : { cost: about.credits }),
    ...(settings.effort === undefined ? {} : { reasoningEffort: settings.effort }),
  })
  return message
}

/** Puts the results into the conversation, in the order of their calls. */
export function answerCalls(parts: SessionParts, calls: readonly ToolCallPart[], ran: readonly Ran[]): void {
  if (calls.length === 0) return
  const results = calls.flatMap((call, index) => {
    const result = ran[index]?.result
    return result ? [toPart(call, result)] : []
  })
  parts.conversation.add({ role: 'user', parts: results })
}

function toPart(call: ToolCallPart, result: ToolResultObject): Extract<Part, { kind: 'tool-result' }> {
  const media = (result.binaryResultsForLlm ?? []).map(({ data, mimeType, description }): Part => ({
    kind: 'media',
    mediaType: mimeType,
    source: { base64: data },
    ...(description === undefined ? {} : { name: description }),
  }))
  return {
    kind: 'tool-result',
    id: call.id,
    content: [{ kind: 'text', text: result.textResultForLlm }, ...media],
    failed: result.resultType !== 'success',
    form: call.form,
  }
}

function toRequest(parts: SessionParts, call: ToolCallPart): ToolRequest {
  const mcp = parts.runner.tools.get(call.name)?.mcp
  const args = parseJson(call.input)
  return {
    toolCallId: call.id,
    name: call.name,
    type: 'function',
    // Parsed JSON has no undefined members, which is all that sets the two types apart.
    ...(args === undefined ? {} : { arguments: args as JsonValue }),
    ...(mcp ? { mcpServerName: mcp.server, mcpToolName: mcp.toolName } : {}),
  }
}
