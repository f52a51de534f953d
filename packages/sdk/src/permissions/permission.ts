import type { JsonValue } from '../tools/tool.ts'

/** What is asked before a tool runs. */
export type PermissionRequest = AskedPermission | ForeignPermission

/**
 * Requests of tools that the official SDK's runtime has and this library has not: never asked here, and named so that a handler
 * that decides about them compiles as it is.
 */
type ForeignPermission =
  | { readonly kind: 'shell'; readonly toolCallId?: string; readonly fullCommandText: string }
  | { readonly kind: 'write'; readonly toolCallId?: string; readonly fileName: string; readonly diff: string }
  | { readonly kind: 'read'; readonly toolCallId?: string; readonly path: string }
  | { readonly kind: 'url'; readonly toolCallId?: string; readonly url: string }
  | { readonly kind: 'memory' | 'hook'; readonly toolCallId?: string }

/** A request of a tool that there is. */
export type AskedPermission =
  | {
      readonly kind: 'custom-tool'
      readonly toolCallId: string
      readonly toolName: string
      readonly toolDescription: string
      readonly args?: JsonValue
    }
  | {
      readonly kind: 'mcp'
      readonly toolCallId: string
      readonly serverName: string
      /** The tool's name at its server. */
      readonly toolName: string
      readonly toolTitle: string
      /** What the server says of itself; nobody has checked it. */
      readonly readOnly: boolean
      readonly args?: JsonValue
    }

/**
 * What to do. `approve-for-session` and the wider ones are remembered for this tool until the session is disconnected;
 * nothing is remembered beyond. `no-result` leaves the request open for `session.rpc.permissions`.
 */
export type PermissionRequestResult =
  | { kind: 'approve-once' }
  | { kind: 'approve-for-session' }
  | { kind: 'approve-for-location' }
  | { kind: 'approve-permanently' }
  | { kind: 'reject'; feedback?: string | undefined }
  | { kind: 'user-not-available' }
  | { kind: 'no-result' }

/** How a request ended, as the `permission.completed` event says. */
export type PermissionOutcome =
  | { kind: 'approved' }
  | { kind: 'approved-for-session' }
  | { kind: 'denied-interactively-by-user'; feedback?: string }
  | { kind: 'denied-no-approval-rule-and-could-not-request-from-user' }
  | { kind: 'denied-by-permission-request-hook'; message?: string }
  | { kind: 'cancelled' }

/** Decides about one tool call. What it throws counts as a no. */
export type PermissionHandler = (
  request: PermissionRequest,
  invocation: { sessionId: string },
) => PermissionRequestResult | Promise<PermissionRequestResult>

/** Approves every request, each one once. Give it knowingly: without a handler every request is denied. */
export const approveAll: PermissionHandler = () => ({ kind: 'approve-once' })
