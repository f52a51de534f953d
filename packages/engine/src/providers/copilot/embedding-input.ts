import { GatewayError, type JsonObject } from '@crossfeed/protocols'
import { asList } from '../patches/copy-on-write.ts'

/**
 * Throws where what is to be embedded is given as tokens: Copilot takes texts, and refuses them with two bare words
 * (copilot-protocol 8). LangChain for Python sends tokens unless it is told not to.
 */
export function refuseTokenInput(model: string, body: JsonObject): void {
  const first = asList(body['input'])?.[0]
  if (typeof first !== 'number' && !Array.isArray(first)) return
  const told =
    `${model} at GitHub Copilot takes texts in input, and no tokens. ` +
    'Send the texts themselves (LangChain: check_embedding_ctx_length=False), or ask for a model of another supply.'
  throw new GatewayError('invalid-request', 400, told, {
    reason: 'token-input-unsupported',
    upstream: { type: 'invalid_request_error', param: 'input' },
  })
}
