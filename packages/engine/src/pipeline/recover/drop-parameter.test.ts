import { asObjects } from '@crossfeed/protocols'
import { afterEach, expect, it } from 'vitest'
import { wholes } from '../streams.test-support.ts'
import { json, request, startTrial, type Trial } from '../trial.test-support.ts'

let trial: Trial
afterEach(() => trial.close())

const unknown = ['models', 'provider', 'transforms']

it.each([
  ['one after the other', (names: readonly string[]) => `Unrecognized request argument supplied: ${names[0]}`],
  ['at once', (names: readonly string[]) => `Unrecognized request arguments supplied: ${names.join(', ')}`],
])('members that the upstream refuses %s all go, and are remembered', async (_how, say) => {
  trial = await startTrial()
  trial.script((response, { body }) => {
    const found = unknown.filter((name) => name in body)
    if (found.length === 0) return json(response, 200, wholes.chat)
    const message = found.length === 1 ? `Unrecognized request argument supplied: ${found[0]}` : say(found)
    return json(response, 400, { error: { message, type: 'invalid_request_error' } })
  })
  const body = { ...request('chat', 'only-chat', false), models: ['a'], provider: { only: ['b'] }, transforms: [] }
  const first = await trial.ask('chat', body)
  expect(first.status).toBe(200)
  for (const name of unknown) expect(first.headers['x-crossfeed-changes']).toContain(`dropped:${name}`)
  const before = trial.calls.length
  expect((await trial.ask('chat', body)).status).toBe(200)
  expect(trial.calls).toHaveLength(before + 1)
})

it('stop sequences that a model refuses take no request off its own way that has none of them', async () => {
  trial = await startTrial()
  trial.script((response, { body }) => {
    if (body['stop'] === undefined) return json(response, 200, wholes.chat)
    json(response, 400, { error: { message: "Unsupported parameter: 'stop' is not supported with this model." } })
  })
  const ask = (stop: readonly string[]) => trial.ask('chat', request('chat', 'only-chat', false, { stop }))
  await ask(['Observation:'])
  const { headers } = await ask([])
  expect(headers['x-crossfeed-plan']).toBe('relay chat')
  expect(headers['x-crossfeed-changes']).toBe('dropped:stop')
  expect((await ask(['Observation:'])).headers['x-crossfeed-plan']).toBe('translate chat')
  expect(trial.calls).toHaveLength(4)
})

const assistant = { role: 'assistant', content: 'Hi', thought_note: 'Hm' }
const spoken = [{ role: 'user', content: 'Hi' }, assistant, { role: 'user', content: 'Go on' }]

it.each([
  [
    'Groq',
    "'messages.1' : for 'role:assistant' the following must be satisfied[('messages.1' : property 'thought_note' is unsupported)]",
    ['messages.*.thought_note'],
  ],
  ['Groq at the top', "property 'transforms' is unsupported, did you mean 'stop'?", ['transforms']],
  [
    'Cerebras',
    "messages.1.assistant.thought_note: property 'messages.1.assistant.thought_note' is unsupported",
    ['messages.*.assistant.thought_note'],
  ],
  [
    'Google',
    'Invalid JSON payload received. Unknown name "transforms": Cannot find field.\nInvalid JSON payload received. Unknown name "thought_note" at \'messages[1]\': Cannot find field.',
    ['transforms', 'messages.*.thought_note'],
  ],
  ['xAI', 'Model grok-4 does not support parameter reasoningEffort.', ['reasoning_effort']],
  ['xAI before', 'Argument not supported on this model: presencePenalty', ['presence_penalty']],
  [
    'NVIDIA',
    'Validation: Unsupported parameter(s): `transforms`, `reasoning_effort`',
    ['transforms', 'reasoning_effort'],
  ],
  [
    'a validator of Python',
    'body -> presence_penalty\n  Extra inputs are not permitted (type=extra_forbidden)\nbody -> transforms\n  Extra inputs are not permitted (type=extra_forbidden)',
    ['presence_penalty', 'transforms'],
  ],
])('what %s names goes, and is remembered', async (_vendor, message, dropped) => {
  trial = await startTrial()
  let refusals = 0
  trial.script((response, { body }) => {
    const text = JSON.stringify(body)
    const names = dropped.map((path) => path.split('.').at(-1) ?? '')
    if (!names.some((name) => text.includes(`"${name}"`))) return json(response, 200, wholes.chat)
    refusals++
    return json(response, 400, [{ error: { message, code: 400 } }])
  })
  const more = { transforms: true, reasoning_effort: 'high', presence_penalty: 0.5, messages: spoken }
  const body = { ...request('chat', 'only-chat', false), ...more }
  const first = await trial.ask('chat', body)
  expect(first.status).toBe(200)
  for (const path of dropped) expect(first.headers['x-crossfeed-changes']).toContain(`dropped:${path}`)
  expect((await trial.ask('chat', body)).status).toBe(200)
  expect(refusals).toBe(1)
})

it("a refusal that names what a request is made of is the client's to know", async () => {
  trial = await startTrial()
  trial.script((response) => json(response, 400, { error: { message: "property 'messages.0.role' is unsupported" } }))
  expect((await trial.ask('chat', request('chat', 'only-chat', false))).status).toBe(400)
  expect(trial.calls).toHaveLength(1)
})

it('what a library copies into the parts of a turn goes, the role of the turn itself stays', async () => {
  trial = await startTrial()
  const unknownThere = ['role', 'refusal', 'annotations']
  trial.script((response, { body }) => {
    const part = asObjects(asObjects(body['messages'])[1]?.['content'])[0] ?? {}
    const name = unknownThere.find((one) => one in part)
    if (name === undefined) return json(response, 200, wholes.chat)
    const param = `messages[1].content[0].${name}`
    const message = `Unknown parameter: '${param}'.`
    return json(response, 400, { error: { message, type: 'invalid_request_error', param, code: 'unknown_parameter' } })
  })
  const part = { type: 'text', text: 'Hi', role: 'assistant', refusal: null, annotations: [] }
  const messages = spoken.map((turn) => (turn === assistant ? { ...turn, content: [part] } : turn))
  expect((await trial.ask('chat', { ...request('chat', 'only-chat', false), messages })).status).toBe(200)
  const sent = asObjects(trial.calls.at(-1)?.body['messages'])[1]
  expect(sent).toEqual({ ...assistant, content: [{ type: 'text', text: 'Hi' }] })
})

it('a value that is refused goes and is remembered, and the other values of its member stay', async () => {
  trial = await startTrial()
  trial.script((response, { body }) => {
    if (body['verbosity'] !== 'low') return json(response, 200, wholes.chat)
    const message =
      "Unsupported value: 'verbosity' does not support 'low' with this model. Supported values are: 'medium' and 'high'."
    json(response, 400, { error: { message, param: 'verbosity', code: 'unsupported_value' } })
  })
  const ask = (verbosity: string) => trial.ask('chat', { ...request('chat', 'only-chat', false), verbosity })
  const first = await ask('low')
  expect(first.status).toBe(200)
  expect(first.headers['x-crossfeed-changes']).toContain('dropped:verbosity')
  expect((await ask('high')).headers['x-crossfeed-changes'] ?? '').not.toContain('dropped')
  await ask('low')
  expect(trial.calls.map(({ body }) => body['verbosity'])).toEqual(['low', undefined, 'high', undefined])
})

it("a turn's role is never dropped, whatever path an upstream names it by", async () => {
  trial = await startTrial()
  const message = "messages.0.user.role: property 'messages.0.user.role' is unsupported"
  trial.script((response) => json(response, 400, { error: { message } }))
  expect((await trial.ask('chat', request('chat', 'only-chat', false))).status).toBe(400)
  expect(trial.calls).toHaveLength(1)
})

it('thinking that a model cannot do is not asked of it in Messages either', async () => {
  trial = await startTrial()
  trial.script((response, { body }) =>
    body['thinking'] === undefined
      ? json(response, 200, wholes.messages)
      : json(response, 400, { type: 'error', error: { message: '"m" does not support thinking' } }),
  )
  const body = { ...request('messages', 'only-messages', false), max_tokens: 4096 }
  const answer = await trial.ask('messages', { ...body, thinking: { type: 'enabled', budget_tokens: 2000 } })
  expect(answer.status).toBe(200)
  const changes = String(answer.headers['x-crossfeed-changes'])
  expect(changes).toContain('dropped:thinking')
  // Only what was there.
  expect(changes).not.toContain('effort')
})
