import { stringOf } from '../../json.ts'
import { Refusal } from '../../refusal.ts'
import type { Call } from '../../state.ts'

const refuse = (message: string): Refusal => new Refusal(401, message)

/**
 * Lets a call in by `x-api-key` or by a bearer token, never by both. A token of a sign-in (`sk-ant-oat…`) is for the bearer
 * header and needs its beta. Throws 401 in the words of the service (anthropics/claude-code#6131).
 */
export function checkAnthropicKey(call: Call, keys: readonly string[] | undefined): void {
  const key = stringOf(call.headers['x-api-key'])
  const bearer = stringOf(call.headers.authorization)
  if (key !== '' && bearer !== '') throw refuse('x-api-key and Authorization may not be sent together')
  const isKnown = (secret: string): boolean =>
    keys === undefined ? secret.startsWith('sk-ant-') : keys.includes(secret)
  if (key !== '') {
    if (key.startsWith('sk-ant-oat') || !isKnown(key)) throw refuse('invalid x-api-key')
    return
  }
  const token = /^bearer (\S+)$/i.exec(bearer)?.[1]
  if (token === undefined) throw refuse('x-api-key header is required')
  if (!isKnown(token)) throw refuse('Invalid bearer token')
  if (token.startsWith('sk-ant-oat') && !betasOf(call).includes('oauth-2025-04-20')) {
    throw refuse('OAuth authentication is currently not supported.')
  }
}

/** The values of `anthropic-beta`. */
export const betasOf = ({ headers }: Call): readonly string[] =>
  stringOf(headers['anthropic-beta'])
    .split(',')
    .map((beta) => beta.trim())
    .filter(Boolean)
