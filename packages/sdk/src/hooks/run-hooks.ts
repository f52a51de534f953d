import type { EventLog } from '../session/event-log.ts'
import { untilAborted } from '../session/until-aborted.ts'
import type { BaseHookInput, Hook, SessionHooks } from './hooks.ts'

type InputOf<K extends keyof SessionHooks> =
  NonNullable<SessionHooks[K]> extends Hook<infer Input, infer _Output> ? Omit<Input, keyof BaseHookInput> : never
type OutputOf<K extends keyof SessionHooks> =
  NonNullable<SessionHooks[K]> extends Hook<infer _Input, infer Output> ? Output : never

/** Calls a session's hooks. */
export interface HookRunner {
  /** What the hook said; undefined when there is none, it said nothing, or it threw. */
  run<K extends keyof SessionHooks>(name: K, input: InputOf<K>): Promise<OutputOf<K> | undefined>
}

/** Creates the caller of `hooks`. A hook that throws changes nothing: the failure is told as a `session.warning`. */
export function createHookRunner(
  hooks: SessionHooks | undefined,
  session: {
    readonly sessionId: string
    readonly workingDirectory: string
    readonly log: EventLog
    /** Aborted when the session disconnects: nobody waits for a hook any more, for it may be the one that disconnects. */
    readonly closing: AbortSignal
  },
): HookRunner {
  const { sessionId, workingDirectory, log, closing } = session
  return {
    async run(name, input) {
      // The map of hooks ties each name to its own input and output; indexing by a union of names loses that.
      const hook = hooks?.[name] as Hook<unknown, OutputOf<typeof name>> | undefined
      if (hook === undefined) return undefined
      try {
        const whole = { ...input, sessionId, timestamp: new Date(), workingDirectory }
        return (await untilAborted(Promise.resolve(hook(whole, { sessionId })), closing)) ?? undefined
      } catch (error) {
        if (closing.aborted) return undefined
        const message = error instanceof Error ? error.message : String(error)
        log.emit('session.warning', { warningType: 'hook', message: `The hook ${name} failed: ${message}` })
        return undefined
      }
    },
  }
}
