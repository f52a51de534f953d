import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { anthropic } from '../sdk/anthropic.ts'
import { openaiChat } from '../sdk/openai-chat.ts'
import { openaiResponses } from '../sdk/openai-responses.ts'
import { findClient } from '../agents/find-client.ts'
import { createDesk } from '../agents/run-agent.ts'

const bin = fileURLToPath(new URL('../../../packages/gateway/bin/crossfeed.js', import.meta.url))

let url = ''
let stop = async (): Promise<void> => {}

beforeAll(async () => {
  const desk = createDesk()
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  const child = spawn(findClient('bun'), [bin, 'start', '--emulate', '--port', String(port)], {
    cwd: desk.work,
    env: { PATH: process.env['PATH'], HOME: desk.home, CROSSFEED_HOME: desk.home },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'close')
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (output += text))
  stop = async () => {
    child.kill('SIGKILL')
    await ended
    desk.clear()
  }
  const until = Date.now() + 20_000
  while (!(await answers())) {
    if (Date.now() > until || child.exitCode !== null) throw new Error(`not started:\n${output}`)
    await setTimeout(100)
  }
})
afterAll(() => stop())

const answers = (): Promise<boolean> =>
  fetch(`${url}/v1/models`).then(
    ({ ok }) => ok,
    () => false,
  )

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  server.close()
  return address.port
}

test.each([openaiChat, openaiResponses, anthropic])('started with Bun, it answers $name', async (driver) => {
  for (const model of ['gpt-5.4', 'claude-opus-4.7', 'gemini-3.1-pro-preview'])
    for (const stream of [false, true]) {
      const outcome = await driver.run({
        url,
        model,
        stream,
        question: 'call tool look with {"path":"x"}',
        tools: { look: 'found' },
      })
      expect(outcome.text).toBe('The tool look answered: found')
    }
})
