import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { createEmulator } from '@crossfeed/emulator'
import { afterEach, beforeEach, describe, expect, it, test } from 'vitest'
import { addressIn, createMachine, type Machine } from '../spawn.test-support.ts'

let machine: Machine
let issuer: Server
let env: Record<string, string>
/** Path and body of every call. */
let calls: { path: string; text: string }[]

const jwt = (claims: object): string => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.canary`
const tokens = {
  access_token: jwt({ chatgpt_account_id: 'acct-1' }),
  refresh_token: 'refresh-canary',
  id_token: jwt({ email: 'octo@example.test' }),
}

beforeEach(async () => {
  calls = []
  issuer = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk) => (text += chunk))
    request.on('end', () => {
      const path = request.url ?? ''
      calls.push({ path, text })
      const answers: Record<string, object> = {
        '/auth/api/accounts/deviceauth/usercode': { device_auth_id: 'dev', user_code: 'AB-12', interval: '1' },
        '/auth/api/accounts/deviceauth/token': { authorization_code: 'code', code_verifier: 'verifier' },
        '/auth/oauth/token': tokens,
        '/auth/oauth/revoke': {},
      }
      response.writeHead(path in answers ? 200 : 404).end(JSON.stringify(answers[path] ?? {}))
    })
  })
  await new Promise<void>((resolve) => issuer.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`
  machine = createMachine()
  env = { CROSSFEED_CODEX_AUTH_URL: `${url}/auth`, CROSSFEED_CODEX_URL: `${url}/api` }
})

afterEach(() => {
  machine.dispose()
  issuer.closeAllConnections()
  issuer.close()
})

const run = (...words: string[]) => machine.run(['auth', ...words], env)

describe('auth with --provider codex', () => {
  it('signs in by code, keeps the sign-in for its owner only, and configures the provider', async () => {
    const { code, out, err } = await run('login', '--provider', 'codex', '--device')
    expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining('the app of the Codex CLI of OpenAI') })
    expect(out).toMatch(/Your code +AB-12\nPage +http:\/\/127\.0\.0\.1:\d+\/auth\/codex\/device/)
    expect(out).toContain('Signed in as octo@example.test (codex)')
    expect(out + err).not.toContain('canary')
    const folder = join(machine.home, 'credentials', 'oauth')
    expect(statSync(folder).mode & 0o777).toBe(0o700)
    const config = JSON.parse(readFileSync(join(machine.home, 'config.json'), 'utf8'))
    expect(config).toMatchObject({ providers: { codex: { type: 'codex', authType: 'oauth2' } } })

    const status = await run('status')
    expect(status.code).toBe(0)
    expect(status.out).toMatch(/Kept +codex +127\.0\.0\.1:\d+ +octo@example\.test/)
    expect(status.out).not.toContain('canary')
  })

  it('signs out here and at OpenAI', async () => {
    await run('login', '--provider', 'codex', '--device')
    const { code, out } = await run('logout', '--provider', 'codex')
    expect({ code, out }).toMatchObject({
      code: 0,
      out: expect.stringContaining('Signed out octo@example.test (codex'),
    })
    const last = calls.at(-1)
    expect(last?.path).toBe('/auth/oauth/revoke')
    expect(JSON.parse(last?.text ?? '')).toMatchObject({ token: 'refresh-canary', token_type_hint: 'refresh_token' })
    expect((await run('status')).code).toBe(3)
    expect((await run('logout', '--provider', 'codex')).err).toContain('No sign-in for codex is kept here.')
  })

  it('means the provider that is configured under another name, and does not add a second', async () => {
    const file = join(machine.home, 'config.json')
    mkdirSync(machine.home, { recursive: true })
    writeFileSync(file, JSON.stringify({ providers: { chatgpt: { type: 'codex' } } }))
    const before = await run('status')
    expect(before).toMatchObject({ code: 3, err: expect.stringContaining('crossfeed auth login --provider chatgpt') })
    expect(before.out).toMatch(/Supply chatgpt +codex +127\.0\.0\.1:\d+ +not signed in/)
    const { code, out } = await run('login', '--provider', 'codex', '--device')
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('octo@example.test (chatgpt)') })
    expect((await run('status')).out).not.toContain('not signed in')
    expect(JSON.parse(readFileSync(file, 'utf8')).providers).toEqual({ chatgpt: { type: 'codex' } })
    expect((await run('logout', '--provider', 'codex')).out).toContain('Signed out octo@example.test (chatgpt')
    writeFileSync(file, JSON.stringify({ providers: { a: { type: 'codex' }, b: { type: 'codex' } } }))
    const several = await run('login', '--provider', 'codex', '--device')
    expect(several).toMatchObject({ code: 2, err: expect.stringContaining('ChatGPT sign-ins: a, b') })
  })

  it('takes over the sign-in of the Codex CLI, and says what that means', async () => {
    mkdirSync(join(machine.folder, '.codex'))
    writeFileSync(join(machine.folder, '.codex', 'auth.json'), JSON.stringify({ tokens, last_refresh: '2026-11-20' }))
    const { code, out, err } = await run('import', '--from', 'codex', '--json')
    expect(code).toBe(0)
    expect(JSON.parse(out).imported).toMatchObject([{ program: 'codex', app: 'codex', login: 'octo@example.test' }])
    expect(err).toContain('signs the other one out')
    expect(JSON.parse((await run('status', '--json')).out).providers).toMatchObject([{ provider: 'codex' }])
  })
})

test('a gateway on nothing but a ChatGPT account serves clients of other protocols', { timeout: 60_000 }, async () => {
  const emulator = createEmulator()
  const { url } = await emulator.start()
  try {
    const upstreams = {
      CROSSFEED_CODEX_AUTH_URL: `${url}/codex-auth`,
      CROSSFEED_CODEX_URL: `${url}/codex/backend-api/codex`,
    }
    await machine.run(['auth', 'login', '--provider', 'codex', '--device'], upstreams)
    const gateway = machine.start(['start', '--port', '0'], upstreams)
    const at = addressIn(await gateway.until('of 1 supply'))
    const body = { model: 'codex/gpt-5.5', max_tokens: 50, messages: [{ role: 'user', content: 'hi' }] }
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${at}/v1/messages`, { method: 'POST', headers, body: JSON.stringify(body) })
    expect(answer.status).toBe(200)
    expect(answer.headers.get('x-crossfeed-provider')).toBe('codex')
    expect(await answer.json()).toMatchObject({ type: 'message', role: 'assistant', stop_reason: 'end_turn' })
    const listed = await (await fetch(`${at}/v1/models`)).json()
    expect(JSON.stringify(listed)).toContain('codex/gpt-5.5')
  } finally {
    await emulator.stop()
  }
})
