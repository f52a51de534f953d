import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createEmulator, type Emulator } from '@crossfeed/emulator'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createMachine, type Machine } from './spawn.test-support.ts'

let machine: Machine
let emulator: Emulator
beforeEach(async () => {
  emulator = createEmulator()
  const { url } = await emulator.start()
  machine = createMachine(url)
  mkdirSync(machine.home, { mode: 0o700 })
  const supplies = `providers:
  mine: { type: openai, baseUrl: '${emulator.urls.openai}/v1', apiKey: env:MINE_KEY }
  local: { type: ollama, baseUrl: '${emulator.urls.ollama}' }
`
  writeFileSync(join(machine.home, 'config.yaml'), supplies)
})
afterEach(async () => {
  machine.dispose()
  await emulator.stop()
})

test('a gateway starts on supplies alone, asks GitHub nothing, and says what is missing of Copilot (AUTH-41)', async () => {
  const started = machine.start(['start', '--port', '0', '--json'], { MINE_KEY: 'sk-x' })
  const { url }: { url: string } = JSON.parse((await started.until('"url"')).split('\n', 1)[0] ?? '')
  const ask = async (model: string): Promise<{ status: number; text: string }> => {
    const body = JSON.stringify({ model, messages: [{ role: 'user', content: 'hi' }] })
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers, body })
    return { status: answer.status, text: await answer.text() }
  }
  expect(await ask('mine/gpt-5.2')).toMatchObject({ status: 200 })
  expect(await ask('llama3.2')).toMatchObject({ status: 200 })
  const copilot = await ask('copilot/gpt-5.2')
  expect(copilot.status).toBe(401)
  expect(copilot.text).toMatch(/Nobody is signed in to \S+ for Copilot/)
  started.process.kill('SIGTERM')
  const { code, err } = await started.ended
  expect(code).toBe(0)
  expect(err).toContain('Copilot is left out: nobody is signed in')
  const faces = ['/openai/', '/ollama/']
  expect(emulator.requests().filter(({ path }) => !faces.some((face) => path.startsWith(face)))).toEqual([])
})

test('auth status shows every supply by its address, and no key', async () => {
  const { out, err } = await machine.run(['auth', 'status'], { MINE_KEY: 'sk-c4n4ry' })
  expect(out + err).toMatch(/mine +openai +127\.0\.0\.1:\d+ +key/)
  expect(out + err).toMatch(/local +ollama +127\.0\.0\.1:\d+/)
  expect(out + err).not.toContain('c4n4ry')
})

test('deployments of Azure are asked for by their names: nobody is asked for a list, and start and models say so', async () => {
  const azure = `{ type: azure, baseUrl: '${emulator.urls.azure}', apiKey: env:AZURE_KEY }`
  writeFileSync(join(machine.home, 'config.yaml'), `copilot: false\nproviders:\n  azure: ${azure}\n`)
  const said = 'deployments are not listed; ask for azure/<deployment>'
  const started = machine.start(['start', '--port', '0'], { AZURE_KEY: 'sk-x' })
  await started.until(said)
  started.process.kill('SIGTERM')
  expect((await started.ended).err).not.toMatch(/left out|azure: http/)
  expect((await machine.run(['models'], { AZURE_KEY: 'sk-x' })).err).toContain(`azure: ${said}`)
  expect(emulator.requests()).toEqual([])
})
