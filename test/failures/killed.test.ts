import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createEmulator, type Emulator } from '@crossfeed/emulator'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { addressIn, createMachine, type Machine } from '../../packages/gateway/src/cli/spawn.test-support.ts'

let emulator: Emulator
let machine: Machine
beforeEach(async () => {
  emulator = createEmulator()
  machine = createMachine((await emulator.start()).url)
})
afterEach(async () => {
  machine.dispose()
  await emulator.stop()
})

const env = { COPILOT_GITHUB_TOKEN: 'gho_killed' }
const exchanges = (): number => emulator.requests().filter((one) => one.path === '/copilot_internal/v2/token').length
const deviceFlows = (): number => emulator.requests().filter((one) => one.path.startsWith('/login/')).length

function ask(url: string, stream: boolean): Promise<Response> {
  return fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      model: 'claude-opus-4.6',
      stream,
      max_tokens: 99,
      messages: [{ role: 'user', content: 'hi' }],
    }),
  })
}

test('a gateway that was killed with streams under way starts again on its home, signed in', async () => {
  const first = machine.start(['start', '--port', '0'], env)
  const url = addressIn(await first.until('Anthropic SDK'))
  emulator.play([{ text: ['One ', 'two '], delay: { silence: { afterEvents: 4, ms: 600_000 } }, times: 0 }])
  const streams = await Promise.all([ask(url, true), ask(url, true), ask(url, true)])
  expect(streams.map((stream) => stream.status)).toEqual([200, 200, 200])
  const torn = streams.map((stream) =>
    stream.text().then(
      () => 'whole',
      () => 'torn',
    ),
  )
  first.process.kill('SIGKILL')
  await first.ended
  expect(await Promise.all(torn)).toEqual(['torn', 'torn', 'torn'])
  expect(existsSync(join(machine.home, 'gateway.json')), 'the note of the dead one is still there').toBe(true)

  emulator.play([{ text: 'Back again.' }])
  const second = machine.start(['start', '--port', new URL(url).port], env)
  expect(addressIn(await second.until('Anthropic SDK'))).toBe(url)
  const answer = await ask(url, false)
  expect(answer.status).toBe(200)
  expect(await answer.text()).toContain('Back again.')
  expect(exchanges(), 'the session of the first is still good').toBe(1)
  expect(deviceFlows()).toBe(0)
})

test('the lock of a gateway that was killed while it signed in blocks nobody', async () => {
  emulator.play([{ when: { path: '/copilot_internal/v2/token' }, delay: { headers: 600_000 }, status: 500, body: {} }])
  const first = machine.start(['start', '--port', '0'], env)
  await first.until('Listening')
  await expect.poll(exchanges, { timeout: 10_000 }).toBe(1)
  first.process.kill('SIGKILL')
  await first.ended

  const second = machine.start(['start', '--port', '0'], env)
  const url = addressIn(await second.until('Anthropic SDK'))
  expect((await ask(url, false)).status).toBe(200)
  expect(exchanges()).toBe(2)
  expect(deviceFlows()).toBe(0)
})
