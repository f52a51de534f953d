import { expect, test } from 'vitest'
import type { JsonObject } from './json.ts'
import { readUpstreamError, tellsFailure } from './upstream-error.ts'

// Servers repeat what they were sent, so a client may choose these words. Each would take minutes if it were read to its end.
const million = 1_000_000
test.each([
  ['limits', 'input tokens 1 '.repeat(million / 30) + 'exceed '.repeat(million / 14)],
  ['a page', `<html>${'<title'.repeat(million / 6)}`],
  ['one word', 'a'.repeat(million)],
])('a hostile error of %s is read by its beginning', (_name, text) => {
  for (const body of [text, { error: { message: text } }]) {
    const error = readUpstreamError(400, body)
    expect(error.code).toBe('invalid-request')
    expect(error.message.length).toBeLessThanOrEqual(4000)
    expect(error.upstream?.body).toBe(body)
  }
})

test.each<[string, JsonObject]>([
  ['wrapped twice', { error: { error: { message: 'Too warm.', type: 'odd', code: 'warm' } } }],
  ['wrapped as by Anthropic, and again', { type: 'error', error: { type: 'error', error: { message: 'Too warm.' } } }],
  ['in a list', { errors: [{ message: 'Too warm.', code: 'warm' }] }],
  ['in a list of texts', { errors: ['Too warm.'] }],
  ['as detail', { detail: 'Too warm.' }],
  ['as a list of details', { detail: [{ msg: 'Too warm.', type: 'value_error' }] }],
  ['within an error as detail', { error: { detail: 'Too warm.', code: 422 } }],
  ['as AWS does', { Message: 'Too warm.' }],
  ['bare', { message: 'Too warm.' }],
  ['bare, in short', { code: 1302, msg: 'Too warm.', success: false }],
  ['by MiniMax', { choices: null, base_resp: { status_code: 1008, status_msg: 'Too warm.' } }],
  ['by vLLM', { object: 'error', message: 'Too warm.', type: 'BadRequestError', param: null, code: 400 }],
  [
    'in a failed response',
    { response: { status: 'failed', error: null, status_details: { error: { message: 'Too warm.' } } } },
  ],
])('the words of an error are found %s', (_how, body) => {
  expect(readUpstreamError(422, body)).toMatchObject({ status: 422, message: 'Too warm.', upstream: { body } })
})

test('what is wrong with each member is told with its place', () => {
  const detail = [
    { type: 'missing', loc: ['body', 'messages', 0, 'role'], msg: 'Field required' },
    { type: 'int_type', loc: ['body', 'n'], msg: 'Input should be a whole number' },
  ]
  expect(readUpstreamError(422, { detail }).message).toBe(
    'messages.0.role: Field required; n: Input should be a whole number',
  )
})

test.each<[boolean, JsonObject]>([
  [true, { error: { message: 'x' } }],
  [true, { errors: ['x'] }],
  [true, { detail: 'x' }],
  [true, { message: 'x' }],
  [true, { object: 'error', message: 'x' }],
  [true, { type: 'server_error', message: 'x' }],
  [false, { error: null, errors: [], detail: '', message: '' }],
  [false, { message: { role: 'assistant', content: 'x' } }],
  [false, { type: 'notice', message: 'x' }],
  [false, {}],
])('tells of a failure: %s, %j', (tells, body) => {
  expect(tellsFailure(body)).toBe(tells)
})
