import { describe, expect, test } from 'vitest'
import { createEmulator } from './emulator.ts'
import { createSeals } from './seals.ts'
import { withTrial } from './trial.test-support.ts'
import type { Trial } from './trial.test-support.ts'

const grant_type = 'urn:ietf:params:oauth:grant-type:device_code'
const chat = { model: 'gpt-4.1', messages: [{ role: 'user', content: 'hi' }] }
const begin = async (trial: Trial, client_id: string) =>
  (await trial.post('/login/device/code', { client_id, scope: 'read:user' })).json
const poll = async (trial: Trial, client_id: string, device_code: unknown) =>
  (await trial.post('/login/oauth/access_token', { client_id, device_code, grant_type })).json

describe('sign-in', () => {
  test('the device flow ends in a token that can be exchanged and used', async () => {
    await withTrial({ deviceInterval: 0, approveAfter: 1 }, async (trial) => {
      const client = 'Iv1.b507a08c87ecfe98'
      const code = await begin(trial, client)
      expect(code).toMatchObject({ user_code: expect.stringMatching(/^\w{4}-\w{4}$/), interval: 0, expires_in: 899 })
      expect(await poll(trial, client, code['device_code'])).toMatchObject({ error: 'authorization_pending' })
      const answer = await poll(trial, client, code['device_code'])
      expect(answer).toMatchObject({
        access_token: expect.stringMatching(/^ghu_/),
        token_type: 'bearer',
        scope: 'read:user',
      })
      expect(await poll(trial, client, code['device_code'])).toMatchObject({ error: 'incorrect_device_code' })
      const authorization = `token ${String(answer['access_token'])}`
      expect((await trial.get('/user', { authorization })).json).toMatchObject({ login: 'octo-dev' })
      const { json: token } = await trial.get('/copilot_internal/v2/token', { authorization })
      const headers = { authorization: `Bearer ${String(token['token'])}`, 'editor-version': 'vscode/1.112.0' }
      expect((await trial.post('/chat/completions', chat, headers)).status).toBe(200)
      trial.emulator.expireTokens()
      expect((await trial.post('/chat/completions', chat, headers)).text).toBe('unauthorized: token expired\n')
    })
  })

  test('a person approves, and the token of an Ov23 app is for direct use', async () => {
    await withTrial({ deviceInterval: 0, approveAfter: 'manual' }, async (trial) => {
      const client = 'Ov23li8tweQw6odWQebz'
      const code = await begin(trial, client)
      expect(await poll(trial, client, code['device_code'])).toMatchObject({ error: 'authorization_pending' })
      expect((await trial.post('/__approve', { user_code: code['user_code'] })).json).toEqual({ approved: 1 })
      const token = String((await poll(trial, client, code['device_code']))['access_token'])
      expect(token).toMatch(/^gho_/)
      expect((await trial.get('/copilot_internal/v2/token', { authorization: `token ${token}` })).status).toBe(404)
      expect((await trial.post('/chat/completions', chat, { authorization: `Bearer ${token}` })).status).toBe(200)
    })
  })

  test('answers forms unless JSON is asked for, and knows wrong codes, clients and grants', async () => {
    await withTrial({ deviceInterval: 0 }, async (trial) => {
      const body = new URLSearchParams({ client_id: '01ab8ac9400c4e429b23' })
      const form = await fetch(`${trial.url}/login/device/code`, { method: 'POST', body })
      const code = new URLSearchParams(await form.text()).get('device_code')
      expect(await poll(trial, 'Iv1.b507a08c87ecfe98', code)).toMatchObject({ error: 'incorrect_client_credentials' })
      expect(await poll(trial, 'x', 'y')).toMatchObject({ error: 'incorrect_device_code' })
      expect((await trial.post('/login/oauth/access_token', {})).json).toMatchObject({
        error: 'unsupported_grant_type',
      })
      expect((await trial.post('/login/device/code', { client_id: 'x' })).status).toBe(404)
    })
  })

  test('refuses classic, unknown and foreign tokens', async () => {
    await withTrial({ githubTokens: ['gho_known'] }, async (trial) => {
      const status = async (token: string) => (await trial.get('/models', { authorization: `Bearer ${token}` })).status
      expect([
        await status('gho_known'),
        await status('gho_other'),
        await status('ghp_x'),
        await status('tid=1;exp=9999999999:ff'),
      ]).toEqual([200, 401, 400, 401])
      expect((await trial.get('/user', { authorization: 'token ghp_x' })).json).toMatchObject({
        message: 'Bad credentials',
      })
    })
  })

  test('a token dies by the clock', async () => {
    let now = Date.now()
    await withTrial({ now: () => now, tokenLife: 100 }, async (trial) => {
      const { json } = await trial.get('/copilot_internal/v2/token', { authorization: 'token gho_x' })
      const headers = { authorization: `Bearer ${String(json['token'])}`, 'editor-version': 'x' }
      expect((await trial.get('/models', headers)).status).toBe(200)
      now += 101_000
      expect((await trial.get('/models', headers)).status).toBe(401)
    })
  })
})

describe('the recorder and the control paths', () => {
  test('record every call without its secrets, and forget them', async () => {
    await withTrial({}, async (trial) => {
      await trial.post('/chat/completions', chat, { authorization: 'Bearer gho_verysecret', 'x-initiator': 'user' })
      const recorded: unknown = await (await fetch(`${trial.url}/__requests`)).json()
      expect(recorded).toMatchObject([
        {
          method: 'POST',
          path: '/chat/completions',
          body: chat,
          status: 200,
          headers: { authorization: 'Bearer gho_…cret', 'x-initiator': 'user' },
        },
      ])
      expect(JSON.stringify(recorded)).not.toContain('verysecret')
      await fetch(`${trial.url}/__requests`, { method: 'DELETE' })
      expect(trial.emulator.requests()).toEqual([])
    })
  })

  test('notice a client that goes away', async () => {
    await withTrial(
      { scenario: [{ text: 'a b', delay: { silence: { afterEvents: 1, ms: 60_000 } } }] },
      async (trial) => {
        const leave = new AbortController()
        const init = {
          method: 'POST',
          headers: { authorization: 'Bearer gho_x' },
          body: JSON.stringify({ ...chat, stream: true }),
          signal: leave.signal,
        }
        const response = await fetch(`${trial.url}/chat/completions`, init)
        await response.body?.getReader().read()
        leave.abort()
        await expect
          .poll(() => trial.emulator.requests()[0])
          .toMatchObject({ finished: false, aborted: true, status: 200 })
      },
    )
  })

  test('switch quirks, play scenarios, tell the state, and name what is wrong', async () => {
    await withTrial({}, async (trial) => {
      expect((await trial.post('/__quirks', { unavailable: true })).json).toMatchObject({ unavailable: true })
      expect((await trial.post('/chat/completions', chat)).status).toBe(503)
      expect((await trial.post('/__quirks', { nonsense: true })).json).toEqual({ error: 'unknown quirk: nonsense' })
      expect((await trial.post('/__scenario', [{ text: 'a' }])).json).toEqual({ steps: 1 })
      expect((await trial.post('/__scenario', 'x')).status).toBe(400)
      expect((await trial.get('/__state')).json).toMatchObject({ stepsLeft: 1, requests: 1, url: trial.url })
      expect((await trial.post('/__expire', {})).json).toEqual({ expired: true })
    })
  })

  test('an unknown path is 404, and stopping ends a waiting answer', async () => {
    const emulator = createEmulator({ scenario: [{ delay: { headers: 60_000 }, text: 'late' }] })
    const { url } = await emulator.start()
    expect((await fetch(`${url}/v2/unknown`)).status).toBe(404)
    const waiting = fetch(`${url}/chat/completions`, {
      method: 'POST',
      headers: { authorization: 'Bearer gho_x' },
      body: JSON.stringify(chat),
    })
    const outcome = expect(waiting).rejects.toThrow()
    await expect.poll(() => emulator.requests().length).toBe(2)
    await emulator.stop()
    await outcome
  })
})

test('auto mode offers models and routes a prompt', async () => {
  await withTrial({}, async (trial) => {
    const { json } = await trial.post('/models/session', { auto_mode: { model_hints: ['claude-sonnet-4.6'] } })
    expect(json).toMatchObject({ selected_model: 'claude-sonnet-4.6', discounted_costs: {} })
    const headers = { 'copilot-session-token': String(json['session_token']) }
    const intent = await trial.post('/models/session/intent', { prompt: 'hi', available_models: ['gpt-4.1'] }, headers)
    expect(intent.json).toMatchObject({ predicted_label: 'no_reasoning', chosen_model: 'gpt-4.1' })
    expect((await trial.post('/chat/completions', chat, { 'copilot-session-token': 'bm8=' })).status).toBe(401)
  })
})

test('seals open with the same secret and kind only', () => {
  const [a, b] = [createSeals('one'), createSeals('two')]
  const sealed = a.seal('signature', '0011223344556677', 'text')
  expect(a.seal('signature', '0011223344556677', 'text')).not.toBe(sealed)
  expect(createSeals('one').open('signature', sealed)?.nonce).toBe('0011223344556677')
  expect([a.open('signature', sealed)?.fits('text'), a.open('signature', sealed)?.fits('other')]).toEqual([true, false])
  expect([
    a.open('encrypted', sealed),
    b.open('signature', sealed),
    a.open('signature', `Z${sealed.slice(1)}`),
  ]).toEqual([undefined, undefined, undefined])
})
