import { describe, expect, test } from 'vitest'
import { withTrial } from '../../trial.test-support.ts'
import {
  authorize,
  beginDevice,
  claimsOf,
  client,
  codeOf,
  exchange,
  form,
  pollDevice,
  renew,
} from './trial.test-support.ts'

const models = '/codex/backend-api/codex/models?client_version=1.0.0'

describe('a ChatGPT sign-in by browser', () => {
  test('leads back with a code and the state; the code gives tokens that name the account', async () => {
    const accounts = [{ id: 'acct-7', email: 'a@example.test', plan: 'pro' }]
    await withTrial({ codex: { accounts } }, async (trial) => {
      const led = await authorize(trial)
      expect(led.status).toBe(302)
      expect(led.headers.get('location')).toMatch(/^http:\/\/localhost:1455\/auth\/callback\?code=ac_.+&state=xyz$/)
      const { json, status } = await exchange(trial, codeOf(led))
      expect(status).toBe(200)
      expect(json).toMatchObject({ expires_in: 864_000, refresh_token: expect.stringMatching(/^rt_/) })
      expect(claimsOf(json['access_token'])).toMatchObject({
        'https://api.openai.com/auth': { chatgpt_account_id: 'acct-7', chatgpt_plan_type: 'pro' },
        exp: expect.any(Number),
      })
      expect(claimsOf(json['id_token'])).toMatchObject({ email: 'a@example.test' })
      const headers = { authorization: `Bearer ${String(json['access_token'])}`, 'chatgpt-account-id': 'acct-7' }
      expect((await trial.get(models, headers)).status).toBe(200)
      expect((await trial.get(models, { ...headers, 'chatgpt-account-id': 'acct-8' })).status).toBe(403)
      expect((await trial.get(models, { ...headers, authorization: `${headers.authorization}x` })).json).toMatchObject({
        error: { code: 'token_invalid' },
      })
    })
  })

  test('wants a registered address, S256, a state, the scopes and the known client', async () => {
    await withTrial({}, async (trial) => {
      for (const [changed, status] of [
        [{ redirect_uri: 'http://localhost:1456/auth/callback' }, 400],
        [{ redirect_uri: 'http://127.0.0.1:1455/auth/callback' }, 400],
        [{ code_challenge_method: 'plain' }, 400],
        [{ code_challenge: 'short' }, 400],
        [{ state: '' }, 400],
        [{ scope: 'openid' }, 400],
        [{ response_type: 'token' }, 400],
        [{ client_id: 'app_other' }, 401],
      ] as const) {
        expect([changed, (await authorize(trial, changed)).status]).toEqual([changed, status])
      }
      expect((await authorize(trial, { redirect_uri: 'http://localhost:1457/auth/callback' })).status).toBe(302)
    })
  })

  test('a code works once, with its own verifier and address only', async () => {
    await withTrial({}, async (trial) => {
      const code = codeOf(await authorize(trial))
      expect((await exchange(trial, code, { code_verifier: 'other' })).json).toMatchObject({ error: 'invalid_grant' })
      expect((await exchange(trial, code)).status).toBe(400)
      const other = codeOf(await authorize(trial))
      const moved = await exchange(trial, other, { redirect_uri: 'http://localhost:1457/auth/callback' })
      expect(moved.json).toMatchObject({ error: 'invalid_grant' })
    })
  })

  test('a person may choose an account, or refuse', async () => {
    const accounts = ['one', 'two'].map((id) => ({ id, email: `${id}@example.test`, plan: 'plus' }))
    await withTrial({ codex: { accounts }, approveAfter: 'manual' }, async (trial) => {
      const page = await authorize(trial)
      expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('two@example.test')])
      const post302 = (account: string): Promise<Response> =>
        authorize(trial, {}, { method: 'POST', headers: form, body: `account=${account}` })
      const { json } = await exchange(trial, codeOf(await post302('two')))
      expect(claimsOf(json['id_token'])).toMatchObject({ email: 'two@example.test' })
      expect((await post302('')).headers.get('location')).toContain('error=access_denied')
    })
  })
})

describe('refresh tokens', () => {
  test('rotate: each works once, as JSON and as a form; a used one is refused by name', async () => {
    await withTrial({}, async (trial) => {
      const first = (await exchange(trial, codeOf(await authorize(trial)))).json
      const second = (await renew(trial, first['refresh_token'])).json
      expect(second['refresh_token']).not.toBe(first['refresh_token'])
      expect(claimsOf(second['access_token'])['jti']).not.toBe(claimsOf(first['access_token'])['jti'])
      const reused = await renew(trial, first['refresh_token'])
      expect([reused.status, reused.json]).toMatchObject([401, { error: { code: 'refresh_token_reused' } }])
      trial.emulator.setQuirks({ 'codex-refresh-errors-400': true })
      expect((await renew(trial, first['refresh_token'])).status).toBe(400)
      const fields = { grant_type: 'refresh_token', client_id: client, refresh_token: String(second['refresh_token']) }
      expect((await trial.post('/codex-auth/oauth/token', new URLSearchParams(fields).toString(), form)).status).toBe(
        200,
      )
    })
  })

  test('expire, can be revoked, and are no use when made up', async () => {
    let now = 1_800_000_000_000
    await withTrial({ now: () => now, codex: { refreshLife: 60 } }, async (trial) => {
      const { json } = await exchange(trial, codeOf(await authorize(trial)))
      expect((await renew(trial, 'rt_made.up')).json).toMatchObject({ error: { code: 'refresh_token_invalidated' } })
      now += 61_000
      expect((await renew(trial, json['refresh_token'])).json).toMatchObject({
        error: { code: 'refresh_token_expired' },
      })
      const next = (await exchange(trial, codeOf(await authorize(trial)))).json
      const revoked = await trial.post('/codex-auth/oauth/revoke', { token: next['refresh_token'], client_id: client })
      expect(revoked.status).toBe(200)
      expect((await renew(trial, next['refresh_token'])).json).toMatchObject({
        error: { code: 'refresh_token_invalidated' },
      })
      const last = (await exchange(trial, codeOf(await authorize(trial)))).json
      const headers = {
        authorization: `Bearer ${String(last['access_token'])}`,
        'chatgpt-account-id': claimsOf(last['access_token'])['https://api.openai.com/auth'].chatgpt_account_id,
      }
      expect((await trial.get(models, headers)).status).toBe(200)
      trial.emulator.expireTokens()
      expect((await trial.get(models, headers)).json).toMatchObject({ error: { code: 'token_expired' } })
      now += 2
      const renewed = (await renew(trial, last['refresh_token'])).json
      const living = { ...headers, authorization: `Bearer ${String(renewed['access_token'])}` }
      expect((await trial.get(models, living)).status).toBe(200)
      now += 864_001_000
      expect((await trial.get(models, living)).status).toBe(401)
    })
  })

  test('answers may leave members out', async () => {
    await withTrial({ quirks: { 'codex-tokens-sparse': true } }, async (trial) => {
      const { json } = await exchange(trial, codeOf(await authorize(trial)))
      expect(Object.keys(json).toSorted()).toEqual(['access_token', 'refresh_token'])
    })
  })
})

describe('a ChatGPT sign-in by device code', () => {
  test('waits with 403 until the code is typed, then gives a code with its PKCE pair', async () => {
    await withTrial({ approveAfter: 'manual', deviceInterval: 2 }, async (trial) => {
      const begun = await beginDevice(trial)
      expect(begun.json).toMatchObject({ interval: '2', user_code: expect.stringMatching(/^\w{4}-\w{5}$/) })
      expect((await pollDevice(trial, begun)).status).toBe(403)
      trial.emulator.setQuirks({ 'codex-device-pending-404': true })
      expect((await pollDevice(trial, begun)).status).toBe(404)
      const typed = await trial.post('/codex-auth/codex/device', `user_code=${String(begun.json['user_code'])}`, form)
      expect(typed.status).toBe(200)
      const { json, status } = await pollDevice(trial, begun)
      expect(status).toBe(200)
      expect((await pollDevice(trial, begun)).status).toBe(404)
      const changed = {
        code_verifier: String(json['code_verifier']),
        redirect_uri: `${trial.url}/codex-auth/deviceauth/callback`,
      }
      expect((await exchange(trial, String(json['authorization_code']), changed)).json).toHaveProperty('access_token')
    })
  })

  test('a code for another address than the issuer of the device sign-in is refused', async () => {
    await withTrial({}, async (trial) => {
      const { json } = await pollDevice(trial, await beginDevice(trial))
      const answer = await exchange(trial, String(json['authorization_code']), {
        code_verifier: String(json['code_verifier']),
      })
      expect(answer.json).toMatchObject({ error: 'invalid_grant' })
    })
  })

  test('may be approved from outside, be called usercode, or not exist', async () => {
    await withTrial({ approveAfter: 'manual', quirks: { 'codex-interval-string': false } }, async (trial) => {
      const begun = await beginDevice(trial)
      expect(begun.json['interval']).toBe(5)
      expect(trial.emulator.approve(String(begun.json['user_code']))).toBe(1)
      expect((await pollDevice(trial, begun)).status).toBe(200)
      trial.emulator.setQuirks({ 'codex-device-usercode': true })
      expect((await beginDevice(trial)).json).toHaveProperty('usercode')
      trial.emulator.setQuirks({ 'codex-device-disabled': true })
      expect((await beginDevice(trial)).status).toBe(404)
    })
  })
})
