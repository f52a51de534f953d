import { afterEach, describe, expect, it } from 'vitest'
import { createFakeClock } from '../../fake-clock.test-support.ts'
import { json, request, startTrial, type Trial } from '../trial.test-support.ts'

let trial: Trial
afterEach(() => trial.close())

describe('an API that refuses a new sign-in too', () => {
  it('is not answered with one exchange a request', async () => {
    const status = 403
    const clock = createFakeClock()
    trial = await startTrial({ clock })
    trial.script((response) => json(response, status, { error: { message: 'no' } }))
    const ask = () => trial.ask('chat', request('chat', 'only-chat', false))

    expect((await ask()).status).toBe(status)
    expect(trial.exchanges()).toBe(2)
    for (let nth = 0; nth < 5; nth++) expect((await ask()).status).toBe(status)
    expect(trial.exchanges()).toBe(2)
    expect(trial.calls).toHaveLength(7)

    clock.sleep(31_000)
    await ask()
    expect(trial.exchanges()).toBe(3)
    expect(trial.calls).toHaveLength(9)
  })

  it('may find tokens stale again and again, each after a call that it served', async () => {
    trial = await startTrial()
    const used = new Set<unknown>()
    trial.script((response, call) => {
      const { authorization } = call.headers
      if (used.has(authorization)) return json(response, 401, { error: { message: 'token expired' } })
      used.add(authorization)
      json(response, 200, { id: 'c', choices: [{ message: { role: 'assistant', content: 'Hello' } }] })
    })
    for (let nth = 0; nth < 5; nth++)
      expect((await trial.ask('chat', request('chat', 'only-chat', false))).status).toBe(200)
    expect(trial.exchanges()).toBe(5)
  })

  it('is asked again at once with a sign-in that another request has renewed', async () => {
    trial = await startTrial()
    trial.script((response, call) =>
      call.headers.authorization === 'Bearer tid=t1;x=1'
        ? json(response, 403, { error: { message: 'no' } })
        : json(response, 200, { id: 'c', choices: [{ message: { role: 'assistant', content: 'Hello' } }] }),
    )
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => trial.ask('chat', request('chat', 'only-chat', false))),
    )
    expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 200))
    expect(trial.exchanges()).toBe(2)
  })
})
