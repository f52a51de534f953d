import { readdirSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { isObject, parseObject, type Json, type JsonObject, type MutableJson } from '../core/json.ts'
import { GatewayError } from '../core/error.ts'
import type { Loss } from '../core/loss.ts'
import { plainTraits, type Traits } from '../core/traits.ts'
import { readRequest } from './read-request.ts'
import { writeRequest } from './write-request.ts'

const root = new URL('../../../../fixtures/', import.meta.url)
const folder = new URL('recorded-requests/messages/', root)
const requests = readdirSync(folder).map((name): [string, JsonObject] => [name, load(new URL(name, folder))])
const own: Traits = { ...plainTraits, systemTurns: true }
const ajv = new Ajv2020({ strict: false, validateFormats: false })
const isRequest = ajv.compile(load(new URL('schemas/lenient/anthropic.beta.messages.request.json', root)))

function load(url: URL): JsonObject {
  const body = parseObject(readFileSync(url, 'utf8'))
  if (!body) throw new Error(`${url.pathname} is no JSON object`)
  return body
}

/** The forms that mean the same brought to one: a lone plain text as a string, nothing empty where nothing is allowed. */
function canonical(value: Json | undefined): Json | undefined {
  if (Array.isArray(value)) return value.map((one: Json) => canonical(one) ?? null)
  if (!isObject(value)) return value
  const made: MutableJson = {}
  for (const [key, member] of Object.entries(value)) {
    const known = canonical(member)
    const [only] = Array.isArray(known) ? known : []
    const isLone = (key === 'content' || key === 'system') && Array.isArray(known) && known.length === 1
    if (isLone && isObject(only) && Object.keys(only).sort().join() === 'text,type') made[key] = only['text']
    else made[key] = known
  }
  return made
}

/** Every object of a document, with a member added that nobody knows. */
function withUnknown(value: Json): Json {
  if (Array.isArray(value)) return value.map((one: Json) => withUnknown(one))
  if (!isObject(value)) return value
  const made: MutableJson = { x_unknown: { deep: [1] } }
  for (const [key, member] of Object.entries(value)) if (member !== undefined) made[key] = withUnknown(member)
  return made
}

function sameProtocol(body: JsonObject): { body: JsonObject; losses: Loss[] } {
  const losses: Loss[] = []
  return { body: writeRequest(readRequest(body), own, (loss) => losses.push(loss)), losses }
}

describe.each(requests)('recorded request %s', (_name, body) => {
  it('comes back as it was, without a loss', () => {
    const { body: written, losses } = sameProtocol(body)
    expect(canonical(written)).toEqual(canonical(body))
    expect(losses).toEqual([])
  })

  it('keeps members that nobody knows, wherever they stand', () => {
    const strange = withUnknown(body)
    if (!isObject(strange)) throw new Error('unreachable')
    expect(canonical(sameProtocol(strange).body)).toEqual(canonical(strange))
  })

  it('is legal for a target that knows nothing beyond the plain grammar', () => {
    const plain: Traits = {
      ...plainTraits,
      cacheMarks: 'none',
      hostedTools: false,
      documents: false,
      jsonSchema: false,
    }
    const written = writeRequest(readRequest(body), plain, () => {})
    if (!isRequest(written)) throw new Error(ajv.errorsText(isRequest.errors))
    expect(JSON.stringify(written)).not.toContain('"cache_control":{')
  })
})

it('reads the words of a request', () => {
  const { turns, tools, ...said } = readRequest({
    model: 'm',
    max_tokens: 9,
    system: 'be brief',
    messages: [
      { role: 'user', content: [{ type: 'text', text: 'a', cache_control: { type: 'ephemeral', ttl: '1h' } }] },
      { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'f', input: { a: 1 } }] },
      { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't', is_error: true, content: 'no' }] },
      { role: 'system', content: 'note', output_config: { effort: 'low' } },
    ],
    tools: [
      { type: 'custom', name: 'f', input_schema: { type: 'object' }, strict: true, defer_loading: true },
      { type: 'web_search_20260318', name: 'web_search', max_uses: 2, allowed_domains: ['a.example'] },
      { type: 'bash_20250124', name: 'bash' },
    ],
    tool_choice: { type: 'any', disable_parallel_tool_use: true },
    thinking: { type: 'adaptive', display: 'omitted' },
    output_config: { effort: 'high', format: { type: 'json_schema', schema: { type: 'object' } } },
    metadata: { user_id: 'u', more: 1 },
    thread: { type: 'create' },
    stream: true,
  })
  expect(said).toEqual({
    model: 'm',
    maxTokens: 9,
    toolChoice: { mode: 'required' },
    parallelToolCalls: false,
    sampling: {},
    reasoning: { mode: 'adaptive', display: 'omitted', effort: 'high' },
    format: { kind: 'schema', schema: { type: 'object' } },
    user: 'u',
    stream: true,
    extras: { messages: { thread: { type: 'create' }, output_config: {}, metadata: { more: 1 } } },
  })
  expect(turns).toEqual([
    { role: 'system', level: 'instructions', parts: [{ kind: 'text', text: 'be brief' }] },
    { role: 'user', parts: [{ kind: 'text', text: 'a', cache: { ttl: '1h' } }] },
    { role: 'assistant', parts: [{ kind: 'tool-call', id: 't', name: 'f', input: '{"a":1}', form: 'json' }] },
    {
      role: 'user',
      parts: [{ kind: 'tool-result', id: 't', content: [{ kind: 'text', text: 'no' }], failed: true, form: 'json' }],
    },
    {
      role: 'system',
      parts: [{ kind: 'text', text: 'note' }],
      extras: { messages: { output_config: { effort: 'low' } } },
    },
  ])
  const [custom, search, bash] = tools
  expect(custom).toMatchObject({ kind: 'function', strict: true, extras: { messages: { defer_loading: true } } })
  expect(search).toMatchObject({ kind: 'web-search', maxUses: 2, allowedDomains: ['a.example'] })
  expect(search).toHaveProperty('extras.messages', { type: 'web_search_20260318', name: 'web_search' })
  expect(bash).toMatchObject({ kind: 'native', protocol: 'messages' })
})

describe('a body that is no request', () => {
  it.each([
    [{}, 'model'],
    [{ model: 'm' }, 'messages'],
    [{ model: 'm', messages: {} }, 'messages'],
    [{ model: 'm', messages: ['hi'] }, 'messages.0'],
    [{ model: 'm', messages: [{ role: 'robot', content: '' }] }, 'messages.0.role'],
    [{ model: 'm', messages: [{ role: 'user', content: 3 }] }, 'messages.0.content'],
    [{ model: 'm', messages: [], system: 3 }, 'system'],
    [{ model: 'm', messages: [], tools: {} }, 'tools'],
  ])('%j is refused, naming %s', (body, member) => {
    expect(() => readRequest(body)).toThrow(GatewayError)
    expect(() => readRequest(body)).toThrow(`${member}: `)
  })
})
