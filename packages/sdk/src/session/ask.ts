import { randomUUID } from 'node:crypto'
import { foldEvents, type Finish, type Part, type Prompt, type ReplyEvent, type Usage } from '@crossfeed/protocols'
import type { ModelPort } from '../engine/model-port.ts'
import type { EventLog } from './event-log.ts'

/** A model's answer, read to its end. */
export interface Answer {
  readonly messageId: string
  readonly model: string
  readonly parts: readonly Part[]
  readonly text: string
  readonly reasoning: string
  readonly finish: Finish
  readonly usage: Usage
  /** Milliseconds. */
  readonly duration: number
}

/** One call. */
export interface AskOptions {
  readonly port: ModelPort
  readonly prompt: Prompt
  readonly sessionId: string
  readonly initiator: 'user' | 'agent'
  readonly signal: AbortSignal
  /** Where deltas and reasoning are told; absent for calls that nobody should see, such as summaries. */
  readonly log?: EventLog | undefined
  /** Tell deltas. */
  readonly streaming: boolean
}

/** Asks the model once and tells what comes. Rejects with GatewayError; with code `cancelled` after an abort. */
export async function ask(options: AskOptions): Promise<Answer> {
  const { port, prompt, sessionId, initiator, signal, log, streaming } = options
  const messageId = randomUUID()
  const started = performance.now()
  const events: ReplyEvent[] = []
  const reasoningIds = new Map<number, string>()
  const kinds = new Map<number, Part['kind']>()
  for await (const event of port.ask({ prompt, sessionId, initiator, signal })) {
    if (event.type !== 'part-delta') events.push(event)
    if (event.type === 'part-start') {
      kinds.set(event.index, event.part.kind)
      if (event.part.kind === 'reasoning') reasoningIds.set(event.index, randomUUID())
    }
    if (event.type === 'part-delta' && streaming) tellDelta(event.index, event.text)
    if (event.type === 'part-end' && event.part.kind === 'reasoning' && event.part.text !== '') {
      const reasoningId = reasoningIds.get(event.index) ?? randomUUID()
      log?.emit('assistant.reasoning', { reasoningId, content: event.part.text })
    }
  }
  const reply = foldEvents(events)
  return {
    messageId,
    model: reply.model || prompt.model,
    parts: reply.parts,
    text: textOf(reply.parts),
    reasoning: reply.parts.map((part) => (part.kind === 'reasoning' ? part.text : '')).join(''),
    finish: reply.finish,
    usage: reply.usage,
    duration: Math.round(performance.now() - started),
  }

  function tellDelta(index: number, deltaContent: string): void {
    if (deltaContent === '') return
    const kind = kinds.get(index)
    if (kind === 'text' || kind === 'refusal') log?.emit('assistant.message_delta', { messageId, deltaContent })
    const reasoningId = reasoningIds.get(index)
    if (reasoningId !== undefined) log?.emit('assistant.reasoning_delta', { reasoningId, deltaContent })
  }
}

/** What the model said to the user. */
function textOf(parts: readonly Part[]): string {
  return parts.map((part) => (part.kind === 'text' || part.kind === 'refusal' ? part.text : '')).join('')
}
