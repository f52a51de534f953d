import { asObject, asObjects, type JsonObject } from '@crossfeed/protocols'
import type OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import { all, keepingNothing, nameOf, useResponsesStage } from './responses-stage.ts'
import { eventSchema, replySchema, schemaErrors } from './schemas.ts'

// Histories that are put in short, as Codex asks for it: by the endpoint of the Responses API, and by an item.

const stage = useResponsesStage()
const everyModel = [...all, 'plain/openai/gpt-oss-120b']

/** The body of the last call. */
function sent(): JsonObject {
  return asObject(stage.emulator.requests().at(-1)?.body) ?? {}
}

const history: OpenAI.Responses.ResponseInputItem[] = [
  { role: 'user', content: 'The word is plum.' },
  { role: 'assistant', content: 'Noted.' },
  { role: 'user', content: 'Which word?' },
]

describe('a history in short', () => {
  const trigger = { type: 'compaction_trigger' } as const

  test.each(everyModel)('is made by %s, and gone on from', async (model) => {
    const openai = stage.client()
    const compacted = await openai.responses.compact({ model: nameOf(model), input: history })
    expect(compacted.object).toBe('response.compaction')
    expect(compacted.output.map(({ type }) => type)).toEqual(['message', 'message', 'compaction'])
    expect(compacted.usage.input_tokens).toBeGreaterThan(5)
    const next = await openai.responses.create({
      model,
      // What the endpoint puts out is what the next call takes in; the SDK's types say so only for some of the kinds.
      input: [...(compacted.output as OpenAI.Responses.ResponseInputItem[]), { role: 'user', content: 'Go on.' }],
    })
    expect(next.status).toBe('completed')
    const body = JSON.stringify(sent())
    expect(body).toContain('Go on.')
    expect(body).not.toContain('xfs1~')
  })

  test.each(everyModel)('is one item where it is asked for by a last item, of %s', async (model) => {
    const openai = stage.client()
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
  })

  test.each(keepingNothing)('that %s wrote is a summary that any other model reads', async (model) => {
    stage.emulator.play([{ text: 'They said: plum.' }])
    const { output } = await stage.client().responses.create({ model, input: [...history, trigger], store: false })
    const [item] = output as OpenAI.Responses.ResponseInputItem[] // a compaction goes back as it came
    for (const other of everyModel) {
      await stage.client().responses.create({
        model: other,
        input: [item!, { role: 'user', content: 'Which?' }],
        store: false,
      })
      expect(JSON.stringify(sent())).toContain('They said: plum.')
    }
  })

  test.each(keepingNothing)('is gone on from by the id of the answer that it is, at %s', async (model) => {
    stage.emulator.play([{ text: 'They said: plum.' }])
    const { id } = await stage.client().responses.create({ model, input: [...history, trigger] })
    await stage.client().responses.create({ model, input: 'Go on.', previous_response_id: id })
    const body = JSON.stringify(sent())
    expect(body).toMatch(/The word is plum.*They said: plum\..*Go on\./)
    expect(body).not.toMatch(/compaction|Noted/)
  })

  test.each(keepingNothing)('has the words of the user from all answers that it goes on from, at %s', async (model) => {
    const openai = stage.client()
    const first = await openai.responses.create({ model, input: 'The word is plum.' })
    const previous_response_id = first.id
    const { output } = await openai.responses.compact({
      model: nameOf(model),
      input: 'And pear.',
      previous_response_id,
    })
    expect(output.map(({ type }) => type)).toEqual(['message', 'message', 'compaction'])
    expect(JSON.stringify(output)).toMatch(/The word is plum.*And pear\./)

    const input = [{ role: 'user' as const, content: 'And pear.' }, trigger]
    const { id } = await openai.responses.create({ model, input, previous_response_id })
    await openai.responses.create({ model, input: 'Go on.', previous_response_id: id })
    expect(JSON.stringify(sent())).toMatch(/The word is plum.*And pear\..*Go on\./)
  })

  test.each(['gpt-5.4', 'mine/gpt-5.4'])('that a server of Messages wrote readably is read by %s', async (model) => {
    // As an answer of Messages with a compaction block is told to a client of Responses.
    const item = {
      type: 'compaction',
      id: 'cmp_1',
      encrypted_content: 'xfs1~responses~crossfeed-text~~They said: plum.',
    } as const
    await stage.client().responses.create({ model, input: [item, { role: 'user', content: 'Which?' }], store: false })
    const body = JSON.stringify(sent())
    expect(body).toContain('They said: plum.')
    expect(body).not.toContain('xfs1~')
  })

  test('says that it was made here, and asks for no tools', async () => {
    const answer = await fetch(`${stage.gateway.url}/v1/responses`, {
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
    expect(sent()).toMatchObject({ tools: [{ name: 'look' }], tool_choice: { type: 'none' } })
  })

  test('fails in words where the model writes none', async () => {
    const input = [...history, trigger]
    stage.emulator.play([{ text: '' }, { text: '' }, { text: 'cut', finish: 'length' }])
    for (let n = 0; n < 3; n++)
      await expect(stage.client().responses.create({ model: 'claude-sonnet-4.6', input })).rejects.toMatchObject({
        status: 502,
      })
    stage.emulator.play([{ text: 'cut', finish: 'length' }])
    const types: string[] = []
    for await (const { type } of await stage.client().responses.create({ model: 'gpt-5.4', input, stream: true }))
      types.push(type)
    expect(types).toEqual(['response.created', 'response.failed'])
  })

  test.each([
    ['gpt-5.2', { status: 404, error: { message: 'Not Found' } }],
    ['gpt-5.4-mini', { status: 405, error: { message: 'Method Not Allowed' } }],
  ] as const)('is written by the model of a server that has no such endpoint: %s, %j', async (model, refusal) => {
    stage.emulator.play([refusal, { text: 'They said: plum.' }])
    const { output } = await stage.client().responses.compact({ model: nameOf(`mine/${model}`), input: history })
    expect(JSON.stringify(output.at(-1))).toContain('They said: plum.')
  })

  test('goes the way of every answer where the endpoint refuses the history, which is mended on it', async () => {
    const error = {
      message: "Invalid 'input[0].id': 'x'. Expected an ID that begins with 'msg'.",
      code: 'invalid_value',
    }
    stage.emulator.play([{ when: { path: '/v1/responses/compact' }, status: 400, error }])
    const { output } = await stage.client().responses.compact({ model: nameOf('mine/gpt-5.4'), input: history })
    expect(output.at(-1)).toMatchObject({ type: 'compaction' })
    const body = sent()
    expect(asObjects(body['input']).at(-1)).toEqual(trigger)
  })

  test('is written by the model of a server that refuses the item', async () => {
    const error = {
      message: "Invalid value: 'compaction_trigger'. Supported values are: 'message'.",
      type: 'invalid_request_error',
    }
    stage.emulator.play([{ status: 400, error }, { text: 'They said: plum.' }, { text: 'They said: pear.' }])
    for (const said of ['plum', 'pear']) {
      const input = [...history, trigger]
      const { output } = await stage.client().responses.create({ model: 'blue/gpt-5.4', input, store: false })
      expect(output).toMatchObject([{ type: 'compaction', encrypted_content: expect.stringContaining(said) }])
    }
    // That server keeps the answer too, but as the summary that it wrote, behind all that it stands for.
    stage.emulator.play([{ text: 'They said: fig.' }])
    const { id } = await stage.client().responses.create({ model: 'blue/gpt-5.4', input: [...history, trigger] })
    expect(await stage.client().responses.retrieve(id)).toMatchObject({ id, output: [{ type: 'compaction' }] })
    await stage.client().responses.create({ model: 'blue/gpt-5.4', input: 'Go on.', previous_response_id: id })
    const body = sent()
    expect(body).not.toHaveProperty('previous_response_id')
    expect(JSON.stringify(body)).toMatch(/The word is plum.*They said: fig\..*Go on\./)
  })

  test('needs a history', async () => {
    await expect(stage.client().responses.compact({ model: 'gpt-5.4' })).rejects.toMatchObject({
      status: 400,
      param: 'input',
    })
  })
})
