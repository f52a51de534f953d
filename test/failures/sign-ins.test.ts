import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createEmulator, type Emulator } from '@crossfeed/emulator'
import { createOAuthStore } from '@crossfeed/engine'
import type { JsonObject } from '@crossfeed/protocols'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addressIn, createMachine, type Machine } from '../../packages/gateway/src/cli/spawn.test-support.ts'
import { accessToken, startIssuer, type Issuer } from '../../packages/engine/src/providers/codex/issuer.test-support.ts'
import { answerJson, serve, startFailingServer, type AnswerCall, type FailingServer } from './failing-server.ts'
import { startWatchedGateway, type WatchedGateway } from './watched-gateway.ts'

const paths = ['/v1/chat/completions', '/v1/responses', '/v1/messages'] as const

interface Answered {
  readonly status: number
  readonly text: string
  readonly provider: string | null
}

async function ask(url: string, nth: number, model: string): Promise<Answered> {
  const path = paths[nth % paths.length] ?? paths[0]
  const talk: JsonObject =
    path === '/v1/responses' ? { input: 'hi' } : { max_tokens: 99, messages: [{ role: 'user', content: 'hi' }] }
  const answer = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, stream: nth % 2 === 0, ...talk }),
  })
  return { status: answer.status, text: await answer.text(), provider: answer.headers.get('x-crossfeed-provider') }
}

const storm = (url: string, count: number, model: string): Promise<Answered[]> =>
  Promise.all(Array.from({ length: count }, (_, nth) => ask(url, nth, model)))

describe('fifty requests at the end of a ChatGPT sign-in', () => {
  let issuer: Issuer
  let upstream: FailingServer
  let gateway: WatchedGateway
  /** Access tokens that the service takes; all of them where it is empty. */
  let taken: readonly string[] = []
  const answer: AnswerCall = (response, call) => {
    if (call.supply === 'codex' && taken.length > 0 && !taken.includes(call.secret))
      return answerJson(response, 401, { error: { message: 'token_expired', code: 'token_expired' } })
    serve(response, call, `Hello from ${call.supply}`)
  }

  async function start(endsInMs: number): Promise<void> {
    issuer = await startIssuer()
    upstream = await startFailingServer(answer)
    taken = []
    const { origin } = issuer.upstream
    gateway = await startWatchedGateway(
      upstream.url,
      {
        copilot: false,
        codex: [{ name: 'codex' }],
        upstreams: { codexAuth: origin, codex: `${upstream.url}/codex` },
        providers: [{ name: 'b', type: 'compatible', baseUrl: `${upstream.url}/b/v1`, apiKey: 'k-1' }],
        aliases: [
          {
            name: 'both',
            targets: [
              { provider: 'codex', model: 'gpt-5.5', order: 0 },
              { provider: 'b', model: 'm', order: 1 },
            ],
          },
        ],
      },
      (home) =>
        createOAuthStore(home).save({
          provider: 'codex',
          host: new URL(origin).host,
          accessToken: accessToken(0),
          refreshToken: 'refresh-0',
          idToken: '',
          accountId: 'acct-1',
          obtainedAt: Date.now() - 7200_000,
          expiresAt: Date.now() + endsInMs,
        }),
    )
  }
  afterEach(async () => {
    await gateway.close()
    await upstream.close()
    await issuer.upstream.close()
  })

  test('make one renewal, and all are served', async () => {
    await start(-1000)
    const answers = await storm(gateway.url, 50, 'codex/gpt-5.5')
    for (const { status, text } of answers) expect(status, text).toBe(200)
    expect(issuer.grants()).toBe(1)
    expect(issuer.calls).toHaveLength(1)
  })

  test('of which the service refuses the token make one renewal, and all are served', async () => {
    await start(3600_000)
    expect((await ask(gateway.url, 0, 'codex/gpt-5.5')).status).toBe(200)
    taken = [accessToken(1)]
    const answers = await storm(gateway.url, 50, 'codex/gpt-5.5')
    for (const { status, text } of answers) expect(status, text).toBe(200)
    expect(issuer.grants()).toBe(1)
  })

  test('whose issuer is down go on elsewhere; who asks for this supply alone is told so', async () => {
    await start(-1000)
    issuer.instead['/oauth/token'] = { status: 503, body: 'upstream connect error' }
    for (const { status, text } of await storm(gateway.url, 50, 'both')) {
      expect(status).toBe(200)
      expect(text).toContain('Hello from b')
    }
    expect(issuer.calls.length).toBeLessThan(10)
    for (const { status, text } of await storm(gateway.url, 6, 'codex/gpt-5.5')) {
      expect(status).toBe(502)
      expect(text).toContain(new URL(issuer.upstream.origin).host)
      expect(text).not.toContain('refresh-0')
    }
    // It comes back.
    delete issuer.instead['/oauth/token']
    expect(await ask(gateway.url, 0, 'both')).toMatchObject({ status: 200, provider: 'codex' })
  })

  test('whose refresh token was used by somebody else are told what to do, and go on elsewhere where they can', async () => {
    await start(-1000)
    issuer.live = 'refresh-of-a-thief'
    const told = await storm(gateway.url, 50, 'codex/gpt-5.5')
    const messages = told.map(({ status, text }) => {
      expect(status).toBe(401)
      expect(text).not.toMatch(/refresh-\d/)
      return /"message":"([^"]+)"/.exec(text)?.[1] ?? text
    })
    expect(new Set(messages).size).toBe(1)
    expect(messages[0]).toContain('crossfeed auth login --provider codex')
    for (const { status, provider } of await storm(gateway.url, 50, 'both'))
      expect([status, provider]).toEqual([200, 'b'])
    expect(issuer.calls, 'nobody hammers the issuer with what is void').toHaveLength(1)
  })
})

describe('two gateways on one home', () => {
  let emulator: Emulator
  let machine: Machine
  beforeEach(async () => {
    emulator = createEmulator({ deviceInterval: 0 })
    machine = createMachine((await emulator.start()).url)
  })
  afterEach(async () => {
    machine.dispose()
    await emulator.stop()
  })
  const exchanges = (): number =>
    emulator.requests().filter((one) => one.path.endsWith('/copilot_internal/v2/token')).length
  const renewals = (): number =>
    emulator
      .requests()
      .filter((one) => one.path.endsWith('/oauth/token') && JSON.stringify(one.body).includes('refresh_token')).length

  test('renew Copilot and ChatGPT at once with one grant each', async () => {
    const config = join(machine.folder, 'config.yaml')
    writeFileSync(config, 'providers:\n  codex: { type: codex }\n')
    const { codex, codexAuth } = emulator.urls
    const env = {
      COPILOT_GITHUB_TOKEN: 'gho_two',
      CROSSFEED_CODEX_URL: `${codex}/backend-api/codex`,
      CROSSFEED_CODEX_AUTH_URL: codexAuth,
    }
    const login = ['auth', 'login', '--provider', 'codex', '--device', '--config', config]
    expect(await machine.run(login, env)).toMatchObject({ code: 0 })
    const started = [0, 1].map(() => machine.start(['start', '--port', '0', '--config', config], env))
    const urls = await Promise.all(started.map(async (one) => addressIn(await one.until('Anthropic SDK'))))
    const all = async (): Promise<void> => {
      const storms = urls.flatMap((url) => [storm(url, 12, 'claude-opus-4.6'), storm(url, 12, 'codex/gpt-5.4')])
      for (const { status, text } of (await Promise.all(storms)).flat()) expect(status, text).toBe(200)
    }
    await all()
    expect(exchanges(), 'of Copilot').toBe(1)
    expect(renewals(), 'of ChatGPT').toBe(0)
    emulator.clear()
    emulator.expireTokens()
    await all()
    expect(exchanges(), 'of Copilot').toBe(1)
    expect(renewals(), 'of ChatGPT').toBe(1)
  })
})
