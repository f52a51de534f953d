import { asObjects, type Json, type JsonObject } from '@crossfeed/protocols'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createFakeClock } from '../../fake-clock.test-support.ts'
import type { ClientOut } from '../client.ts'
import { createKeptAnswers } from './kept-answers.ts'
import { ownerByKey } from './owner.ts'
import { protocols } from '../protocols.ts'
import { streams, wholes } from '../streams.test-support.ts'
import { json, startTrial, type Trial } from '../trial.test-support.ts'

const dayMs = 24 * 60 * 60 * 1000
const user = (content: string): JsonObject => ({ role: 'user', content })
const message = (id: string, text: string): JsonObject => ({
  id,
  type: 'message',
  role: 'assistant',
  status: 'completed',
  content: [{ type: 'output_text', text, annotations: [], logprobs: [] }],
})

describe('a supply that keeps nothing', () => {
  let trial: Trial
  beforeEach(async () => {
    trial = await startTrial()
    trial.script((response, { path, body }, nth) => {
      const kind = path.endsWith('/responses') ? 'responses' : 'messages'
      // An answer and its items have ids of their own.
      const own = (text: string): string =>
        text.replaceAll('"resp_1"', `"resp_${nth}"`).replaceAll('msg_1', `msg_${nth}`)
      if (body['stream'] !== true) return json(response, 200, JSON.parse(own(JSON.stringify(wholes[kind]))))
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.end(own([...streams[kind].word, ...streams[kind].end].join('')))
    })
  })
  afterEach(() => trial.close())

  const ask = async (model: string, input: Json, more: JsonObject = {}) => {
    const answered = await trial.ask('responses', { model, input, ...more })
    return { answered, sent: trial.calls.at(-1)?.body ?? {} }
  }
  const read = (text: string): JsonObject => JSON.parse(text)

  it.each(['only-responses', 'only-messages'])(
    'of %s, an answer is found by its id: the conversation goes on',
    async (model) => {
      const first = read((await ask(model, 'How are you?')).answered.text)
      const { answered, sent } = await ask(model, [user('And now?')], { previous_response_id: String(first['id']) })
      expect(answered.status).toBe(200)
      expect(answered.headers['x-crossfeed-changes']).toContain('answers-recalled')
      const turns = asObjects(sent['input'] ?? sent['messages'])
      expect(turns.map(({ role }) => role)).toEqual(['user', 'assistant', 'user'])
      expect(JSON.stringify(turns)).toMatch(/How are you\?.*Hello.*And now\?/)
      expect(sent).not.toHaveProperty('previous_response_id')

      const second = read(answered.text)
      const third = await ask(model, 'At last?', { previous_response_id: String(second['id']) })
      expect(asObjects(third.sent['input'] ?? third.sent['messages'])).toHaveLength(5)
    },
  )

  it.each(['only-responses', 'only-messages'])('of %s, an item of an answer is found by its id', async (model) => {
    const output = asObjects(read((await ask(model, 'How are you?')).answered.text)['output'])
    const reference = { type: 'item_reference', id: String(output[0]?.['id']) }
    for (const one of [reference, { id: reference.id }]) {
      const { answered, sent } = await ask(model, [user('How are you?'), one, user('And now?')])
      expect(answered.status).toBe(200)
      expect(JSON.stringify(sent)).toMatch(/How are you\?.*Hello.*And now\?/)
      expect(JSON.stringify(sent)).not.toContain('item_reference')
    }
  })

  it.each(['only-responses', 'only-messages'])('of %s, what was streamed is found, too', async (model) => {
    const { answered } = await ask(model, 'How are you?', { stream: true })
    const id = /"id":"(msg_\w+)"/.exec(answered.text)?.[1] ?? ''
    const next = await ask(model, [user('How are you?'), { type: 'item_reference', id }, user('And now?')])
    expect(JSON.stringify(next.sent)).toMatch(/How are you\?.*Hello.*And now\?/)
    const named = /"id":"(resp_\w+)"/.exec(answered.text)?.[1] ?? ''
    const { sent } = await ask(model, 'And then?', { previous_response_id: named, stream: true })
    expect(JSON.stringify(sent)).toMatch(/How are you\?.*Hello.*And then\?/)
  })

  it('gives reasoning back the seal that its client left out', async () => {
    const sealed = { id: 'rs_1', type: 'reasoning', summary: [], encrypted_content: 'gAAA' }
    const output = [sealed, message('msg_1', 'Hello')]
    trial.script((response) => json(response, 200, { ...wholes.responses, output }))
    await ask('only-responses', 'How are you?')
    const { encrypted_content: _, ...bare } = sealed
    const { sent } = await ask('only-responses', [user('How are you?'), bare, user('And now?')])
    expect(asObjects(sent['input'])[1]).toMatchObject({ type: 'reasoning', encrypted_content: 'gAAA' })
  })

  it.each([{ store: false }, { store: false, stream: true }])('keeps nothing where it shall not: %j', async (more) => {
    const { answered } = await ask('only-responses', 'How are you?', more)
    const id = /"id":"(resp_\w+)"/.exec(answered.text)?.[1] ?? ''
    const { answered: second } = await ask('only-responses', 'And now?', { previous_response_id: id })
    expect(second.status).toBe(400)
    expect(read(second.text)).toMatchObject({ error: { code: 'previous_response_not_found' } })
  })
})

describe('what is kept', () => {
  const call = (body: JsonObject) => ({
    protocol: protocols.responses,
    body,
    raw: Buffer.from(JSON.stringify(body)),
    headers: {},
    path: '/v1/responses',
    requestId: 'r',
  })
  const nowhere: ClientOut = { begin: () => {}, write: () => true, end: () => {} }
  const answer = (kept: ReturnType<typeof createKeptAnswers>, body: JsonObject, id: string, wanted = true): void => {
    const out = kept.listen(call(body), nowhere, () => wanted)
    out.begin(200, { 'content-type': 'application/json' })
    out.end(JSON.stringify({ id, output: [message(`msg_${id}`, id)] }))
  }
  const knows = (kept: ReturnType<typeof createKeptAnswers>, id: string): boolean => {
    const asked = call({ input: 'on', previous_response_id: id })
    return kept.recall(asked) !== asked
  }

  it('has a bound: the oldest answers go, and what rests on them', () => {
    const kept = createKeptAnswers(createFakeClock(), ownerByKey, 2000)
    answer(kept, { input: 'a' }, 'one')
    answer(kept, { input: 'b', previous_response_id: 'one' }, 'two')
    expect([knows(kept, 'one'), knows(kept, 'two')]).toEqual([true, true])
    for (let n = 0; n < 12; n++) answer(kept, { input: 'x' }, `more${n}`)
    expect([knows(kept, 'one'), knows(kept, 'two'), knows(kept, 'more11')]).toEqual([false, false, true])
    const reference = call({ input: [{ type: 'item_reference', id: 'msg_one' }] })
    expect(kept.recall(reference)).toBe(reference)
    answer(kept, { input: 'y'.repeat(1000) }, 'large')
    expect(knows(kept, 'large')).toBe(false)
  })

  it('is found only by the key that asked for it', () => {
    const kept = createKeptAnswers(createFakeClock(), ownerByKey)
    const by = (key: string, body: JsonObject) => ({ ...call(body), headers: { authorization: `Bearer ${key}` } })
    const out = kept.listen(by('ada', { input: 'a' }), nowhere, () => true)
    out.begin(200, { 'content-type': 'application/json' })
    out.end(JSON.stringify({ id: 'one', output: [message('msg_one', 'one')] }))
    for (const body of [
      { input: 'on', previous_response_id: 'one' },
      { input: [{ type: 'item_reference', id: 'msg_one' }] },
    ]) {
      for (const others of [by('bob', body), call(body)]) expect(kept.recall(others)).toBe(others)
      const own = by('ada', body)
      expect(kept.recall(own)).not.toBe(own)
    }
  })

  it('goes by the key that lets a client in, in either of its headers', () => {
    const kept = createKeptAnswers(createFakeClock(), ownerByKey)
    const by = (headers: Record<string, string>) => ({ ...call({ input: 'on', previous_response_id: 'one' }), headers })
    const first = { ...call({ input: 'a' }), headers: { 'x-api-key': 'ada', authorization: 'Bearer none' } }
    const out = kept.listen(first, nowhere, () => true)
    out.begin(200, { 'content-type': 'application/json' })
    out.end(JSON.stringify({ id: 'one', output: [message('msg_one', 'one')] }))
    const found = [
      { 'x-api-key': 'bob', authorization: 'Bearer none' },
      { authorization: 'Bearer none' },
      { 'x-api-key': 'ada' },
      { authorization: 'Bearer ada' },
    ].map((headers) => {
      const asked = by(headers)
      return kept.recall(asked) !== asked
    })
    expect(found).toEqual([false, false, true, true])
  })

  it('keeps an item whose id an older answer has taken with it', () => {
    const kept = createKeptAnswers(createFakeClock(), ownerByKey, 2000)
    const say = (id: string, item: string, text: string): void => {
      const out = kept.listen(call({ input: 'a' }), nowhere, () => true)
      out.begin(200, { 'content-type': 'application/json' })
      out.end(JSON.stringify({ id, output: [message(item, text)] }))
    }
    say('old', 'msg_0', 'old')
    for (let n = 0; n < 5; n++) say(`other${n}`, `msg_other${n}`, 'other')
    say('new', 'msg_0', 'new')
    for (let n = 5; n < 10; n++) say(`other${n}`, `msg_other${n}`, 'other')
    expect(knows(kept, 'old')).toBe(false)
    expect(knows(kept, 'new')).toBe(true)
    const recalled = kept.recall(call({ input: [{ type: 'item_reference', id: 'msg_0' }] }))
    expect(JSON.stringify(recalled.body)).toContain('"new"')
  })

  it('is forgotten after a day', () => {
    const clock = createFakeClock()
    const kept = createKeptAnswers(clock, ownerByKey)
    answer(kept, { input: 'a' }, 'one')
    clock.sleep(dayMs - 1)
    expect(knows(kept, 'one')).toBe(true)
    clock.sleep(2)
    expect(knows(kept, 'one')).toBe(false)
    const reference = call({ input: [{ type: 'item_reference', id: 'msg_one' }] })
    expect(kept.recall(reference)).toBe(reference)
  })

  it('never goes round in circles where a server gives every answer the same id', () => {
    const kept = createKeptAnswers(createFakeClock(), ownerByKey)
    answer(kept, { input: 'a' }, 'same')
    answer(kept, { input: 'b', previous_response_id: 'same' }, 'same')
    expect(knows(kept, 'same')).toBe(false)
  })

  it('is not what the supply keeps itself, nor what failed', () => {
    const kept = createKeptAnswers(createFakeClock(), ownerByKey)
    answer(kept, { input: 'a' }, 'theirs', false)
    const out = kept.listen(call({ input: 'a' }), nowhere, () => true)
    out.begin(200, { 'content-type': 'text/event-stream' })
    out.write(
      `data: ${JSON.stringify({ type: 'response.output_item.done', item: message('msg_f', 'half') })}\n\n` +
        `data: ${JSON.stringify({ type: 'response.failed', response: { id: 'failed' } })}\n\n`,
    )
    out.end()
    expect([knows(kept, 'theirs'), knows(kept, 'failed')]).toEqual([false, false])
  })
})
