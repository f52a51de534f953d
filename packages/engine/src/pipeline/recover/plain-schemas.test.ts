import { asObject, parseJson, type JsonObject, type ProtocolId } from '@crossfeed/protocols'
import { afterEach, describe, expect, it } from 'vitest'
import { wholes } from '../streams.test-support.ts'
import { json, request, startTrial, type Trial } from '../trial.test-support.ts'

let trial: Trial
afterEach(() => trial.close())

const protocolAt: Readonly<Record<string, ProtocolId>> = { '/v1/messages': 'messages', '/responses': 'responses' }

/** A trial whose upstream refuses calls in whose schemas `refused` is written, in these words. */
async function start(refused: RegExp, message: string): Promise<void> {
  trial = await startTrial()
  trial.script((response, call) => {
    if (refused.test(JSON.stringify(call.body))) return json(response, 400, { error: { message } })
    return json(response, 200, wholes[protocolAt[call.path] ?? 'chat'])
  })
}

const schema: JsonObject = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  type: 'object',
  properties: {
    // A member of the client's that has the name of a word.
    pattern: { type: 'string', pattern: '^(?!x).*$' },
    map: { type: 'object', propertyNames: { type: 'string' }, additionalProperties: { type: ['string', 'null'] } },
    kind: { const: 'a' },
  },
  required: ['pattern'],
}
const tools: Readonly<Record<ProtocolId, readonly JsonObject[]>> = {
  chat: [{ type: 'function', function: { name: 'look', parameters: schema } }],
  messages: [{ name: 'look', input_schema: schema }],
  responses: [
    { type: 'namespace', name: 'n', tools: [{ type: 'function', name: 'look', parameters: schema, strict: false }] },
  ],
}
const unknown = (word: string): string =>
  `Invalid JSON payload received. Unknown name "${word}" at 'request.tools[0].function_declarations[39].parameters.properties[0].value': Cannot find field.`
const ask = (protocol: ProtocolId): ReturnType<Trial['ask']> =>
  trial.ask(protocol, { ...request(protocol, `only-${protocol}`, false), tools: tools[protocol] })

describe.each<ProtocolId>(['chat', 'messages', 'responses'])('a tool of a %s client', (protocol) => {
  it('goes without the words that the target does not know (automazeio/vibeproxy#338)', async () => {
    await start(/"(?:propertyNames|\$schema|const)":/, ['propertyNames', '$schema', 'const'].map(unknown).join('\n'))
    const answer = await ask(protocol)
    expect(answer.status).toBe(200)
    expect(answer.headers['x-crossfeed-changes']).toContain('schema-word-dropped:propertyNames')
    const { $schema: _draft, ...kept } = schema
    const properties = asObject(schema['properties'])
    const { propertyNames: _names, ...map } = asObject(properties?.['map']) ?? {}
    const sent = JSON.stringify(trial.calls.at(-1)?.body)
    expect(sent).toContain(JSON.stringify({ ...kept, properties: { ...properties, map, kind: { enum: ['a'] } } }))
    const before = trial.calls.length
    expect((await ask(protocol)).status).toBe(200)
    expect(trial.calls).toHaveLength(before + 1)
  })

  it('is said to have lost the words that it has, and no others that the target does not know', async () => {
    await start(/"(?:propertyNames|\$schema|const)":/, ['propertyNames', '$schema', 'const'].map(unknown).join('\n'))
    await ask(protocol)
    const plain = JSON.stringify(tools[protocol]).replace(/"(?:propertyNames|\$schema)":(?:\{[^}]*\}|"[^"]*"),/g, '')
    const body = { ...request(protocol, `only-${protocol}`, false), tools: parseJson(plain) ?? null }
    const { headers } = await trial.ask(protocol, body)
    const changes = String(headers['x-crossfeed-changes'])
    expect(changes.match(/schema-word-dropped:[$\w]+/g)).toEqual(['schema-word-dropped:const'])
    expect(headers['x-crossfeed-losses']).toMatch(/^schemas\.\*\.const: [^;]*$/)
  })
})

it.each([
  ["Invalid schema for function 'look': In context=('properties', 'pattern'), regex lookaround is not supported"],
  ["JSON schema conversion failed: Pattern must start with '^' and end with '$'"],
  ["Unsupported JSON schema fields: {'pattern'}"],
  ["Invalid schema for function 'look': In context=('properties', 'days'), 'pattern' is not permitted."],
])('a pattern that cannot be read goes, and a member of that name stays: %s', async (message) => {
  await start(/"pattern":"/, message)
  expect((await ask('chat')).status).toBe(200)
  expect(JSON.stringify(trial.calls.at(-1)?.body)).toContain('"pattern":{"type":"string"}')
})

it('a list of types becomes one that may be null, where Google takes one', async () => {
  const place = "'tools[0].function_declarations[0].parameters.properties[0].value.type'"
  await start(
    /"type":\[/,
    `Invalid value at ${place} (type.googleapis.com/x), Proto field is not repeating, cannot start list.`,
  )
  expect((await ask('chat')).status).toBe(200)
  expect(JSON.stringify(trial.calls.at(-1)?.body)).toContain('{"nullable":true,"type":"string"}')
})

it('words without which a schema says something else stay, and the refusal is told', async () => {
  await start(/"properties":/, unknown('properties'))
  const before = trial.calls.length
  const answer = await ask('chat')
  expect(answer.status).toBe(400)
  expect(trial.calls).toHaveLength(before + 1)
})
