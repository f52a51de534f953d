import { afterEach, describe, expect, it } from 'vitest'
import { streams, wholes } from './streams.test-support.ts'
import { json, request, sse, startTrial, until, type Trial, type UpstreamCall } from './trial.test-support.ts'
import type { ServerResponse } from 'node:http'

let trial: Trial
afterEach(() => trial.close())

describe('a cap on concurrent calls', () => {
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
