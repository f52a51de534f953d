import { GatewayError } from '@crossfeed/protocols'

/** What an exit status means. */
export const exit: Readonly<
  Record<'done' | 'failed' | 'usage' | 'signIn' | 'refused' | 'network' | 'interrupted', number>
> = { done: 0, failed: 1, usage: 2, signIn: 3, refused: 4, network: 5, interrupted: 130 }

/** The exit status for an error. */
export function exitCodeOf(error: unknown): number {
  if (!(error instanceof GatewayError)) return exit.failed
  const reason = error.reason ?? ''
  if (reason === 'usage' || reason === 'open-bind') return exit.usage
  // Not 2: whoever called it called it rightly.
  if (reason.startsWith('config-') || reason.startsWith('port-')) return exit.failed
  if (reason === 'sign-in-cancelled') return exit.interrupted
  if (reason.startsWith('network-') || reason.startsWith('timeout-')) return exit.network
  if (error.code === 'cancelled') return exit.interrupted
  if (error.code === 'unauthorized') return exit.signIn
  if (error.code === 'internal' || error.code === 'invalid-request' || error.code === 'not-found') return exit.failed
  return exit.refused
}
