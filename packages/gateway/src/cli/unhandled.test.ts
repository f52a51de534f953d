import { afterEach, expect, test } from 'vitest'
import { addressIn, createMachine, type Machine } from './spawn.test-support.ts'

let machine: Machine
afterEach(() => machine.dispose())

// Breaks a promise that nobody waits for, when told to.
const fault = "process.on('SIGUSR2',()=>Promise.reject(new Error('boom gho_'+'abcdefghijkl')))"

test.skipIf(process.platform === 'win32')(
  'a fault of ours is logged, without secrets, and requests go on',
  async () => {
    machine = createMachine()
    const options = `--import data:text/javascript,${encodeURIComponent(fault)}`
    const started = machine.start(['start', '--emulate', '--port', '0'], { NODE_OPTIONS: options })
    const url = addressIn(await started.until('ANTHROPIC_BASE_URL'))
    started.process.kill('SIGUSR2')
    // The signal is handled before a request that comes after it has gone both ways a few times.
    for (let nth = 0; nth < 5; nth++) expect((await fetch(`${url}/health/live`)).status).toBe(200)
    started.process.kill('SIGTERM')
    const { code, err } = await started.ended
    expect(code).toBe(0)
    expect(err).toMatch(/boom/)
    expect(err).not.toContain('gho_abcdefghijkl')
  },
)
