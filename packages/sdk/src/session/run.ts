import { randomUUID } from 'node:crypto'
import { asGatewayError, GatewayError, type Part } from '@crossfeed/protocols'
import { runTool } from '../tools/run-tool.ts'
import { ask, type Answer } from './ask.ts'
import type { Compactor } from './compaction.ts'
import { creditsOf } from './credits.ts'
import { deliver, initiatorOf, type Message } from './deliver.ts'
import type { AssistantMessageEvent } from './events.ts'
import { writePrompt, type SessionParts } from './parts.ts'
import { answerCalls, tellAnswer, type ToolCallPart } from './tell-answer.ts'

/** How a run ended. */
export interface RunOutcome {
  /** Its last answer. */
  readonly last: AssistantMessageEvent | undefined
  readonly error: GatewayError | undefined
  readonly aborted: boolean
}

/** A run's surroundings. */
export interface RunOptions {
  readonly parts: SessionParts
  readonly compactor: Compactor
  readonly signal: AbortSignal
  /** Messages that were sent into this run and that the model has not been told yet; taken from here. */
  readonly steering: Message[]
  /** AI credits that the session has used; the run adds its own. */
  readonly credits: { used: number; warned: boolean }
}

/** Follow-ups that a hook may force in a row: one that always blocks must not run up a bill without end. */
const mostBlocks = 8

/** Answers a message: asks the model and runs the tools that it calls, until it has nothing more to do. Never rejects. */
export async function run(first: Message, delivery: 'idle' | 'queued', options: RunOptions): Promise<RunOutcome> {
  const { parts, compactor, signal, steering } = options
  let last: AssistantMessageEvent | undefined
  try {
    let answers = await deliver(parts, first, delivery)
    let initiator = initiatorOf(first)
    for (let blocks = 0; ;) {
      for (const message of steering.splice(0)) {
        answers = await deliver(parts, message, 'steering')
        initiator = initiatorOf(message)
      }
      checkCredits(options)
      const { name, info } = await parts.model()
      const turnId = randomUUID()
      parts.log.emit('assistant.turn_start', { turnId, model: name })
      const answer = await askModel(options, name, initiator)
      if (answer === undefined) return { last, error: undefined, aborted: false }
      const credits = creditsOf(answer.usage, info)
      charge(options, credits, name)
      last = tellAnswer(parts, answer, { turnId, answers, initiator, credits, asked: name })
      const calls = answer.parts.filter(isCall)
      await compactor.afterAnswer(answer.usage.input + answer.usage.output)
      const ran = await Promise.all(calls.map((call) => runTool(call, parts.runner, turnId, signal)))
      answerCalls(parts, calls, ran)
      parts.log.emit('assistant.turn_end', { turnId, model: answer.model })
      signal.throwIfAborted()
      initiator = 'agent'
      const hasResults = ran.length > 0 && !ran.some(({ ends }) => ends)
      if (hasResults || answer.finish === 'pause' || steering.length > 0) continue
      const stop = await parts.hooks.run('onAgentStop', { stopReason: answer.finish, stopHookActive: blocks > 0 })
      if (stop?.decision !== 'block' || blocks >= mostBlocks) return { last, error: undefined, aborted: false }
      blocks++
      steering.push({ id: randomUUID(), prompt: stop.reason ?? 'Go on.', source: 'system', parts: [], attachments: [] })
    }
  } catch (thrown) {
    if (signal.aborted) return { last, error: undefined, aborted: true }
    return { last, error: asGatewayError(thrown), aborted: false }
  }
}

/** The model's answer; undefined when a hook said to skip the failure. Rejects with the last failure. */
async function askModel(options: RunOptions, name: string, initiator: 'user' | 'agent'): Promise<Answer | undefined> {
  const { parts, compactor, signal } = options
  let shrunk = false
  for (let retries = 0; ;) {
    try {
      await compactor.beforeCall(signal)
      const { port, sessionId, log, streaming } = parts
      return await ask({ port, prompt: writePrompt(parts, name), sessionId, initiator, signal, log, streaming })
    } catch (thrown) {
      if (signal.aborted) throw thrown
      const error = asGatewayError(thrown)
      if (error.code === 'context-overflow' && !shrunk) {
        shrunk = true
        if (await compactor.shrink(signal)) continue
      }
      const recoverable = ['rate-limited', 'overloaded', 'upstream', 'timeout'].includes(error.code)
      const asked = { error: error.message, errorContext: 'model_call' as const, recoverable }
      const said = await parts.hooks.run('onErrorOccurred', asked)
      if (said?.userNotification !== undefined)
        parts.log.emit('session.info', { infoType: 'error', message: said.userNotification })
      if (said?.errorHandling === 'skip') return undefined
      if (said?.errorHandling !== 'retry' || retries >= (said.retryCount ?? 1)) throw error
      retries++
    }
  }
}

/** A limit on credits means nothing for a model without prices, which has to be said. */
function charge({ parts, credits }: RunOptions, used: number | undefined, model: string): void {
  credits.used += used ?? 0
  if (used !== undefined || parts.maxCredits === undefined || credits.warned) return
  credits.warned = true
  const message = `The prices of ${model} are not known: its calls do not count towards sessionLimits.maxAiCredits.`
  parts.log.emit('session.warning', { warningType: 'session-limit', message })
}

function checkCredits({ parts, credits }: RunOptions): void {
  const most = parts.maxCredits
  if (most === undefined || credits.used < most) return
  const used = { maxAiCredits: most, usedAiCredits: credits.used }
  parts.log.emit('session_limits_exhausted.requested', { requestId: randomUUID(), ...used })
  throw new GatewayError('quota', 402, `This session has used ${credits.used.toFixed(2)} of its ${most} AI credits.`, {
    reason: 'session-limit',
    fix: 'Raise sessionLimits.maxAiCredits, or begin a new session.',
  })
}

function isCall(part: Part): part is ToolCallPart {
  return part.kind === 'tool-call'
}
