import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { spawn, spawnSync } from 'node:child_process'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createMachine, type Machine, type Started } from './spawn.test-support.ts'

let machine: Machine
beforeEach(() => {
  machine = createMachine()
  mkdirSync(join(machine.folder, 'tmp'))
})
afterEach(() => machine.dispose())

/** What is left of it in the temporary folder; Node's own cache of compiled code is Node's. */
function left(): readonly string[] {
  return readdirSync(join(machine.folder, 'tmp')).filter((name) => name !== 'node-compile-cache')
}

const inFolder = (): Record<string, string> => ({ TMPDIR: join(machine.folder, 'tmp') })

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`a demo that ${signal} stops while it starts says nothing of failures and leaves nothing`, async () => {
    const demo = machine.start(['demo', '--port', '0'], inFolder())
    await demo.until('Listening')
    demo.process.kill(signal)
    const { code, err } = await demo.ended
    expect({ code, left: left() }).toEqual({ code: 0, left: [] })
    expect(err).not.toContain('✕')
    expect(err).not.toContain('Cannot reach')
  })
}

test('the folder of a demo that was killed is removed by the next one, that of one under way is not', async () => {
  const start = (): Started => machine.start(['demo', '--port', '0'], inFolder())
  const ofRun = ({ process: { pid } }: Started): readonly string[] => left().filter((name) => name.includes(`-${pid}-`))
  const [killed, first] = [start(), start()]
  await Promise.all([killed.until('Listening'), first.until('Listening')])
  killed.process.kill('SIGKILL')
  await killed.ended
  expect(ofRun(killed).length).toBeGreaterThan(0)
  const second = start()
  await second.until('Listening')
  expect(ofRun(killed)).toEqual([])
  expect(ofRun(first).length).toBeGreaterThan(0)
  for (const one of [first, second]) one.process.kill('SIGTERM')
  await Promise.all([first.ended, second.ended])
  expect(left()).toEqual([])
})

test('a rehearsal keeps no made-up sign-in at home, and leaves nothing', async () => {
  const gateway = machine.start(['start', '--emulate', '--port', '0'], inFolder())
  await gateway.until('Anthropic SDK')
  gateway.process.kill('SIGTERM')
  expect((await gateway.ended).code).toBe(0)
  expect(existsSync(join(machine.home, 'credentials'))).toBe(false)
  expect(left()).toEqual([])
})

test.each([
  [['models', 'opus', '--emulate'], /claude-opus-4\.6 .*\$5\.00/],
  [['check-usage', '--emulate'], /^Copilot Pro\+, octo-dev/],
  [['route', 'explain', 'gpt-5.2', '--emulate'], /1\. copilot\/gpt-5\.2, relayed as responses\n {5}to {6}http:\/\/127/],
  [['route', 'explain', 'openai/gpt-5.4', '--as', 'messages', '--emulate'], /1\. openai\/gpt-5\.4, translated/],
])('%j asks a stand-in, with no sign-in, and leaves nothing', async (words, said) => {
  const { code, out, err } = await machine.run(words, { ...inFolder(), CROSSFEED_GITHUB_API_URL: 'http://127.0.0.1:9' })
  expect({ code, err: err.replace(/^azure: .*\n/m, '') }).toEqual({ code: 0, err: expect.not.stringContaining('✕') })
  expect(out).toMatch(said)
  expect(existsSync(machine.home)).toBe(false)
  expect(left()).toEqual([])
})

test('a rehearsal leads to the command that lists its models', async () => {
  const gateway = machine.start(['start', '--emulate', '--port', '0'], inFolder())
  expect(await gateway.until('Anthropic SDK')).toContain('; crossfeed models --emulate tells limits')
  gateway.process.kill('SIGTERM')
  await gateway.ended
})

test('a start that a silent service holds up is stopped all the same', async () => {
  const silent: Server = createServer(() => {})
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  // A listening server on a port has an address of this form.
  const url = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`
  const asked = new Promise((resolve) => silent.once('request', resolve))
  const gateway = machine.start(['start', '--port', '0'], {
    COPILOT_GITHUB_TOKEN: 'gho_x',
    CROSSFEED_GITHUB_URL: url,
    CROSSFEED_GITHUB_API_URL: url,
    CROSSFEED_COPILOT_URL: url,
  })
  await asked
  gateway.process.kill('SIGINT')
  const { code, err } = await gateway.ended
  silent.closeAllConnections()
  silent.close()
  expect(code).toBe(0)
  expect(err).not.toContain('✕')
})

test('a temporary folder that cannot be written is said as what it is', () => {
  const { status, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, '../../bin/crossfeed.js'), 'demo', '--port', '0'],
    { env: { ...machine.env, TMPDIR: '/dev/null/nowhere' }, encoding: 'utf8' },
  )
  expect(status).toBe(1)
  expect(stderr).toContain('✕ Nothing can be kept in the temporary folder /dev/null/nowhere (ENOTDIR)')
  expect(stderr).toContain('Fix   Set TMPDIR to a folder that you may write.')
})

const terminal = '/usr/bin/script'

test.runIf(existsSync(terminal))(
  'a terminal that is closed over a question ends the run, which leaves nothing',
  async () => {
    const bin = join(import.meta.dirname, '../../bin/crossfeed.js')
    const log = join(machine.folder, 'stderr')
    // What `script` runs has a terminal of its own, which is closed when `script` is killed.
    const words = ['-qec', `stty cols 100 rows 40; exec '${process.execPath}' '${bin}' 2>'${log}'`, '/dev/null']
    const env = { ...machine.env, ...inFolder(), PATH: process.env['PATH'], TERM: 'xterm', SHELL: '/bin/sh' }
    const child = spawn(terminal, words, { cwd: machine.folder, env, stdio: ['pipe', 'pipe', 'ignore'] })
    let seen = ''
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (seen += chunk))
    const sees = (text: string): Promise<unknown> => expect.poll(() => seen, { timeout: 60_000 }).toContain(text)
    await sees('Where shall the models come from?')
    // Demo data is the last of the answers, and the one above the first.
    child.stdin.write('\u001B[A')
    await sees('no account')
    child.stdin.write('\r')
    await sees('What do you want to use?')
    expect(left().length).toBeGreaterThan(0)
    child.kill('SIGKILL')
    await expect.poll(left, { timeout: 60_000 }).toEqual([])
    expect(readFileSync(log, 'utf8')).not.toContain('EIO')
  },
)
