import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chat, GatewayError } from '@crossfeed/protocols'
import { afterEach, describe, expect, it } from 'vitest'
import { createEngine } from '../engine.ts'
import { silentLog, systemClock } from '../ports.ts'
import { createProvider } from '../providers/create.ts'
import type { Provider } from '../providers/provider.ts'
import { createTransport } from '../transport/http.ts'
import { streams, wholes } from './streams.test-support.ts'
import { json, request, sse, startTrial, until, type Trial, type UpstreamCall } from './trial.test-support.ts'

describe('a cap on concurrent calls', () => {
  let trial: Trial
  afterEach(() => trial.close())

  it('holds under 200 clients, and all are served, in their order', async () => {
    trial = await startTrial({ maxConcurrent: 8 })
    let running = 0
    let most = 0
    let held: (() => void)[] | undefined = []
    trial.script((response) => {
      most = Math.max(most, ++running)
      const answer = (): void => {
        running--
        json(response, 200, wholes.chat)
      }
      if (held) held.push(answer)
      else answer()
    })
    const answers = Array.from({ length: 200 }, (_, nth) =>
      trial.ask('chat', { ...request('chat', 'only-chat', false), user: String(nth) }),
    )
    await until(() => running === 8)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(running).toBe(8)
    const first = held
    held = undefined
    for (const answer of first) answer()
    const answered = await Promise.all(answers)
    expect(answered.map((answer) => answer.status)).toEqual(answered.map(() => 200))
    expect(most).toBe(8)
    expect(new Set(trial.calls.slice(0, 8).map((call) => Number(call.body['user']) < 8))).toEqual(new Set([true]))
    expect(trial.calls).toHaveLength(200)
  })

  it('gives back the room of every request, however it ends', async () => {
    trial = await startTrial({ maxConcurrent: 1 })
    const open: [ServerResponse, UpstreamCall][] = []
    trial.script((response, call) => void open.push([response, call]))
    const ask = () => trial.send('chat', request('chat', 'only-chat', true))

    const first = ask()
    const leaver = ask()
    const third = ask()
    await until(() => open.length === 1)
    leaver.running.cancel()
    await trial.ask('chat', request('chat', 'no-such-model', false))
    first.running.cancel()
    await until(() => open.length === 2)
    if (open[1]) json(open[1][0], 400, { error: { message: 'no' } })
    await third.ended
    const last = ask()
    await until(() => open.length === 3)
    if (open[2]) sse(open[2][0], [...streams.chat.word, ...streams.chat.end]).end()
    await last.ended
    expect(trial.calls).toHaveLength(3)
    expect(trial.records.map((record) => record.outcome)).toEqual([
      'cancelled',
      'refused',
      'cancelled',
      'upstream-error',
      'completed',
    ])
  })

  it('is none by default', async () => {
    trial = await startTrial()
    let running = 0
    const waiting: (() => void)[] = []
    trial.script((response) => {
      running++
      waiting.push(() => json(response, 200, wholes.chat))
    })
    const answers = Array.from({ length: 100 }, () => trial.ask('chat', request('chat', 'only-chat', false)))
    await until(() => running === 100)
    for (const answer of waiting) answer()
    await Promise.all(answers)
  })
})

it('gives back the room at every supply also when one fails on the spot', async () => {
  const parts = { transport: createTransport(), clock: systemClock, log: silentLog, version: '1' }
  const server = createServer((_request, response) => json(response, 200, wholes.chat))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo // a TCP server that listens has one
  const baseUrl = `http://127.0.0.1:${port}/v1`
  const well = createProvider({ name: 'well', type: 'compatible', baseUrl }, parts)
  const inner = createProvider({ name: 'ill', type: 'compatible', baseUrl }, parts)
  const ill: Provider = {
    ...inner,
    find(model) {
      const supply = inner.find(model, true)
      return supply && !(supply instanceof Promise) ? { ...supply, provider: ill } : undefined
    },
    address() {
      throw new GatewayError('upstream', 502, 'not today')
    },
  }
  const targets = [ill, well].map(({ id }, order) => ({ provider: id, model: 'm', order }))
  const engine = createEngine({
    providers: [ill, well],
    aliases: [{ name: 'both', targets }],
    maxConcurrent: 1,
    transport: parts.transport,
  })
  const body = request('chat', 'both', false)
  const ask = (): Promise<number> =>
    new Promise((resolve) => {
      let status = 0
      const call = {
        protocol: chat,
        body,
        raw: Buffer.from(JSON.stringify(body)),
        headers: {},
        path: '/',
        requestId: 'r',
      }
      engine.run(call, { begin: (code) => void (status = code), write: () => true, end: () => resolve(status) })
    })
  expect([await ask(), await ask()]).toEqual([200, 200])
  await engine.close()
  server.close()
})
