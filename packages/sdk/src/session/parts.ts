import type { Model } from '@crossfeed/engine'
import type { Prompt, Tool } from '@crossfeed/protocols'
import type { ModelPort } from '../engine/model-port.ts'
import type { HookRunner } from '../hooks/run-hooks.ts'
import type { ToolRunner } from '../tools/run-tool.ts'
import type { Conversation } from './conversation.ts'
import type { EventLog } from './event-log.ts'
import { writeReasoning, type ModelSettings } from './model-settings.ts'

/** What one session is made of, as its loop sees it. */
export interface SessionParts {
  readonly sessionId: string
  readonly workingDirectory: string
  readonly log: EventLog
  readonly hooks: HookRunner
  readonly port: ModelPort
  readonly runner: ToolRunner
  readonly conversation: Conversation
  readonly settings: ModelSettings
  readonly systemMessage: string
  readonly streaming: boolean
  /** Whether a model is served by a provider of the program's own. */
  isByok(model: string): boolean
  /** Tokens that an answer may have. */
  readonly maxOutput: number | undefined
  /** AI credits that the session may use; undefined for any number. */
  readonly maxCredits: number | undefined
  /** The model that is asked, with what is known of it. Rejects when none can be found. */
  model(): Promise<{ readonly name: string; readonly info: Model | undefined }>
}

/** The tools of a session, in the core's words. */
export function writeTools(parts: SessionParts): readonly Tool[] {
  return [...parts.runner.tools.values()].map(({ name, description, schema }) => ({
    kind: 'function' as const,
    name,
    ...(description === '' ? {} : { description }),
    schema,
  }))
}

/** The next question to the model. */
export function writePrompt(parts: SessionParts, model: string): Prompt {
  const { conversation, settings, systemMessage, maxOutput } = parts
  const reasoning = writeReasoning(settings)
  const system = [{ role: 'system' as const, level: 'instructions' as const, parts: [text(systemMessage)] }]
  return {
    model,
    turns: [...(systemMessage === '' ? [] : system), ...conversation.turns],
    tools: writeTools(parts),
    sampling: {},
    stream: true,
    ...(reasoning === undefined ? {} : { reasoning }),
    ...(maxOutput === undefined ? {} : { maxTokens: maxOutput }),
  }
}

function text(value: string): { kind: 'text'; text: string } {
  return { kind: 'text', text: value }
}
