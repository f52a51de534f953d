import OpenAI from 'openai'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createEmulator, type Emulator } from '../packages/emulator/src/index.ts'
import { startGateway, type TestGateway } from './gateway.ts'
import { eventSchema, replySchema, schemaErrors } from './schemas.ts'

// What the Responses API does besides answering, asked by the official SDK: at supplies that do it themselves, and at those
// that do nothing of it.

let emulator: Emulator
let gateway: TestGateway
let keyed: TestGateway
const client = (key = 'none', url = gateway.url): OpenAI =>
  new OpenAI({ apiKey: key, baseURL: `${url}/v1`, maxRetries: 0 })

beforeAll(async () => {
  emulator = createEmulator()
  const { url } = await emulator.start()
  const { openai, azure, anthropic, compatible } = emulator.urls
  const providers = [
    { name: 'mine', type: 'openai', baseUrl: `${openai}/v1`, apiKey: 'sk-x', endpoints: ['responses', 'chat'] },
    { name: 'blue', type: 'azure', baseUrl: azure, apiKey: 'k', apiVersion: 'v1' },
    { name: 'clay', type: 'anthropic', baseUrl: `${anthropic}/v1`, apiKey: 'sk-ant-x' },
    { name: 'plain', type: 'compatible', baseUrl: `${compatible}/v1`, models: { 'openai/gpt-oss-120b': {} } },
  ] as const
  gateway = await startGateway(url, { providers })
  keyed = await startGateway(url, { providers, apiKeys: ['ada', 'bob'] })
})
afterAll(async () => {
  await gateway.close()
  await keyed.close()
  await emulator.stop()
})

const sent = (): string => {
  const { method, path } = emulator.requests().at(-1)!
  return `${method} ${path}`
}
const keeping = ['mine/gpt-5.4', 'blue/gpt-5.4'] as const
const keepingNothing = ['gpt-5.4', 'claude-sonnet-4.6', 'clay/claude-sonnet-4-6'] as const
const all = [...keeping, ...keepingNothing]

describe('an answer that was given', () => {
  test.each(all)('of %s is found again, with what it was made of, until it is removed', async (model) => {
    const openai = client()
    const first = await openai.responses.create({ model, input: 'How are you?' })
    const second = await openai.responses.create({
      model,
      input: [{ role: 'user', content: 'And now?' }],
      previous_response_id: first.id,
    })
    expect(second.previous_response_id).toBe(first.id)
    const again = await openai.responses.retrieve(second.id)
    expect(again).toMatchObject({ id: second.id, status: 'completed', previous_response_id: first.id })
    expect(again.output_text).toBe(second.output_text)
    expect(schemaErrors(replySchema.responses, JSON.parse(JSON.stringify(again)))).toEqual([])

    const texts: string[] = []
    for await (const item of openai.responses.inputItems.list(second.id, { order: 'asc', limit: 1 })) {
      expect(item.id).toBeTypeOf('string')
      texts.push(JSON.stringify(item))
    }
    expect(texts[0]).toContain('How are you?')
    expect(texts.at(-1)).toContain('And now?')
    const newest = await openai.responses.inputItems.list(second.id)
    expect(JSON.stringify(newest.data[0])).toContain('And now?')

    await expect(openai.responses.cancel(second.id)).rejects.toMatchObject({
      status: 400,
      error: { message: expect.stringContaining('Cannot cancel a synchronous response.') },
    })
    await openai.responses.delete(second.id)
    await expect(openai.responses.retrieve(second.id)).rejects.toMatchObject({
      status: 404,
      error: { type: 'invalid_request_error', message: expect.stringContaining(second.id) },
    })
  })

  test.each(keepingNothing)('of %s is found when it was streamed; its events are not', async (model) => {
    const openai = client()
    const stream = openai.responses.stream({ model, input: 'How are you?' })
    const { id, output_text } = await stream.finalResponse()
    expect((await openai.responses.retrieve(id)).output_text).toBe(output_text)
    await expect(openai.responses.retrieve(id, { stream: true, starting_after: 3 })).rejects.toMatchObject({
      status: 400,
      param: 'stream',
    })
  })

  test.each(keeping)('of %s is asked of the supply that gave it', async (model) => {
    const openai = client()
    const { id } = await openai.responses.create({ model, input: 'How are you?', stream: false })
    await openai.responses.retrieve(id, { include: ['reasoning.encrypted_content'] })
    expect(sent()).toMatch(/^GET .*\/v1\/responses\/resp_\w+$/)
    const answer = await fetch(`${gateway.url}/v1/responses/${id}`)
    expect(answer.headers.get('x-crossfeed-provider')).toBe(model.split('/')[0])
  })

  test.each(all)('of %s belongs to the key that asked for it', async (model) => {
    const [ada, bob] = [client('ada', keyed.url), client('bob', keyed.url)]
    const { id } = await ada.responses.create({ model, input: 'My secret is 42.' })
    expect((await ada.responses.retrieve(id)).id).toBe(id)
    for (const attempt of [
      () => bob.responses.retrieve(id),
      () => bob.responses.inputItems.list(id),
      () => bob.responses.cancel(id),
      () => bob.responses.delete(id),
    ])
      await expect(attempt()).rejects.toMatchObject({ status: 404 })
    for (const attempt of [
      () => bob.responses.create({ model, input: 'What is it?', previous_response_id: id }),
      () => bob.responses.inputTokens.count({ model, input: 'What is it?', previous_response_id: id }),
      () => bob.responses.compact({ model: model as 'gpt-5.4', previous_response_id: id }),
    ])
      await expect(attempt()).rejects.toMatchObject({ status: 400, code: 'previous_response_not_found' })
    expect((await ada.responses.retrieve(id)).id).toBe(id)
  })

  test.each(all)(
    "of %s is anybody's where no keys are asked for, whatever clients send in their place",
    async (model) => {
      const [one, other] = [client('placeholder'), client('another')]
      const { id } = await one.responses.create({ model, input: 'The word is plum.' })
      expect((await other.responses.retrieve(id)).id).toBe(id)
      const next = await other.responses.create({ model, input: 'Which word?', previous_response_id: id })
      expect(next.status).toBe('completed')
      const counted = await other.responses.inputTokens.count({ model, input: 'Which?', previous_response_id: id })
      expect(counted.input_tokens).toBeGreaterThan(5)
      await other.responses.delete(id)
      await expect(one.responses.retrieve(id)).rejects.toMatchObject({ status: 404 })
    },
  )

  test('that is made in the background is given at once, and asked for by its id until it is there', async () => {
    const begun = {
      id: 'resp_later',
      object: 'response',
      created_at: 1,
      background: true,
      model: 'gpt-5.4',
      output: [],
    }
    emulator.play([{ status: 200, body: { ...begun, status: 'queued', usage: null, error: null } }])
    const first = await client().responses.create({ model: 'mine/gpt-5.4', input: 'Take your time.', background: true })
    expect(first).toMatchObject({ id: 'resp_later', status: 'queued' })
    emulator.play([
      { when: { path: '/v1/responses/resp_later' }, status: 200, body: { ...begun, status: 'in_progress' } },
      { when: { path: '/v1/responses/resp_later/cancel' }, status: 200, body: { ...begun, status: 'cancelled' } },
    ])
    expect(await client().responses.retrieve('resp_later')).toMatchObject({ status: 'in_progress' })
    expect(await client().responses.cancel('resp_later')).toMatchObject({ status: 'cancelled' })
  })

  test.each(['gpt-5.4', 'claude-sonnet-4.6', 'clay/claude-sonnet-4-6'])(
    'of %s is never made in the background: it is there at once, and that is said',
    async (model) => {
      const { data, response } = await client()
        .responses.create({ model, input: 'hi', background: true })
        .withResponse()
      expect(data).toMatchObject({ status: 'completed', background: false })
      const said = `${response.headers.get('x-crossfeed-changes')} ${response.headers.get('x-crossfeed-losses')}`
      expect(said).toContain('background')
      expect((await client().responses.retrieve(data.id)).status).toBe('completed')
    },
  )

  test('that nobody remembers is asked of all that keep answers, by their only owner', async () => {
    const answer = await fetch(`${emulator.urls.openai}/v1/responses`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk-x', 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gpt-5.4', input: 'hi' }),
    })
    const { id } = (await answer.json()) as { id: string } // what the stand-in answers
    expect((await client().responses.retrieve(id)).id).toBe(id)
    await expect(client('ada', keyed.url).responses.retrieve(id)).rejects.toMatchObject({ status: 404 })
  })

  test('with an id that is a way out of the endpoint is none', async () => {
    for (const id of ['..%2fmodels', '%2e%2e', 'a%3fb', 'a%5c..'])
      expect((await fetch(`${gateway.url}/v1/responses/${id}`)).status).toBe(404)
  })

  test('says what can be done with it (405)', async () => {
    for (const [path, method, allow] of [
      ['/v1/responses/resp_1', 'POST', 'GET, DELETE'],
      ['/v1/responses/resp_1/input_items', 'DELETE', 'GET'],
      ['/v1/responses/compact', 'GET', 'POST'],
      ['/v1/responses/input_tokens', 'GET', 'POST'],
    ] as const) {
      const answer = await fetch(gateway.url + path, { method })
      expect([path, answer.status, answer.headers.get('allow')]).toEqual([path, 405, allow])
    }
  })
})

describe('input tokens', () => {
  test.each(all)('of %s are counted, also those of the conversation', async (model) => {
    const openai = client()
    const { input_tokens: one, object } = await openai.responses.inputTokens.count({ model, input: 'How are you?' })
    expect(object).toBe('response.input_tokens')
    const first = await openai.responses.create({ model, input: `How are you? ${'And you? '.repeat(100)}` })
    const longer = await openai.responses.inputTokens.count({ model, input: 'hi', previous_response_id: first.id })
    expect(one).toBeGreaterThan(2)
    expect(longer.input_tokens).toBeGreaterThan(one + 200)
  })

  test('say how they were counted', async () => {
    const how = async (model: string): Promise<string | null> => {
      const answer = await fetch(`${gateway.url}/v1/responses/input_tokens`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model, input: 'hi' }),
      })
      return answer.headers.get('x-crossfeed-count')
    }
    expect(await how('mine/gpt-5.4')).toBe('exact mine')
    expect(await how('gpt-5.4')).toBe('estimate o200k_base')
  })

  test('of what nobody knows are not made up', async () => {
    await expect(
      client().responses.inputTokens.count({ model: 'claude-sonnet-4.6', input: 'hi', previous_response_id: 'resp_0' }),
    ).rejects.toMatchObject({ status: 400, code: 'previous_response_not_found' })
    await expect(client().responses.inputTokens.count({})).rejects.toMatchObject({ status: 400 })
  })
})

const history: OpenAI.Responses.ResponseInputItem[] = [
  { role: 'user', content: 'The word is plum.' },
  { role: 'assistant', content: 'Noted.' },
  { role: 'user', content: 'Which word?' },
]

describe('a history in short', () => {
  const trigger = { type: 'compaction_trigger' } as const

  test.each([...all, 'plain/openai/gpt-oss-120b'])('is made by %s, and gone on from', async (model) => {
    const openai = client()
    const compacted = await openai.responses.compact({ model: model as 'gpt-5.4', input: history })
    expect(compacted.object).toBe('response.compaction')
    expect(compacted.output.map(({ type }) => type)).toEqual(['message', 'message', 'compaction'])
    expect(compacted.usage.input_tokens).toBeGreaterThan(5)
    const next = await openai.responses.create({
      model,
      // What the endpoint puts out is what the next call takes in; the SDK's types say so only for some of the kinds.
      input: [...(compacted.output as OpenAI.Responses.ResponseInputItem[]), { role: 'user', content: 'Go on.' }],
    })
    expect(next.status).toBe('completed')
    const body = JSON.stringify(emulator.requests().at(-1)!.body)
    expect(body).toContain('Go on.')
    expect(body).not.toContain('xfs1~')
  })

  test.each([...all, 'plain/openai/gpt-oss-120b'])(
    'is one item where it is asked for by a last item, of %s',
    async (model) => {
      const openai = client()
      const input = [...history, trigger]
      const whole = await openai.responses.create({ model, input, store: false })
      expect(whole.output.map(({ type }) => type)).toEqual(['compaction'])
      expect(
        schemaErrors(replySchema.responses, JSON.parse(JSON.stringify({ ...whole, output_text: undefined }))),
      ).toEqual([])

      const types: string[] = []
      let at = 0
      for await (const event of await openai.responses.create({ model, input, store: false, stream: true })) {
        expect(schemaErrors(eventSchema.responses, event)).toEqual([])
        expect(event.sequence_number).toBe(at++)
        types.push(event.type)
        if (event.type === 'response.output_item.done') expect(event.item.type).toBe('compaction')
      }
      expect(types).toEqual([
        'response.created',
        'response.in_progress',
        'response.output_item.added',
        'response.output_item.done',
        'response.completed',
      ])
    },
  )

  test.each(keepingNothing)('that %s wrote is a summary that any other model reads', async (model) => {
    emulator.play([{ text: 'They said: plum.' }])
    const { output } = await client().responses.create({ model, input: [...history, trigger], store: false })
    const [item] = output as OpenAI.Responses.ResponseInputItem[]
    for (const other of [...all, 'plain/openai/gpt-oss-120b']) {
      await client().responses.create({
        model: other,
        input: [item!, { role: 'user', content: 'Which?' }],
        store: false,
      })
      expect(JSON.stringify(emulator.requests().at(-1)!.body)).toContain('They said: plum.')
    }
  })

  test.each(keepingNothing)('is gone on from by the id of the answer that it is, at %s', async (model) => {
    emulator.play([{ text: 'They said: plum.' }])
    const { id } = await client().responses.create({ model, input: [...history, trigger] })
    await client().responses.create({ model, input: 'Go on.', previous_response_id: id })
    const body = JSON.stringify(emulator.requests().at(-1)!.body)
    expect(body).toMatch(/The word is plum.*They said: plum\..*Go on\./)
    expect(body).not.toMatch(/compaction|Noted/)
  })

  test.each(keepingNothing)('has the words of the user from all answers that it goes on from, at %s', async (model) => {
    const openai = client()
    const first = await openai.responses.create({ model, input: 'The word is plum.' })
    const previous_response_id = first.id
    const { output } = await openai.responses.compact({
      model: model as 'gpt-5.4',
      input: 'And pear.',
      previous_response_id,
    })
    expect(output.map(({ type }) => type)).toEqual(['message', 'message', 'compaction'])
    expect(JSON.stringify(output)).toMatch(/The word is plum.*And pear\./)

    const input = [{ role: 'user' as const, content: 'And pear.' }, trigger]
    const { id } = await openai.responses.create({ model, input, previous_response_id })
    await openai.responses.create({ model, input: 'Go on.', previous_response_id: id })
    expect(JSON.stringify(emulator.requests().at(-1)!.body)).toMatch(/The word is plum.*And pear\..*Go on\./)
  })

  test.each(['gpt-5.4', 'mine/gpt-5.4'])('that a server of Messages wrote readably is read by %s', async (model) => {
    // As an answer of Messages with a compaction block is told to a client of Responses.
    const item = {
      type: 'compaction',
      id: 'cmp_1',
      encrypted_content: 'xfs1~responses~crossfeed-text~~They said: plum.',
    } as const
    await client().responses.create({ model, input: [item, { role: 'user', content: 'Which?' }], store: false })
    const body = JSON.stringify(emulator.requests().at(-1)!.body)
    expect(body).toContain('They said: plum.')
    expect(body).not.toContain('xfs1~')
  })

  test('says that it was made here, and asks for no tools', async () => {
    const answer = await fetch(`${gateway.url}/v1/responses`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'claude-sonnet-4.6',
        input: [...history, trigger],
        tools: [{ type: 'function', name: 'look', parameters: { type: 'object', properties: {} } }],
        text: { format: { type: 'json_object' } },
      }),
    })
    expect(answer.headers.get('x-crossfeed-changes')).toContain('compacted-here')
    expect(emulator.requests().at(-1)!.body).toMatchObject({ tools: [{ name: 'look' }], tool_choice: { type: 'none' } })
  })

  test('fails in words where the model writes none', async () => {
    const input = [...history, trigger]
    emulator.play([{ text: '' }, { text: '' }, { text: 'cut', finish: 'length' }])
    for (let n = 0; n < 3; n++)
      await expect(client().responses.create({ model: 'claude-sonnet-4.6', input })).rejects.toMatchObject({
        status: 502,
      })
    emulator.play([{ text: 'cut', finish: 'length' }])
    const types: string[] = []
    for await (const { type } of await client().responses.create({ model: 'gpt-5.4', input, stream: true }))
      types.push(type)
    expect(types).toEqual(['response.created', 'response.failed'])
  })

  test.each([
    ['gpt-5.2', { status: 404, error: { message: 'Not Found' } }],
    ['gpt-5.4-mini', { status: 405, error: { message: 'Method Not Allowed' } }],
  ] as const)('is written by the model of a server that has no such endpoint: %s, %j', async (model, refusal) => {
    emulator.play([refusal, { text: 'They said: plum.' }])
    const { output } = await client().responses.compact({ model: `mine/${model}` as 'gpt-5.4', input: history })
    expect(JSON.stringify(output.at(-1))).toContain('They said: plum.')
  })

  test('goes the way of every answer where the endpoint refuses the history, which is mended on it', async () => {
    const error = {
      message: "Invalid 'input[0].id': 'x'. Expected an ID that begins with 'msg'.",
      code: 'invalid_value',
    }
    emulator.play([{ when: { path: '/v1/responses/compact' }, status: 400, error }])
    const { output } = await client().responses.compact({ model: 'mine/gpt-5.4' as 'gpt-5.4', input: history })
    expect(output.at(-1)).toMatchObject({ type: 'compaction' })
    const body = emulator.requests().at(-1)!.body as { input: object[] } // a request of Responses has a list here
    expect(body.input.at(-1)).toEqual(trigger)
  })

  test('is written by the model of a server that refuses the item', async () => {
    const error = {
      message: "Invalid value: 'compaction_trigger'. Supported values are: 'message'.",
      type: 'invalid_request_error',
    }
    emulator.play([{ status: 400, error }, { text: 'They said: plum.' }, { text: 'They said: pear.' }])
    for (const said of ['plum', 'pear']) {
      const input = [...history, trigger]
      const { output } = await client().responses.create({ model: 'blue/gpt-5.4', input, store: false })
      expect(output).toMatchObject([{ type: 'compaction', encrypted_content: expect.stringContaining(said) }])
    }
    // That server keeps the answer too, but as the summary that it wrote, behind all that it stands for.
    emulator.play([{ text: 'They said: fig.' }])
    const { id } = await client().responses.create({ model: 'blue/gpt-5.4', input: [...history, trigger] })
    expect(await client().responses.retrieve(id)).toMatchObject({ id, output: [{ type: 'compaction' }] })
    await client().responses.create({ model: 'blue/gpt-5.4', input: 'Go on.', previous_response_id: id })
    const body = emulator.requests().at(-1)!.body as object
    expect(body).not.toHaveProperty('previous_response_id')
    expect(JSON.stringify(body)).toMatch(/The word is plum.*They said: fig\..*Go on\./)
  })

  test('needs a history', async () => {
    await expect(client().responses.compact({ model: 'gpt-5.4' })).rejects.toMatchObject({
      status: 400,
      param: 'input',
    })
  })
})
