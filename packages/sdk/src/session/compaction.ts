import { asGatewayError, type Turn } from '@crossfeed/protocols'
import { ask } from './ask.ts'
import type { InfiniteSessionConfig } from './config.ts'
import { cutPoint, estimateText, estimateTools, estimateTurns, writeTranscript } from './conversation.ts'
import type { CompactionTrigger } from './events.ts'
import { promptLimit } from './model-settings.ts'
import { writeTools, type SessionParts } from './parts.ts'
import { untilAborted } from './until-aborted.ts'

/** Keeps a conversation within what its model takes. */
export interface Compactor {
  /** Before a model call: begins a summary where it is time, and waits for it where there is no more room. */
  beforeCall(signal: AbortSignal): Promise<void>
  /** After an answer: `tokens` is what the model said the conversation has now. Begins a summary where it is time. */
  afterAnswer(tokens: number): Promise<void>
  /** After a refusal as too long. Whether something could be left out. */
  shrink(signal: AbortSignal): Promise<boolean>
  /** Ends a summary under way. */
  close(): void
}

const instructions =
  'Summarise the conversation below so that you can go on with it from the summary alone. Keep: what the user wants and has ' +
  'decided, facts and names found out, files and tools involved, what is done, what is left, and the exact words that still matter. ' +
  'Answer with the summary only.'

/** Creates the compactor of one session; with `enabled: false` it only shrinks what was refused as too long, never before. */
export function createCompactor(parts: SessionParts, config: InfiniteSessionConfig = {}): Compactor {
  const background = config.backgroundCompactionThreshold ?? 0.8
  const exhausted = config.bufferExhaustionThreshold ?? 0.95
  const enabled = config.enabled !== false
  const closing = new AbortController()
  let known: { readonly tokens: number; readonly turns: number } | undefined
  let underWay: Promise<boolean> | undefined
  /** Turns at the last failure: nothing is tried again before the conversation has grown. */
  let failedAt = -1

  const tokens = (): number => {
    const { turns } = parts.conversation
    if (known !== undefined && known.turns <= turns.length)
      return known.tokens + estimateTurns(turns.slice(known.turns))
    return overhead(parts) + estimateTurns(turns)
  }
  const limit = async (): Promise<number | undefined> => {
    const { info } = await parts.model()
    return promptLimit(info, parts.settings)
  }
  const begin = (trigger: CompactionTrigger, most: number | undefined): Promise<boolean> => {
    underWay ??= compact(trigger, most).finally(() => (underWay = undefined))
    return underWay
  }

  async function compact(trigger: CompactionTrigger, tokenLimit: number | undefined): Promise<boolean> {
    const { log, conversation } = parts
    const before = conversation.turns
    const cut = cutPoint(before)
    if (cut === undefined) return false
    const currentTokens = tokens()
    const limits = tokenLimit === undefined ? {} : { tokenLimit }
    const facts = { trigger, ...limits, preCompactionTokens: currentTokens, preCompactionMessagesLength: before.length }
    log.emit('session.compaction_start', { trigger, currentTokens, ...limits })
    try {
      const answer = await summarise(before.slice(0, cut))
      conversation.replaceHead(cut, summaryTurn(answer.text))
      known = undefined
      const { input, output, cacheRead } = answer.usage
      log.emit('session.compaction_complete', {
        success: true,
        ...facts,
        postCompactionTokens: tokens(),
        messagesRemoved: cut,
        tokensRemoved: Math.max(0, currentTokens - tokens()),
        summaryContent: answer.text,
        compactionTokensUsed: {
          inputTokens: input,
          outputTokens: output,
          model: answer.model,
          ...(cacheRead === undefined ? {} : { cacheReadTokens: cacheRead }),
        },
      })
      return true
    } catch (error) {
      failedAt = conversation.turns.length
      log.emit('session.compaction_complete', { success: false, ...facts, error: asGatewayError(error).message })
      return false
    }
  }

  async function summarise(turns: readonly Turn[]): ReturnType<typeof ask> {
    const { name } = await parts.model()
    const content = `${instructions}\n\n<conversation>\n${writeTranscript(turns)}</conversation>`
    const answer = await ask({
      port: parts.port,
      sessionId: parts.sessionId,
      initiator: 'agent',
      signal: closing.signal,
      streaming: false,
      prompt: {
        model: name,
        turns: [{ role: 'user', parts: [{ kind: 'text', text: content }] }],
        tools: [],
        sampling: {},
        stream: true,
      },
    })
    if (answer.text.trim() === '') throw new Error('The model gave no summary.')
    return answer
  }

  async function consider(wait: ((work: Promise<boolean>) => Promise<unknown>) | undefined): Promise<void> {
    if (!enabled) return
    const most = await limit()
    const current = tokens()
    if (most === undefined) return
    parts.log.emit('session.usage_info', {
      currentTokens: current,
      tokenLimit: most,
      messagesLength: parts.conversation.turns.length,
    })
    if (current < most * background || parts.conversation.turns.length <= failedAt) return
    const work = begin('threshold', most)
    if (current >= most * exhausted && wait) await wait(work)
  }

  return {
    beforeCall: (signal) => consider((work) => untilAborted(work, signal)),
    async afterAnswer(said) {
      known = { tokens: said, turns: parts.conversation.turns.length }
      await consider(undefined)
    },
    async shrink(signal) {
      if (!enabled) return false
      return untilAborted(begin('context_limit_retry', await limit()), signal)
    },
    close: () => closing.abort(),
  }
}

function overhead(parts: SessionParts): number {
  return estimateText(parts.systemMessage) + estimateTools(writeTools(parts))
}

function summaryTurn(summary: string): Turn {
  const text = `<summary of the conversation so far>\n${summary}\n</summary of the conversation so far>`
  return { role: 'user', parts: [{ kind: 'text', text }] }
}
