import { describe, expect, it } from 'vitest'
import { chat, messages, responses } from '../index.ts'
import type { ErrorCode } from './error.ts'
import type { JsonObject } from './json.ts'

const protocols = { chat, messages, responses }
const said: readonly (readonly [error: JsonObject, status: number, code: ErrorCode])[] = [
  [{ status: 400 }, 400, 'invalid-request'],
  [{ code: 'rate_limit_exceeded' }, 429, 'rate-limited'],
  [{ code: 'usage_limit_reached' }, 429, 'rate-limited'],
  [{ code: 'server_is_overloaded' }, 503, 'overloaded'],
  [{ type: 'rate_limit_error' }, 429, 'rate-limited'],
  [{ type: 'overloaded_error' }, 529, 'overloaded'],
  [{ type: 'authentication_error' }, 401, 'unauthorized'],
  [{ type: 'api_error', code: 'context_length_exceeded' }, 400, 'context-overflow'],
  [{ type: 'api_error', message: 'prompt is too long: 9 tokens > 8 maximum' }, 400, 'context-overflow'],
  [{ message: "This model's maximum context length is 8 tokens. You requested 9 tokens." }, 400, 'context-overflow'],
  [{ type: 'server_error' }, 500, 'upstream'],
  [{ code: 'unheard_of' }, 502, 'upstream'],
  [{ code: 404.5 }, 502, 'upstream'],
  [{ code: 'image_too_large' }, 400, 'invalid-request'],
  [{ code: 'invalid_response' }, 502, 'upstream'],
]

describe.each(['chat', 'messages', 'responses'] as const)('an error of %s that comes without a status', (id) => {
  it.each(said)('has the one that it stands for in a stream: %o', (error, status, code) => {
    const data =
      id === 'chat' ? { error: { message: 'No.', ...error } } : { type: 'error', error: { message: 'No.', ...error } }
    expect(protocols[id].readEvents('').push({ data })).toMatchObject([{ type: 'error', error: { status, code } }])
  })

  it.each(said.filter(([, status]) => status < 500))(
    'is laid at the door of the request as a whole answer too: %o',
    (error, status, code) => {
      const body = { ...(id === 'messages' ? { type: 'error' } : {}), error: { message: 'No.', ...error } }
      expect(protocols[id].readError(502, body)).toMatchObject({ status, code })
    },
  )
})
