import type { Recovery } from './recovery.ts'

/** The model is not served at this endpoint (Q10): the endpoint is remembered as closed and the next nearest is asked. */
export const otherEndpoint: Recovery = {
  name: 'other-endpoint',
  matches: (error, failed) =>
    failed.elsewhere &&
    (error.upstream?.code === 'unsupported_api_for_model' ||
      /not accessible via the \/\S+ endpoint/i.test(error.message)),
  repair(_error, failed) {
    failed.learned.closeEndpoint(failed.target)
    failed.note(`endpoint-closed:${failed.target.protocol}`)
    return 0
  },
}
