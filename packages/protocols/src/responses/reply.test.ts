import { readdirSync, readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { GatewayError } from '../core/error.ts'
import { isObject, type JsonObject } from '../core/json.ts'
import type { Part } from '../core/part.ts'
import type { Prompt } from '../core/prompt.ts'
import type { Asked } from '../core/protocol.ts'
import { unfoldReply, type Reply } from '../core/reply.ts'
import { plainTraits as traits } from '../core/traits.ts'
import { responses } from './index.ts'

const fixtures = new URL('../../../../fixtures/', import.meta.url)
const recorded = new URL('responses/responses/', fixtures)
const names = readdirSync(recorded).filter((name) => name.endsWith('.json'))

function load(url: URL): JsonObject {
  const value: unknown = JSON.parse(readFileSync(url, 'utf8'))
  if (!isObject(value)) throw new Error(`${url.href} holds no object`)
  return value
}

const ajv = new Ajv2020({ strict: false, validateFormats: false })
const validate = ajv.compile(load(new URL('schemas/lenient/openai.responses.response.json', fixtures)))

const prompt: Prompt = responses.readRequest({
  model: 'asked-model',
  input: 'Hi',
  instructions: 'Be brief.',
  tools: [{ type: 'function', name: 'weather', parameters: { type: 'object', properties: {} } }],
  metadata: { k: 'v' },
  text: { format: { type: 'json_schema', name: 'answer', schema: { type: 'object' } } },
})

function asking(): Asked {
  let count = 0
  return { prompt, now: 1_800_000_000, newId: () => `id${count++}` }
}

const silent = (): void => {}

function reply(parts: readonly Part[], finish: Reply['finish'] = 'stop'): Reply {
  return { id: 'x', model: 'm', parts, finish, usage: { input: 10, output: 5, cacheRead: 4, reasoning: 2 } }
}

/** What survives a second reading: seals come back wrapped, and citations get the members that they must have. */
function comparable(one: Reply): readonly Part[] {
  return one.parts.flatMap((part): readonly Part[] => {
    if (part.kind === 'reasoning' || part.kind === 'compaction') return []
    if (part.kind === 'text' && part.text === '') return []
    if (part.kind !== 'text' || !part.citations) return [part]
    const citations = part.citations.map((citation) => ({ title: '', start: 0, end: part.text.length, ...citation }))
    return [{ ...part, citations }]
  })
}

describe('whole replies', () => {
  it.each(names)('can be read and written: %s', (name) => {
    const body = load(new URL(name, recorded))
    const read = responses.readReply(body, 'upstream')
    expect(read.parts.length).toBeGreaterThanOrEqual(Array.isArray(body['output']) ? body['output'].length : 1)
    const written = responses.writeReply(read, asking(), silent)
    // Some servers send items that the official schema does not know; those are passed on as they are.
    if (validate(body)) {
      validate(written)
      expect(validate.errors ?? []).toEqual([])
    }
    expect(written['status']).toBe(body['status'])
    expect(written['usage']).toMatchObject(isObject(body['usage']) ? body['usage'] : {})
    expect(written['model']).toBe('asked-model')
    const again = responses.readReply(written, 'upstream')
    expect(again.finish).toBe(read.finish)
    const texts = (one: Reply): readonly string[] =>
      one.parts.map((part) => ('text' in part ? (part.text ?? '') : part.kind))
    const empty = (part: Part): boolean => part.kind === 'text' && part.text === ''
    expect(texts(again)).toEqual(texts({ ...read, parts: read.parts.filter((part) => !empty(part)) }))
    expect(comparable(again)).toEqual(comparable(read))
  })

  it('repeats the request', () => {
    const written = responses.writeReply(reply([{ kind: 'text', text: 'Hello' }]), asking(), silent)
    expect(written).toMatchObject({
      id: 'resp_id0',
      object: 'response',
      status: 'completed',
      created_at: 1_800_000_000,
      instructions: 'Be brief.',
      metadata: { k: 'v' },
      tools: [{ type: 'function', name: 'weather', strict: false }],
      text: { format: { type: 'json_schema', name: 'answer', schema: { type: 'object' }, strict: false } },
      usage: {
        input_tokens: 10,
        input_tokens_details: { cached_tokens: 4 },
        output_tokens: 5,
        output_tokens_details: { reasoning_tokens: 2 },
        total_tokens: 15,
      },
    })
  })

  it('keeps the id by which an upstream of the same protocol finds the answer again', () => {
    const own = { ...reply([{ kind: 'text', text: 'Hello' }]), id: 'resp_upstream' }
    expect(responses.writeReply(own, asking(), silent)['id']).toBe('resp_upstream')
  })

  it('puts neighbouring texts into one message and others into items of their own', () => {
    const parts: readonly Part[] = [
      { kind: 'reasoning', text: 'Hm', form: 'full', seal: { issuer: 'a', protocol: 'messages', data: 'sig' } },
      { kind: 'text', text: 'One', citations: [{ url: 'https://a.example', title: 'A' }] },
      { kind: 'refusal', text: 'No' },
      { kind: 'tool-call', id: 'c1', name: 'weather', input: '', form: 'json' },
      { kind: 'tool-call', id: 'c2', name: 'patch', namespace: 'fs', input: '*** Begin', form: 'text' },
      { kind: 'text', text: 'Two' },
      { kind: 'text', text: '' },
    ]
    const written = responses.writeReply(reply(parts, 'tool-calls'), asking(), silent)
    expect(written['output']).toEqual([
      {
        type: 'reasoning',
        id: 'rs_id1',
        summary: [{ type: 'summary_text', text: 'Hm' }],
        encrypted_content: 'xfs1~messages~a~~sig',
      },
      {
        type: 'message',
        id: 'msg_id2',
        role: 'assistant',
        status: 'completed',
        content: [
          {
            type: 'output_text',
            text: 'One',
            annotations: [{ type: 'url_citation', url: 'https://a.example', title: 'A', start_index: 0, end_index: 3 }],
            logprobs: [],
          },
          { type: 'refusal', refusal: 'No' },
        ],
      },
      { type: 'function_call', id: 'fc_id3', status: 'completed', call_id: 'c1', name: 'weather', arguments: '{}' },
      {
        type: 'custom_tool_call',
        id: 'ctc_id4',
        status: 'completed',
        call_id: 'c2',
        name: 'patch',
        namespace: 'fs',
        input: '*** Begin',
      },
      {
        type: 'message',
        id: 'msg_id5',
        role: 'assistant',
        status: 'completed',
        content: [{ type: 'output_text', text: 'Two', annotations: [], logprobs: [] }],
      },
    ])
  })

  it('never presents cut arguments as complete', () => {
    const call: Part = { kind: 'tool-call', id: 'c', name: 'weather', input: '{"city": "Os', form: 'json' }
    const written = responses.writeReply(reply([call], 'length'), asking(), silent)
    expect(written).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'max_output_tokens' },
      output: [{ type: 'function_call', status: 'incomplete' }],
    })
    const types = write(reply([call], 'length')).map((event) => event['type'])
    expect(types).not.toContain('response.function_call_arguments.done')
    expect(types.at(-1)).toBe('response.incomplete')
  })

  it('reads why an answer ended', () => {
    const body = { id: 'r', model: 'm', output: [], status: 'incomplete' }
    const finish = (reason: string): string =>
      responses.readReply({ ...body, incomplete_details: { reason } }, '').finish
    expect(finish('max_output_tokens')).toBe('length')
    expect(finish('content_filter')).toBe('refusal')
    // Cut all the same, for a reason of its own.
    expect(finish('steered')).toBe('length')
    const kept = responses.readReply({ ...body, incomplete_details: { reason: 'steered' } }, '')
    expect(responses.writeReply(kept, asking(), silent)).toMatchObject({
      status: 'incomplete',
      incomplete_details: { reason: 'steered' },
    })
  })

  it('keeps unknown members of answers at every level', () => {
    const x = { x_unknown: 1 }
    const annotations = [
      { type: 'url_citation', url: 'https://a.example', title: 'A', start_index: 0, end_index: 2, ...x },
      { type: 'file_citation', file_id: 'f', filename: 'a', index: 1, ...x },
    ]
    const content = [{ type: 'output_text', text: 'Hello', annotations, logprobs: [], ...x }]
    const body: JsonObject = {
      id: 'resp_up',
      model: 'm',
      status: 'completed',
      content_filters: [x],
      output: [
        { type: 'message', id: 'a', role: 'assistant', status: 'completed', phase: 'commentary', content, ...x },
        { type: 'message', id: 'b', role: 'assistant', status: 'completed', phase: 'final_answer', content, ...x },
        { type: 'function_call', id: 'c', call_id: 'c', name: 'n', arguments: '{}', status: 'completed', ...x },
        { type: 'web_search_call', id: 'ws', status: 'completed', action: x },
      ],
      usage: { input_tokens: 1, input_tokens_details: x, output_tokens: 2, output_tokens_details: x, ...x },
      ...x,
    }
    const written = responses.writeReply(responses.readReply(body, ''), asking(), silent)
    const { id: _id, model: _model, output, ...others } = body
    expect(written).toMatchObject(others)
    const items = (list: unknown): unknown =>
      Array.isArray(list) ? list.map((item: JsonObject) => ({ ...item, id: '' })) : list
    expect(items(written['output'])).toEqual(items(output))
  })

  it('throws the error of a failed response', () => {
    const error = { code: 'rate_limit_exceeded', message: 'Slow down' }
    const read = (): unknown => responses.readReply({ id: 'r', status: 'failed', error, output: [] }, '')
    expect(read).toThrow(GatewayError)
    expect(read).toThrow('Slow down')
  })

  it('carries a readable compaction through the opaque slot', () => {
    const part: Part = { kind: 'compaction', text: 'What ~ happened' }
    const written = responses.writeReply(reply([part]), asking(), silent)
    const back = responses.readRequest({ model: 'm', input: written['output'] })
    expect(back.turns[0]?.parts).toEqual([part])
  })

  it('takes back its own reasoning as what it was, and without the id that it invented', () => {
    const seal = { issuer: 'copilot', protocol: 'responses', id: 'rs_up', data: 'abc==' } as const
    const sealed = responses.writeReply(
      reply([{ kind: 'reasoning', text: 'Hm', form: 'summary', seal }]),
      asking(),
      silent,
    )
    expect(responses.readRequest({ model: 'm', input: sealed['output'] }).turns[0]?.parts).toEqual([
      { kind: 'reasoning', text: 'Hm', form: 'summary', seal },
    ])
    const bare = responses.writeReply(reply([{ kind: 'reasoning', text: 'Hm', form: 'full' }]), asking(), silent)
    const back = responses.readRequest({ model: 'm', input: bare['output'] })
    expect(responses.writeRequest(back, traits, silent)['input']).toEqual([])
  })
})

function write(whole: Reply): readonly JsonObject[] {
  const machine = responses.writeEvents(asking(), silent)
  return unfoldReply(whole).flatMap((event) =>
    machine.push(event).flatMap(({ data }) => (data === '[DONE]' ? [] : [data])),
  )
}
