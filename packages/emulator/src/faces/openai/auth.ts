import { stringOf } from '../../json.ts'
import { refuse } from '../../dialect/refuse.ts'
import type { Call } from '../../state.ts'

const missing =
  "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY), or as the password field (with blank username) if you're accessing the API from your browser and are prompted for a username and password. You can obtain an API key from https://platform.openai.com/account/api-keys."

/** Lets a call with an API key in (one of `keys`, else any `sk-…`), or throws 401 as OpenAI words it. */
export function checkOpenaiKey(call: Call, keys: readonly string[] | undefined): void {
  const key = /^bearer (.*)$/i.exec(stringOf(call.headers.authorization))?.[1]?.trim()
  if (key === undefined || key === '') throw refuse(401, missing)
  if (keys === undefined ? /^sk-./.test(key) : keys.includes(key)) return
  const shown =
    key.length > 12 ? `${key.slice(0, 8)}${'*'.repeat(key.length - 12)}${key.slice(-4)}` : '*'.repeat(key.length)
  const message = `Incorrect API key provided: ${shown}. You can find your API key at https://platform.openai.com/account/api-keys.`
  throw refuse(401, message, 'invalid_api_key')
}
