import type { JsonObject } from '../core/json.ts'
import type { Loss } from '../core/loss.ts'
import type { Protocol } from '../core/protocol.ts'
import { plainTraits, type Traits } from '../core/traits.ts'
import { translate } from '../translate.ts'

/** What a target of `to` is sent for a request in `from`, and what was lost on the way. */
export function send(
  from: Protocol,
  to: Protocol,
  body: JsonObject,
  traits: Traits = plainTraits,
): [JsonObject, readonly Loss[]] {
  const losses: Loss[] = []
  const lose = (loss: Loss): void => void losses.push(loss)
  return [translate({ from, to, body, model: 'm', issuer: 'i', traits, lose }).body, losses]
}
