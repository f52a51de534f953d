import { readdirSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/error.ts'
import { isObject, type JsonObject } from '../core/json.ts'
import { responses } from './index.ts'

const fixtures = new URL('../../../../fixtures/', import.meta.url)

function load(path: string): JsonObject {
  const value: unknown = JSON.parse(readFileSync(new URL(path, fixtures), 'utf8'))
  if (!isObject(value)) throw new Error(`${path} holds no object`)
  return value
}

const ajv = new Ajv2020({ strict: false, validateFormats: false })
const isError = ajv.compile(load('schemas/lenient/openai.error.json'))
const isEvent = ajv.compile(load('schemas/lenient/openai.responses.stream-event.json'))

describe('Responses errors', () => {
  it.each(readdirSync(new URL('errors/responses/', fixtures)))('come out as they came in: %s', (name) => {
    const body = load(`errors/responses/${name}`)
    const { status, body: written } = responses.writeError(responses.readError(404, body))
    expect(status).toBe(404)
    expect(written).toEqual(body)
  })

  it('of a socket carry their own status', () => {
    const frame = { type: 'error', status: 400, error: { code: 'previous_response_not_found', message: 'Gone' } }
    expect(responses.readError(200, frame)).toMatchObject({ status: 400, message: 'Gone' })
    expect(responses.readError(503, frame).status).toBe(503)
    const bare = { type: 'error', error: { code: 'rate_limit_exceeded', message: 'Slow' } }
    expect(responses.readError(200, bare)).toMatchObject({ status: 429, code: 'rate-limited' })
  })

  it('a used-up plan says which it is and when it is filled again, for Codex shows that', () => {
    const body = { error: { type: 'usage_limit_reached', plan_type: 'plus', resets_at: 1_700_000_000, secret: 'x' } }
    const { status, body: written } = responses.writeError(responses.readError(429, body))
    expect(status).toBe(429)
    const { secret: _secret, ...told } = body.error
    expect(written).toMatchObject({ error: told })
    expect(JSON.stringify(written)).not.toContain('secret')
  })

  it('a failure that is the first event is announced: the official helper reads no stream that does not begin with created', () => {
    const events = responses.writeStreamError(new GatewayError('context-overflow', 400, 'too long'), 0)
    expect(events.map(({ event, data }) => [event, data])).toMatchObject([
      ['response.created', { sequence_number: 0, response: { id: 'resp_failed', status: 'in_progress', error: null } }],
      ['response.failed', { sequence_number: 1, response: { id: 'resp_failed', status: 'failed' } }],
    ])
  })

  it('name an overflow as one, whoever said it', () => {
    const error = new GatewayError('context-overflow', 413, 'prompt is too long: 9 tokens > 8 maximum', {
      upstream: { type: 'invalid_request_error', code: 'odd' },
    })
    expect(responses.writeError(error)).toEqual({
      status: 400,
      body: {
        error: {
          message: error.message,
          type: 'invalid_request_error',
          param: null,
          code: 'context_length_exceeded',
        },
      },
    })
  })

  it.each([
    ['invalid-request', 400],
    ['unauthorized', 401],
    ['quota', 402],
    ['forbidden', 403],
    ['not-found', 404],
    ['too-large', 413],
    ['rate-limited', 429],
    ['overloaded', 503],
    ['upstream', 502],
    ['timeout', 504],
    ['cancelled', 499],
    ['internal', 500],
  ] as const)('of ours are official: %s', (code, status) => {
    const error = new GatewayError(code, status, 'It failed.')
    const written = responses.writeError(error)
    expect(written.status).toBe(status)
    expect([isError(written.body), isError.errors]).toEqual([true, null])
    const [event, ...more] = responses.writeStreamError(error, 41)
    expect(more).toEqual([])
    expect(event).toMatchObject({
      event: 'response.failed',
      data: { sequence_number: 41, response: { status: 'failed', error: { message: 'It failed.' } } },
    })
    expect([isEvent(event?.data), isEvent.errors]).toEqual([true, null])
  })
})
