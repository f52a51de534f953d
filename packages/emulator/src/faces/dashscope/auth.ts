import { refuse } from '../../dialect/refuse.ts'
import { stringOf } from '../../json.ts'
import type { Call } from '../../state.ts'

/** Lets a call with an API key in (one of `keys`, else any `sk-…`), or throws 401 as Model Studio's error page has it. */
export function checkDashscopeKey(call: Call, keys: readonly string[] | undefined): void {
  const key = /^bearer (\S+)$/i.exec(stringOf(call.headers.authorization))?.[1]
  if (key === undefined) {
    const message =
      "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY)."
    throw refuse(401, message)
  }
  if (keys === undefined ? /^sk-./.test(key) : keys.includes(key)) return
  throw refuse(401, 'Incorrect API key provided. ', 'invalid_api_key')
}
