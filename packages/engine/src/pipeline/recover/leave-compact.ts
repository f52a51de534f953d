import type { Recovery } from './recovery.ts'

/**
 * `/responses/compact` is not there (what is called OpenAI's is often another's), or refuses what is mended on the way of all
 * requests: the history goes that way, with the trigger at its end.
 */
export const leaveCompact: Recovery = {
  name: 'leave-compact',
  matches: ({ code, status, upstream }, { isAtCompact }) =>
    isAtCompact &&
    code !== 'context-overflow' &&
    (status === 400 || status === 405 || status === 422 || (status === 404 && upstream?.code !== 'model_not_found')),
  repair({ status }, failed) {
    failed.leaveCompact(status === 404 || status === 405)
    return 0
  },
}
