import { stringOf } from '../../json.ts'
import { Refusal } from '../../refusal.ts'
import type { Call } from '../../state.ts'

/** Lets every call in; where keys are set (`--api-key` of vLLM), only those with one of them. */
export function checkCompatibleKey(call: Call, keys: readonly string[] | undefined): void {
  if (keys === undefined) return
  const key = /^bearer (\S+)$/i.exec(stringOf(call.headers.authorization))?.[1]
  if (key === undefined || !keys.includes(key))
    throw new Refusal(401, 'Unauthorized', { body: { error: 'Unauthorized' } })
}
