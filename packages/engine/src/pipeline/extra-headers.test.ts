import { afterEach, expect, it } from 'vitest'
import { protocols } from './protocols.ts'
import { json, request, startTrial, type Trial } from './trial.test-support.ts'
import { chatReply } from './supplies-trial.test-support.ts'

let trial: Trial
afterEach(() => trial.close())

it('sends the headers of a program over those that the provider writes', async () => {
  trial = await startTrial()
  trial.script((response) => json(response, 200, chatReply('hello')))
  const body = request('chat', 'only-chat', false)
  await new Promise<void>((resolve) => {
    trial.engine.run(
      {
        protocol: protocols.chat,
        body,
        raw: Buffer.from(JSON.stringify(body)),
        headers: { 'x-of-client': 'stays' },
        path: '/',
        requestId: 'r',
        extraHeaders: { 'user-agent': 'GithubCopilot/1.155.0', 'x-own': 'yes' },
      },
      { begin() {}, write: () => true, end: () => resolve() },
    )
  })
  expect(trial.calls[0]?.headers).toMatchObject({ 'user-agent': 'GithubCopilot/1.155.0', 'x-own': 'yes' })
  expect(trial.calls[0]?.headers).not.toHaveProperty('x-of-client')
})
