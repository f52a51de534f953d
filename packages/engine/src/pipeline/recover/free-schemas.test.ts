import type { JsonObject, ProtocolId } from '@crossfeed/protocols'
import { afterEach, describe, expect, it } from 'vitest'
import { wholes } from '../streams.test-support.ts'
import { json, request, startTrial, type Trial, type TrialOptions, type UpstreamCall } from '../trial.test-support.ts'

let trial: Trial
afterEach(() => trial.close())

const tooLarge =
  'The compiled grammar is too large, which would cause performance issues. Simplify your tool schemas or reduce the number of strict tools.'
const schema = { type: 'object', properties: { a: { type: 'string' } }, required: ['a'], additionalProperties: false }

const protocolAt: Readonly<Record<string, ProtocolId>> = { '/v1/messages': 'messages', '/responses': 'responses' }

/** A trial whose upstream refuses calls for which this is so, in these words. */
async function start(isTooMuch: (call: UpstreamCall) => boolean, message = tooLarge, options: TrialOptions = {}) {
  trial = await startTrial(options)
  trial.script((response, call) => {
    if (isTooMuch(call))
      return json(response, 400, { type: 'error', error: { type: 'invalid_request_error', message } })
    return json(response, 200, wholes[protocolAt[call.path] ?? 'chat'])
  })
}
const ask = (from: ProtocolId, to: ProtocolId, more: JsonObject) =>
  trial.ask(from, request(from, `only-${to}`, false, more))
const isStrict = ({ body }: UpstreamCall) => JSON.stringify(body['tools'] ?? []).includes('"strict":true')
const hasFormat = ({ body }: UpstreamCall) => JSON.stringify(body).includes('"json_schema"')

const tools: Readonly<Record<ProtocolId, readonly JsonObject[]>> = {
  messages: [{ name: 'f', input_schema: schema, strict: true }],
  chat: [{ type: 'function', function: { name: 'f', parameters: schema, strict: true } }],
  responses: [
    { type: 'function', name: 'f', parameters: schema, strict: true },
    { type: 'namespace', name: 'n', description: 'd', tools: [{ type: 'function', name: 'g', strict: true }] },
  ],
}
const formats: Readonly<Record<ProtocolId, JsonObject>> = {
  messages: { output_config: { format: { type: 'json_schema', schema } }, system: 'Be brief.' },
  chat: { response_format: { type: 'json_schema', json_schema: { name: 'x', schema, strict: true } } },
  responses: { text: { format: { type: 'json_schema', name: 'x', schema } }, instructions: 'Be brief.' },
}
const all = ['messages', 'chat', 'responses'] as const

describe('schemas that are too much together', () => {
  it.each(all)('go again with tools that are not strict, and are remembered: %s', async (protocol) => {
    await start(isStrict)
    const more = { tools: tools[protocol], ...formats[protocol] }
    const first = await ask(protocol, protocol, more)
    expect(first.status).toBe(200)
    expect(first.headers['x-crossfeed-changes']).toContain('schemas-freed:tools')
    expect(first.headers['x-crossfeed-losses']).toContain('tools.*.strict')
    expect(trial.calls.map(isStrict)).toEqual([true, false])
    expect(trial.calls.map(hasFormat)).toEqual([true, true])
    expect((await ask(protocol, protocol, more)).headers['x-crossfeed-changes']).toContain('schemas-freed:tools')
    expect(trial.calls.map(isStrict)).toEqual([true, false, false])
  })

  it('go again when OpenAI finds one that no output can be held to', async () => {
    const open =
      "Invalid schema for function 'f': In context=('properties', 'a'), 'additionalProperties' is required to be supplied and to be false."
    await start(isStrict, open)
    const answer = await ask('chat', 'chat', { tools: tools.chat })
    expect([answer.status, trial.calls.map(isStrict)]).toEqual([200, [true, false]])
    expect(answer.headers['x-crossfeed-losses']).toContain('tools.*.strict')
  })

  it.each(all)('go with the format in words where tools are not enough: %s', async (protocol) => {
    await start(hasFormat)
    const more = { tools: tools[protocol], ...formats[protocol] }
    const first = await ask(protocol, protocol, more)
    expect(first.status).toBe(200)
    expect(first.headers['x-crossfeed-changes']).toContain('schemas-freed:format')
    expect(trial.calls.map((call) => [isStrict(call), hasFormat(call)])).toEqual([
      [true, true],
      [false, true],
      [false, false],
    ])
    expect(JSON.stringify(trial.calls[2]?.body)).toContain('It must follow this JSON Schema')
    await ask(protocol, protocol, more)
    expect(trial.calls).toHaveLength(4)
    const own = protocol === 'messages' ? 'system' : 'instructions'
    if (protocol !== 'chat') expect(JSON.stringify(trial.calls[3]?.body[own])).toContain('Be brief.')
  })

  it('are no reason to free others: a smaller set stays strict', async () => {
    await start(
      ({ body }) => Array.isArray(body['tools']) && body['tools'].length > 1 && isStrict({ body } as UpstreamCall),
    )
    const [one = {}] = tools.messages
    expect((await ask('messages', 'messages', { tools: [one, { ...one, name: 'g' }] })).status).toBe(200)
    expect((await ask('messages', 'messages', { tools: [one] })).headers['x-crossfeed-changes']).toBeUndefined()
    expect(trial.calls.map(isStrict)).toEqual([true, false, true])
  })

  it('are freed for a client of another protocol too', async () => {
    await start(isStrict)
    const answer = await ask('chat', 'messages', { tools: tools.chat })
    expect(answer.status).toBe(200)
    expect(trial.calls.map(isStrict)).toEqual([true, false])
  })

  it('are the client to know of where no loss is allowed', async () => {
    await start(isStrict, tooLarge, { lossPolicy: 'reject' })
    const answer = await ask('messages', 'messages', { tools: tools.messages })
    expect([answer.status, trial.calls.length]).toEqual([400, 1])
    expect(answer.text).toContain('tools.*.strict')
  })

  it.each([
    'Schema is too complex for compilation.',
    'output_config.format.schema: Invalid schema: The compiled grammar is too large, which would cause performance issues.',
    'Schemas contains too many optional parameters (31), which would make grammar compilation inefficient. (limit: 24).',
    'Schemas contains too many parameters with union types (49 parameters with type arrays or anyOf) which exceeds the limit: 16',
    'The specified schema produces a constraint that has too many states for serving.',
  ])('are known by these words: %s', async (message) => {
    await start(isStrict, message)
    expect((await ask('messages', 'messages', { tools: tools.messages })).status).toBe(200)
  })

  it('are told to the client where there is nothing to free', async () => {
    await start(() => true)
    const answer = await ask('messages', 'messages', {})
    expect([answer.status, trial.calls.length]).toEqual([400, 1])
  })
})
