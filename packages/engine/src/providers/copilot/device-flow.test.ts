import type { IncomingMessage } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { createFakeClock } from '../../fake-clock.test-support.ts'
import { createTransport } from '../../transport/http.ts'
import { listenHttp } from '../../transport/upstream.test-support.ts'
import { signInByDevice } from './device-flow.ts'
import type { DeviceState } from './device-flow.ts'
import { createHosts } from './hosts.ts'
import { chooseOAuthApp } from './oauth-apps.ts'

const codes = {
  device_code: 'canary-device',
  user_code: 'WDJB-MJHT',
  verification_uri: 'https://x/device',
  expires_in: 899,
  interval: 5,
}
const pending = { error: 'authorization_pending' }

const open: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

/** Starts a sign-in against answers given in order; an answer of `undefined` cuts the connection. */
async function begin(answers: (object | string | undefined)[], first: object = codes) {
  const clock = createFakeClock()
  const asked: { at: number; path: string; body: Record<string, string> }[] = []
  const begun = clock.now()
  const upstream = await listenHttp((request, response) => {
    void readBody(request).then((text) => {
      asked.push({ at: (clock.now() - begun) / 1000, path: request.url ?? '', body: JSON.parse(text) })
      const answer = request.url === '/login/device/code' ? first : answers.shift()
      if (answer === undefined) request.socket.destroy()
      else response.end(typeof answer === 'string' ? answer : JSON.stringify(answer))
    })
  })
  const transport = createTransport()
  open.push(transport, upstream)
  const states: DeviceState[] = []
  const abort = new AbortController()
  const result = signInByDevice({
    transport,
    clock,
    hosts: createHosts({ githubUrl: upstream.origin }),
    app: chooseOAuthApp('copilot'),
    onState: (state) => states.push(state),
    signal: abort.signal,
  }).catch((error: unknown) => error)
  let over = false
  void result.then(() => (over = true))
  /** Moves time in steps, giving the loopback time to answer. */
  const run = async (seconds: number): Promise<void> => {
    for (let step = 0; step < seconds && !over; step++) {
      await clock.advance(1000)
      const count = states.length
      for (let turn = 0; turn < 40 && clock.pending() === 0 && !over && states.length === count; turn++) {
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }
  }
  await expect.poll(() => over || states.some((state) => state.state === 'waiting')).toBe(true)
  return { run, result, states, asked, abort }
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

describe('signInByDevice', () => {
  it('shows the code, asks at the interval and gives the token', async () => {
    const flow = await begin([pending, pending, { access_token: 'ghu_x', token_type: 'bearer' }])
    await flow.run(30)
    expect(await flow.result).toBe('ghu_x')
    expect(flow.states[0]).toEqual({
      state: 'code',
      userCode: 'WDJB-MJHT',
      verificationUri: 'https://x/device',
      expiresIn: 899,
    })
    expect(flow.states.at(-1)).toEqual({ state: 'done' })
    expect(flow.asked.map((one) => one.at)).toEqual([0, 6, 12, 18])
    expect(flow.asked[0]?.body).toEqual({ client_id: 'Iv1.b507a08c87ecfe98', scope: 'read:user' })
    expect(flow.asked[1]?.body).toEqual({
      client_id: 'Iv1.b507a08c87ecfe98',
      device_code: 'canary-device',
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
    })
  })

  it('slows down when told to: by the interval of the answer, else by five seconds', async () => {
    const flow = await begin([{ error: 'slow_down', interval: 12 }, { error: 'slow_down' }, { access_token: 'gho_x' }])
    await flow.run(60)
    expect(await flow.result).toBe('gho_x')
    expect(flow.asked.map((one) => one.at)).toEqual([0, 6, 19, 37])
  })

  it('outlives a lost connection and a 5xx page', async () => {
    const flow = await begin([undefined, { access_token: 'gho_x' }])
    await flow.run(40)
    expect(await flow.result).toBe('gho_x')
  })

  it('reads a form-encoded answer', async () => {
    const flow = await begin(['error=authorization_pending&interval=5', 'access_token=gho_f&token_type=bearer'])
    await flow.run(30)
    expect(await flow.result).toBe('gho_f')
  })

  it.each([
    ['expired_token', 'sign-in-expired'],
    ['access_denied', 'sign-in-denied'],
    ['incorrect_client_credentials', 'sign-in-app'],
    ['device_flow_disabled', 'sign-in-app'],
    ['incorrect_device_code', 'sign-in-refused'],
  ])('stops at %s', async (error, reason) => {
    const flow = await begin([{ error }, { access_token: 'never' }])
    await flow.run(20)
    expect(await flow.result).toMatchObject({ reason })
    expect(String(await flow.result)).not.toContain('canary')
    expect(flow.asked).toHaveLength(2)
  })

  it('stops at the deadline by itself', async () => {
    const flow = await begin(Array(20).fill(pending), { ...codes, expires_in: 20 })
    await flow.run(60)
    expect(await flow.result).toMatchObject({ reason: 'sign-in-expired' })
    expect(flow.asked).toHaveLength(4)
  })

  it('can be cancelled', async () => {
    const flow = await begin([pending])
    flow.abort.abort()
    expect(await flow.result).toMatchObject({ code: 'cancelled', reason: 'sign-in-cancelled' })
    expect(flow.asked).toHaveLength(1)
  })

  it('says that the client id is wrong', async () => {
    const flow = await begin([], { error: 'Not Found' })
    expect(await flow.result).toMatchObject({ reason: 'sign-in-app' })
  })
})

describe('chooseOAuthApp', () => {
  it('says whose app it is, by name or id', () => {
    expect(chooseOAuthApp('opencode').belongsTo).toBe('opencode')
    expect(chooseOAuthApp('Iv1.b507a08c87ecfe98').name).toBe('copilot')
    expect(chooseOAuthApp('Ov23ownapp0000000000')).not.toHaveProperty('belongsTo')
    expect(() => chooseOAuthApp('nope')).toThrow(expect.objectContaining({ reason: 'config-oauth-app' }))
  })
})
