import { describe, expect, it } from 'vitest'
import { asObject, type JsonObject } from './json.ts'
import { chat } from '../chat/index.ts'
import { messages } from '../messages/index.ts'
import { responses } from '../responses/index.ts'

const typeOf = (body: JsonObject): unknown => asObject(body['error'])?.['type']

describe('a client of Anthropic’s', () => {
  it.each([
    [400, 'invalid_request_error', 'invalid_request_error'],
    [401, 'invalid_request_error', 'authentication_error'],
    [402, 'invalid_request_error', 'billing_error'],
    [403, 'invalid_request_error', 'permission_error'],
    [404, 'invalid_request_error', 'not_found_error'],
    [413, 'invalid_request_error', 'invalid_request_error'],
    [429, 'tokens', 'rate_limit_error'],
    [500, 'server_error', 'api_error'],
    [502, 'invalid_request_error', 'api_error'],
    [503, 'service_unavailable_error', 'overloaded_error'],
  ])('is told OpenAI’s %i %s as %s, with the code and the words', (status, type, told) => {
    for (const protocol of [chat, responses]) {
      const given = { error: { message: 'No.', type, code: 'their_code', param: null } }
      expect(messages.writeError(protocol.readError(status, given))).toMatchObject({
        status,
        body: { type: 'error', error: { type: told, message: 'No.', code: 'their_code' } },
      })
    }
  })

  it.each(['invalid_request_error', 'authentication_error', 'request_too_large', 'overloaded_error'])(
    'is told what an upstream of Anthropic’s called %s by that word, whatever the status',
    (type) => {
      const error = messages.readError(418, { type: 'error', error: { type, message: 'No.' } })
      expect(typeOf(messages.writeError(error).body)).toBe(type)
    },
  )
})

describe.each([chat, responses])('a client of OpenAI’s ($id)', (protocol) => {
  it.each([
    [401, 'authentication_error', 'invalid_request_error', 'invalid_api_key'],
    [403, 'permission_error', 'invalid_request_error', null],
    [404, 'not_found_error', 'invalid_request_error', null],
    [413, 'request_too_large', 'invalid_request_error', null],
    [429, 'rate_limit_error', 'rate_limit_error', 'rate_limit_exceeded'],
    [500, 'api_error', 'server_error', null],
    [504, 'timeout_error', 'server_error', null],
  ])('is told Anthropic’s %i %s as %s', (status, type, told, code) => {
    const error = messages.readError(status, { type: 'error', error: { type, message: 'No.' } })
    expect(protocol.writeError(error)).toMatchObject({ status, body: { error: { type: told, message: 'No.', code } } })
  })

  it('is told the type of a server that speaks its own protocol as it came', () => {
    const error = protocol.readError(401, { error: { message: 'No.', type: 'authentication_error', code: 'bad_key' } })
    expect(protocol.writeError(error).body).toMatchObject({ error: { type: 'authentication_error', code: 'bad_key' } })
  })
})
