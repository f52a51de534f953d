import { randomUUID } from 'node:crypto'
import type { EventLog } from '../session/event-log.ts'
import { createPending } from '../session/pending.ts'
import { untilAborted } from '../session/until-aborted.ts'
import type { AskedPermission, PermissionHandler, PermissionOutcome, PermissionRequestResult } from './permission.ts'

/** What came of a request. */
export interface Verdict {
  readonly approved: boolean
  /** For the model, when it was denied. */
  readonly message: string
}

/** Where a session's tools ask whether they may run. */
export interface PermissionGate {
  ask(request: AskedPermission, signal: AbortSignal): Promise<Verdict>
  /** What a hook decided without asking. */
  decide(request: AskedPermission, approved: boolean, reason: string | undefined): Verdict
  /** Answers a request that its handler left open. Whether it was one. */
  answer(requestId: string, result: PermissionRequestResult): boolean
}

/** Creates the gate. Without a handler everything is denied. */
export function createPermissionGate(
  handler: PermissionHandler | undefined,
  session: { readonly sessionId: string; readonly log: EventLog },
): PermissionGate {
  const { sessionId, log } = session
  const remembered = new Set<string>()
  const pending = createPending<PermissionRequestResult>()

  const close = (requestId: string, request: AskedPermission, result: PermissionOutcome, message = ''): Verdict => {
    log.emit('permission.completed', { requestId, toolCallId: request.toolCallId, result })
    return { approved: result.kind === 'approved' || result.kind === 'approved-for-session', message }
  }
  return {
    async ask(request, signal) {
      const requestId = randomUUID()
      const key = keyOf(request)
      log.emit('permission.requested', { requestId, permissionRequest: request })
      if (remembered.has(key)) return close(requestId, request, { kind: 'approved-for-session' })
      if (!handler) {
        const kind = 'denied-no-approval-rule-and-could-not-request-from-user'
        return close(
          requestId,
          request,
          { kind },
          'Denied: this program gave no onPermissionRequest, so no tool may run.',
        )
      }
      let result: PermissionRequestResult
      try {
        result = await untilAborted(Promise.resolve(handler(request, { sessionId })), signal)
        if (result.kind === 'no-result') result = await pending.wait(requestId, signal)
      } catch (error) {
        if (signal.aborted) return close(requestId, request, { kind: 'cancelled' }, 'The user stopped the run.')
        const why = error instanceof Error ? error.message : String(error)
        log.emit('session.warning', { warningType: 'permission', message: `onPermissionRequest failed: ${why}` })
        const kind = 'denied-no-approval-rule-and-could-not-request-from-user'
        return close(requestId, request, { kind }, 'Denied: the question for permission failed.')
      }
      if (result.kind === 'reject') {
        const { feedback } = result
        const message = feedback ? `The user denied this call: ${feedback}` : 'The user denied this call.'
        const kind = 'denied-interactively-by-user'
        return close(requestId, request, { kind, ...(feedback === undefined ? {} : { feedback }) }, message)
      }
      if (result.kind === 'approve-once') return close(requestId, request, { kind: 'approved' })
      if (isLasting(result)) {
        remembered.add(key)
        return close(requestId, request, { kind: 'approved-for-session' })
      }
      // `user-not-available`, a second `no-result`, and words that nobody knows: none of them is a yes.
      const kind = 'denied-no-approval-rule-and-could-not-request-from-user'
      return close(requestId, request, { kind }, 'Denied: no user is there to ask.')
    },
    decide(request, approved, reason) {
      const requestId = randomUUID()
      log.emit('permission.requested', { requestId, permissionRequest: request, resolvedByHook: true })
      if (approved) return close(requestId, request, { kind: 'approved' })
      const message = reason ?? 'A hook of the program denied this call.'
      return close(requestId, request, { kind: 'denied-by-permission-request-hook', message }, message)
    },
    answer: (requestId, result) => pending.settle(requestId, result),
  }
}

function isLasting(result: PermissionRequestResult): boolean {
  return ['approve-for-session', 'approve-for-location', 'approve-permanently'].includes(result.kind)
}

function keyOf(request: AskedPermission): string {
  return request.kind === 'mcp'
    ? JSON.stringify([request.kind, request.serverName, request.toolName])
    : JSON.stringify([request.kind, request.toolName])
}
