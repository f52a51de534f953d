import { describe, expect, test } from 'vitest'
import { all, keeping, keepingNothing, nameOf, useResponsesStage } from './responses-stage.ts'
import { replySchema, schemaErrors } from './schemas.ts'

// Answers of the Responses API after they were given, asked for by the official SDK: at supplies that keep them, and at those that
// keep nothing.

const stage = useResponsesStage()

const sent = (): string => {
  const { method, path } = stage.emulator.requests().at(-1)!
  return `${method} ${path}`
}

describe('an answer that was given', () => {
  test.each(all)('of %s is found again, with what it was made of, until it is removed', async (model) => {
    const openai = stage.client()
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
    const openai = stage.client()
    const stream = openai.responses.stream({ model, input: 'How are you?' })
    const { id, output_text } = await stream.finalResponse()
    expect((await openai.responses.retrieve(id)).output_text).toBe(output_text)
    await expect(openai.responses.retrieve(id, { stream: true, starting_after: 3 })).rejects.toMatchObject({
      status: 400,
      param: 'stream',
    })
  })

  test.each(keeping)('of %s is asked of the supply that gave it', async (model) => {
    const openai = stage.client()
    const { id } = await openai.responses.create({ model, input: 'How are you?', stream: false })
    await openai.responses.retrieve(id, { include: ['reasoning.encrypted_content'] })
    expect(sent()).toMatch(/^GET .*\/v1\/responses\/resp_\w+$/)
    const answer = await fetch(`${stage.gateway.url}/v1/responses/${id}`)
    expect(answer.headers.get('x-crossfeed-provider')).toBe(model.split('/')[0])
  })

  test.each(all)('of %s belongs to the key that asked for it', async (model) => {
    const [ada, bob] = [stage.client('ada', stage.keyed.url), stage.client('bob', stage.keyed.url)]
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
      () => bob.responses.compact({ model: nameOf(model), previous_response_id: id }),
    ])
      await expect(attempt()).rejects.toMatchObject({ status: 400, code: 'previous_response_not_found' })
    expect((await ada.responses.retrieve(id)).id).toBe(id)
  })

  test.each(all)(
    "of %s is anybody's where no keys are asked for, whatever clients send in their place",
    async (model) => {
      const [one, other] = [stage.client('placeholder'), stage.client('another')]
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
    stage.emulator.play([{ status: 200, body: { ...begun, status: 'queued', usage: null, error: null } }])
    const first = await stage
      .client()
      .responses.create({ model: 'mine/gpt-5.4', input: 'Take your time.', background: true })
    expect(first).toMatchObject({ id: 'resp_later', status: 'queued' })
    stage.emulator.play([
      { when: { path: '/v1/responses/resp_later' }, status: 200, body: { ...begun, status: 'in_progress' } },
      { when: { path: '/v1/responses/resp_later/cancel' }, status: 200, body: { ...begun, status: 'cancelled' } },
    ])
    expect(await stage.client().responses.retrieve('resp_later')).toMatchObject({ status: 'in_progress' })
    expect(await stage.client().responses.cancel('resp_later')).toMatchObject({ status: 'cancelled' })
  })

  test.each(['gpt-5.4', 'claude-sonnet-4.6', 'clay/claude-sonnet-4-6'])(
    'of %s is never made in the background: it is there at once, and that is said',
    async (model) => {
      const { data, response } = await stage
        .client()
        .responses.create({ model, input: 'hi', background: true })
        .withResponse()
      expect(data).toMatchObject({ status: 'completed', background: false })
      const said = `${response.headers.get('x-crossfeed-changes')} ${response.headers.get('x-crossfeed-losses')}`
      expect(said).toContain('background')
      expect((await stage.client().responses.retrieve(data.id)).status).toBe('completed')
    },
  )

  test('that nobody remembers is asked of all that keep answers, by their only owner', async () => {
    const answer = await fetch(`${stage.emulator.urls.openai}/v1/responses`, {
      method: 'POST',
      headers: { authorization: 'Bearer sk-x', 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gpt-5.4', input: 'hi' }),
    })
    const { id } = (await answer.json()) as { id: string } // what the stand-in answers
    expect((await stage.client().responses.retrieve(id)).id).toBe(id)
    await expect(stage.client('ada', stage.keyed.url).responses.retrieve(id)).rejects.toMatchObject({ status: 404 })
  })

  test('with an id that is a way out of the endpoint is none', async () => {
    for (const id of ['..%2fmodels', '%2e%2e', 'a%3fb', 'a%5c..'])
      expect((await fetch(`${stage.gateway.url}/v1/responses/${id}`)).status).toBe(404)
  })

  test('says what can be done with it (405)', async () => {
    for (const [path, method, allow] of [
      ['/v1/responses/resp_1', 'POST', 'GET, DELETE'],
      ['/v1/responses/resp_1/input_items', 'DELETE', 'GET'],
      ['/v1/responses/compact', 'GET', 'POST'],
      ['/v1/responses/input_tokens', 'GET', 'POST'],
    ] as const) {
      const answer = await fetch(stage.gateway.url + path, { method })
      expect([path, answer.status, answer.headers.get('allow')]).toEqual([path, 405, allow])
    }
  })
})

describe('input tokens', () => {
  test.each(all)('of %s are counted, also those of the conversation', async (model) => {
    const openai = stage.client()
    const { input_tokens: one, object } = await openai.responses.inputTokens.count({ model, input: 'How are you?' })
    expect(object).toBe('response.input_tokens')
    const first = await openai.responses.create({ model, input: `How are you? ${'And you? '.repeat(100)}` })
    const longer = await openai.responses.inputTokens.count({ model, input: 'hi', previous_response_id: first.id })
    expect(one).toBeGreaterThan(2)
    expect(longer.input_tokens).toBeGreaterThan(one + 200)
  })

  test('say how they were counted', async () => {
    const how = async (model: string): Promise<string | null> => {
      const answer = await fetch(`${stage.gateway.url}/v1/responses/input_tokens`, {
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
      stage
        .client()
        .responses.inputTokens.count({ model: 'claude-sonnet-4.6', input: 'hi', previous_response_id: 'resp_0' }),
    ).rejects.toMatchObject({ status: 400, code: 'previous_response_not_found' })
    await expect(stage.client().responses.inputTokens.count({})).rejects.toMatchObject({ status: 400 })
  })
})
