import { afterEach, expect, test } from 'vitest'
import { request, startTrial, until, type Trial } from './trial.test-support.ts'

let trial: Trial
afterEach(() => trial.close())

test('an error without end is told by its beginning, and the call given up', async () => {
  trial = await startTrial()
  trial.script((response) => response.writeHead(422).write('no '.repeat(100_000)))
  const answer = await trial.ask('chat', request('chat', 'only-chat', false))
  expect(answer.status).toBe(422)
  expect(JSON.parse(answer.text).error.message).toMatch(/^no no no/)
  await until(() => trial.calls[0]?.gone === true)
})

test('an answer without end is given up, and not tried again', async () => {
  trial = await startTrial()
  trial.script((response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const piece = Buffer.alloc(8 * 1024 * 1024, ' ')
    for (let n = 0; n < 12; n++) response.write(piece)
  })
  const answer = await trial.ask('chat', request('chat', 'only-chat', false))
  expect(answer.status).toBe(502)
  expect(trial.records).toMatchObject([{ calls: 1, error: { reason: 'answer-too-large' } }])
  await until(() => trial.calls[0]?.gone === true)
})
