import { afterEach, describe, expect, it } from 'vitest'
import { createFakeClock } from '../../fake-clock.test-support.ts'
import { createTransport } from '../../transport/http.ts'
import { signInToCodexByDevice, type CodexDeviceState } from './device-flow.ts'
import { createCodexHosts } from './hosts.ts'
import { startIssuer } from './issuer.test-support.ts'

const open: { close(): unknown }[] = []
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close()
})

const usercode = '/api/accounts/deviceauth/usercode'
const poll = '/api/accounts/deviceauth/token'

async function begin(prefix = '') {
  const issuer = await startIssuer()
  const transport = createTransport()
  open.push(issuer.upstream, transport)
  const origin = issuer.upstream.origin + prefix
  issuer.instead[prefix + usercode] = {
    status: 200,
    body: { device_auth_id: 'dev', user_code: 'AB-12', interval: '7' },
  }
  issuer.instead[prefix + poll] = { status: 403, body: {} }
  const clock = createFakeClock(Date.now())
  const states: CodexDeviceState[] = []
  const stop = new AbortController()
  const start = () =>
    signInToCodexByDevice({
      transport,
      clock,
      hosts: createCodexHosts({ authUrl: origin, apiUrl: origin }),
      version: '1',
      key: { provider: 'codex', host: 'issuer' },
      onState: (state) => states.push(state),
      signal: stop.signal,
    }).catch((error: unknown) => error)
  const polls = () => issuer.calls.filter((call) => call.path === prefix + poll)
  /** Lets the next poll happen. */
  const next = async () => {
    await expect.poll(() => clock.pending()).toBe(1)
    const before = polls().length
    await clock.advance(7000)
    await expect.poll(() => polls().length).toBe(before + 1)
  }
  return { issuer, clock, states, start, next, polls, origin, stop }
}

const granted = { status: 200, body: { authorization_code: 'code', code_verifier: 'verifier', code_challenge: 'x' } }

describe('the sign-in by device code', () => {
  it('shows the code, waits while 403 and 404 say that nobody typed it, and exchanges what is granted', async () => {
    const { issuer, states, start, next, polls, origin } = await begin()
    const outcome = start()
    await next()
    issuer.instead[poll] = { status: 404, body: {} }
    await next()
    issuer.instead[poll] = granted
    await next()
    expect(await outcome).toMatchObject({ refreshToken: 'refresh-0', accountId: 'acct-1' })
    expect(states).toEqual([
      { state: 'code', userCode: 'AB-12', verificationUri: `${origin}/codex/device`, expiresIn: 900 },
    ])
    expect(polls()[0]?.fields).toEqual({ device_auth_id: 'dev', user_code: 'AB-12' })
    expect(issuer.calls.at(-1)?.fields).toMatchObject({
      grant_type: 'authorization_code',
      code: 'code',
      code_verifier: 'verifier',
      redirect_uri: `${origin}/deviceauth/callback`,
    })
  })

  it('keeps the path of an issuer that has one', async () => {
    const { issuer, start, next, polls } = await begin('/codex-auth')
    issuer.instead['/codex-auth/oauth/token'] = { status: 200, body: { access_token: 'a', refresh_token: 'r' } }
    issuer.instead[`/codex-auth${poll}`] = granted
    const outcome = start()
    await next()
    expect(await outcome).toMatchObject({ accessToken: 'a', refreshToken: 'r' })
    expect(polls()).toHaveLength(1)
  })

  it('does not lose the code to a failure in the middle', async () => {
    const { issuer, clock, start, next, polls } = await begin()
    issuer.instead[poll] = { status: 502, body: '' }
    const outcome = start()
    await next()
    issuer.instead[poll] = granted
    await expect.poll(() => clock.pending()).toBe(1)
    await clock.advance(12_000)
    expect(await outcome).toMatchObject({ refreshToken: 'refresh-0' })
    expect(polls()).toHaveLength(2)
  })

  it('says where device codes are not enabled', async () => {
    const { issuer, start } = await begin()
    issuer.instead[usercode] = { status: 404, body: {} }
    expect(await start()).toMatchObject({ reason: 'sign-in-app', fix: expect.stringMatching(/security settings/) })
  })

  it('ends after a quarter of an hour, and when it is cancelled', async () => {
    const { clock, start, polls } = await begin()
    const outcome = start()
    await expect.poll(() => clock.pending()).toBe(1)
    clock.sleep(15 * 60_000)
    await clock.advance(7000)
    expect(await outcome).toMatchObject({ reason: 'sign-in-expired' })
    expect(polls()).toHaveLength(1)
    const second = await begin()
    const stopped = second.start()
    await expect.poll(() => second.clock.pending()).toBe(1)
    second.stop.abort()
    expect(await stopped).toMatchObject({ reason: 'sign-in-cancelled' })
  })
})
