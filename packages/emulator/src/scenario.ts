import type { Citation, Finish } from './standin/answer.ts'
import type { FaceName } from './faces/face.ts'
import type { Pacing, Cut } from './server/outcome.ts'
import { isObject } from './json.ts'

/** Which call a step is for. Every member that is given has to fit. */
export interface StepCondition {
  /** The further upstream that was asked (`azure`), or `copilot`. Its paths are without the prefix of its address. */
  readonly face?: FaceName | 'copilot'
  /** The path, exactly (`/chat/completions`). Without it a step serves model calls only. */
  readonly path?: string
  readonly model?: string
  /** A piece of the request's raw body. */
  readonly body?: string
  /** The n-th call (from 1) for which the other members fit. */
  readonly nth?: number
}

/** A tool call that a step makes. */
export interface ScriptedToolCall {
  readonly id?: string
  readonly name: string
  readonly namespace?: string
  /** An object is written as JSON; a string is sent as it is, even when it is not JSON. */
  readonly arguments: object | string
  readonly custom?: boolean
}

/** One scripted answer. Times in milliseconds. */
export interface ScenarioStep {
  readonly name?: string
  readonly when?: StepCondition
  /** How often the step serves; 0 = always. Default 1. */
  readonly times?: number
  /** A list is streamed in exactly these pieces. */
  readonly text?: string | readonly string[]
  readonly reasoning?: string | { readonly text?: string; readonly opaque?: string; readonly redacted?: boolean }
  readonly toolCalls?: readonly ScriptedToolCall[]
  readonly interleave?: boolean
  readonly refusal?: string
  readonly citations?: readonly Citation[]
  readonly logprobs?: boolean
  readonly phase?: 'commentary' | 'final_answer'
  readonly finish?: Finish
  readonly stopSequence?: string
  readonly usage?: {
    readonly input?: number
    readonly output?: number
    readonly cached?: number
    readonly cacheWrite?: number
    readonly reasoning?: number
  }
  readonly delay?: { readonly headers?: number; readonly chunks?: number; readonly silence?: Pacing['silence'] }
  readonly cut?: Cut
  /** With `body` or `error`: the whole answer. */
  readonly status?: number
  /** A string is sent as it is, anything else as JSON. */
  readonly body?: unknown
  /** The `error` member of the body. */
  readonly error?: { readonly message: string; readonly code?: string; readonly type?: string; readonly param?: string }
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
  /** A recorded stream: its text, or one JSON value per event (an event's `type` becomes its name). */
  readonly sse?: string | readonly unknown[]
}

/** Scripted answers, in order of precedence. */
export type Scenario = readonly ScenarioStep[]

const members = new Set(
  (
    'name when times text reasoning toolCalls interleave refusal citations logprobs phase finish stopSequence usage delay cut ' +
    'status body error contentType headers sse'
  ).split(' '),
)

/** Reads a scenario that came as JSON; throws a TypeError that names the step and the member that is wrong. */
export function readScenario(value: unknown): Scenario {
  if (!Array.isArray(value)) throw new TypeError('a scenario is a list of steps')
  for (const [index, step] of value.entries()) {
    if (!isObject(step)) throw new TypeError(`step ${index} is not an object`)
    const unknown = Object.keys(step).find((name) => !members.has(name))
    if (unknown !== undefined) throw new TypeError(`step ${index} has an unknown member: ${unknown}`)
    if (step['toolCalls'] !== undefined && !Array.isArray(step['toolCalls'])) {
      throw new TypeError(`step ${index}: toolCalls is not a list`)
    }
  }
  // The members were checked by name; their insides are the author's business.
  return value as Scenario
}

/** What a step is matched against. */
interface MatchedCall {
  /** Copilot and GitHub when left out. */
  readonly face?: FaceName
  readonly path: string
  readonly model: string
  readonly body: string
  readonly isModelCall: boolean
}

/** A scenario that is being played. */
export interface Playbook {
  /** The step that serves this call, used up by one; nothing when the stand-in has to answer. */
  take(call: MatchedCall): ScenarioStep | undefined
  /** Steps that still wait, for `GET /__state`. */
  left(): number
}

/** Plays a scenario. */
export function createPlaybook(scenario: Scenario): Playbook {
  const steps = scenario.map((step) => ({ step, left: step.times === 0 ? Infinity : (step.times ?? 1), seen: 0 }))
  return {
    left: () => steps.filter(({ left }) => left > 0).length,
    take: (call) => {
      let found: ScenarioStep | undefined
      for (const entry of steps) {
        if (entry.left <= 0 || !fits(entry.step.when, call)) continue
        entry.seen += 1
        if (found !== undefined || (entry.step.when?.nth !== undefined && entry.step.when.nth !== entry.seen)) continue
        entry.left -= 1
        found = entry.step
      }
      return found
    },
  }
}

function fits(when: StepCondition | undefined, call: MatchedCall): boolean {
  if (when?.face !== undefined && when.face !== (call.face ?? 'copilot')) return false
  if (when?.path === undefined ? !call.isModelCall : when.path !== call.path) return false
  if (when?.model !== undefined && when.model !== call.model) return false
  return when?.body === undefined || call.body.includes(when.body)
}
