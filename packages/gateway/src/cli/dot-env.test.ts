import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createEmulator, type Emulator } from '@crossfeed/emulator'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMachine, type Machine } from './spawn.test-support.ts'

let emulator: Emulator
let machine: Machine
beforeAll(async () => {
  emulator = createEmulator()
  machine = createMachine((await emulator.start()).url)
})
afterAll(async () => {
  machine.dispose()
  await emulator.stop()
})

test('a token in .env of the working folder signs in; where to is not said there', async () => {
  writeFileSync(join(machine.folder, '.env'), 'COPILOT_GITHUB_TOKEN=gho_fromTheFile\nHTTPS_PROXY=http://127.0.0.1:9\n')
  const { code, out, err } = await machine.run(['check-usage'])
  expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining('octo-dev') })
  expect(err).toContain(
    `Not taken from .env in this folder: HTTPS_PROXY. Where things go is said in ${machine.home}/.env`,
  )
  expect(out + err).not.toContain('gho_fromTheFile')
})

test('the file of the home folder says that too', async () => {
  mkdirSync(machine.home, { recursive: true })
  writeFileSync(join(machine.home, '.env'), 'GITHUB_COPILOT_API_BASE=nonsense\n')
  const { code, err } = await machine.run(['check-usage'])
  expect(code).not.toBe(0)
  expect(err).toContain('The address in GITHUB_COPILOT_API_BASE cannot be read.')
})
