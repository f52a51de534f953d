import { isGiven, stringOf } from '../../json.ts'
import { Refusal } from '../../refusal.ts'
import type { Call } from '../../state.ts'

const denied = (message: string): Refusal => new Refusal(401, message, { code: '401' })

/**
 * Lets a call in by `api-key` (one of `keys`, else any) or by an Entra token as the bearer, or throws 401. Both at once is
 * no refusal of the service, which would take one of them, but a client that sends two identities has mixed them up.
 */
export function checkAzureKey(call: Call, keys: readonly string[] | undefined): void {
  const key = call.headers['api-key']
  const bearer = /^bearer (\S+)$/i.exec(stringOf(call.headers.authorization))?.[1]
  if (isGiven(key) && isGiven(call.headers.authorization)) {
    throw denied('Both an api-key and an Authorization header were sent: a client sends one of them.')
  }
  const given = typeof key === 'string' && key !== '' ? key : bearer
  if (given !== undefined && (keys === undefined || keys.includes(given))) return
  throw denied(
    'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active subscription and use a correct regional API endpoint for your resource.',
  )
}
