import { asObject, asObjects, type JsonObject } from '@crossfeed/protocols'
import type { ModelSettings } from '@crossfeed/engine'
import { afterEach, describe, expect, it } from 'vitest'
import { request, said } from './clients.ts'
import { json, startScripted, type ScriptedUpstream } from './scripted.ts'
import { startSupply, type TestSupply } from './supply.ts'

let upstream: ScriptedUpstream
let supply: TestSupply
afterEach(async () => {
  await supply.close()
  await upstream.close()
})

const data = 'JVBERi0xLjQK'
const pdf = { type: 'document', title: 'a.pdf', source: { type: 'base64', media_type: 'application/pdf', data } }
const image = { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'iVBORw0KGgo=' } }

/** The messages that follow the tool call of a Messages client whose tool gave a text, an image and a PDF. */
async function send(model: ModelSettings): Promise<readonly JsonObject[]> {
  const message = { role: 'assistant', content: 'hi', refusal: null }
  const choices = [{ index: 0, message, finish_reason: 'stop' }]
  upstream = await startScripted((response) =>
    json(response, 200, { id: 'c', object: 'chat.completion', created: 1, model: 'm', choices }),
  )
  supply = startSupply({ name: 'own', type: 'compatible', baseUrl: `${upstream.url}/v1`, models: { m: model } })
  const content = [{ type: 'text', text: 'found' }, image, pdf]
  const turns = [
    said('messages', 'look'),
    { role: 'assistant', content: [{ type: 'tool_use', id: 't1', name: 'find', input: {} }] },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't1', content }] },
  ]
  const tools = [{ name: 'find', input_schema: { type: 'object', properties: {} } }]
  const got = await supply.ask('messages', { ...request('messages', 'own/m', false, turns), tools })
  expect(got.status, JSON.stringify(got.answer)).toBe(200)
  return asObjects(upstream.calls[0]?.body['messages']).slice(2)
}

const kinds = (message: JsonObject | undefined) =>
  typeof message?.['content'] === 'string'
    ? 'string'
    : asObjects(message?.['content']).map((part) => String(asObject(part)?.['type']))

describe('a tool result of a Messages client at a chat server (PROV-30)', () => {
  it.each<[string, ModelSettings, unknown, unknown]>([
    ['by default', {}, 'string', ['text', 'image_url']],
    ['with lists', { toolContentSupportType: ['array'] }, 'string', ['text', 'image_url']],
    ['with images', { toolContentSupportType: ['array', 'image'] }, ['text', 'image_url', 'text'], undefined],
    ['with documents elsewhere', { supportPdf: true }, 'string', ['text', 'image_url', 'file']],
    [
      'with documents elsewhere, images here',
      { supportPdf: true, toolContentSupportType: ['array', 'image'] },
      ['text', 'image_url'],
      ['text', 'file'],
    ],
    [
      'with everything',
      { supportPdf: true, toolContentSupportType: ['array', 'image', 'pdf'] },
      ['text', 'image_url', 'file'],
      undefined,
    ],
  ])('%s', async (_how, model, inResult, after) => {
    const [result, user] = await send(model)
    expect(result).toMatchObject({ role: 'tool', tool_call_id: 't1' })
    expect(kinds(result)).toEqual(inResult)
    expect(user === undefined ? undefined : kinds(user)).toEqual(after)
    expect(JSON.stringify([result, user]).includes(data)).toBe(model.supportPdf === true)
  })
})
