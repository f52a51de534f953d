import { afterEach, expect, it } from 'vitest'
import { startSupplies, type SuppliesTrial } from '../../pipeline/supplies-trial.test-support.ts'
import { until } from '../../pipeline/trial.test-support.ts'

let trial: SuppliesTrial
afterEach(() => trial.close())

/** A supply whose model is asked by `/api/chat`, for its owner set its window. */
function start(): Promise<SuppliesTrial> {
  const models = { m: { limits: { context: 8192 } } }
  return startSupplies(['local'], { settings: { local: { name: 'local', type: 'ollama', models } } })
}

const asked = (stream: boolean) => ({ model: 'local/m', stream, messages: [{ role: 'user', content: 'hi' }] })

it.each([
  ['answer', false, 'application/json', 'answer-too-large'],
  ['line', true, 'application/x-ndjson', 'event-too-large'],
] as const)('a native %s without end is given up, and not tried again', async (_what, stream, type, reason) => {
  trial = await start()
  let gone = false
  trial.script('local', (response) => {
    response.on('close', () => (gone = true))
    response.writeHead(200, { 'content-type': type })
    for (let n = 0; n < 12; n++) response.write(Buffer.alloc(8 * 1024 * 1024, ' '))
  })
  const { text } = await trial.ask('chat', asked(stream))
  expect(text).toMatch(/more than \d+ bytes/)
  expect(trial.records).toMatchObject([{ calls: 1, error: { reason } }])
  await until(() => gone)
})

it('lines are read however they are cut', async () => {
  trial = await start()
  const line = (content: string, done: boolean) => JSON.stringify({ model: 'm', message: { content }, done })
  const bytes = Buffer.from(`${line('Grüße', false)}\n${line(' aus', false)}\n\n${line(' Köln', true)}`)
  trial.script('local', (response) => {
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    const write = (from: number): void => {
      if (from >= bytes.length) return void response.end()
      response.write(bytes.subarray(from, from + 3), () => setImmediate(write, from + 3))
    }
    write(0)
  })
  const { text } = await trial.ask('chat', asked(true))
  const said = [...text.matchAll(/"content":"([^"]*)"/g)].map(([, words]) => words)
  expect(said.join('')).toBe('Grüße aus Köln')
  expect(text.trimEnd()).toMatch(/data: \[DONE\]$/)
})
