import { readdirSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/error.ts'
import { asObject, type JsonObject } from '../core/json.ts'
import { readError, readStreamError, writeError } from './error.ts'

const home = new URL('../../../../fixtures/', import.meta.url)
const folder = new URL('errors/chat/', home)
const recorded = readdirSync(folder).map((name): [string, JsonObject] => [
  name,
  JSON.parse(readFileSync(new URL(name, folder), 'utf8')),
])
const ajv = new Ajv2020({ strict: false, validateFormats: false })
const validate = ajv.compile(JSON.parse(readFileSync(new URL('schemas/lenient/openai.error.json', home), 'utf8')))

describe('recorded errors', () => {
  it.each(recorded)('%s keeps its status and every member', (_name, body) => {
    const { status, body: written } = writeError(readError(418, body))
    expect(status).toBe(418)
    expect(asObject(written['error'])).toMatchObject(asObject(body['error']) ?? {})
    validate(written)
    expect(validate.errors).toBeNull()
  })
})

it.each([
  [{ error: { message: 'x', status_code: 400 } }, 400],
  [{ error: { message: 'x', code: 503 } }, 503],
  [{ error: { message: 'x', code: 'rate_limited' } }, 429],
  [{ error: { message: 'x', type: 'overloaded_error' } }, 529],
  [{ error: { message: 'x' } }, 502],
  [{ error: 'x' }, 502],
])('gives an error in a stream the status that it names: %o', (chunk, status) => {
  expect(readStreamError(chunk).status).toBe(status)
})

it('words an overflow as OpenAI does', () => {
  const error = new GatewayError('context-overflow', 413, 'prompt is too long: 9 tokens > 8 maximum')
  expect(writeError(error)).toMatchObject({ status: 400, body: { error: { code: 'context_length_exceeded' } } })
})
