import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync } from 'node:fs'
import { createServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { createMachine, type Machine } from './spawn.test-support.ts'

const bin = fileURLToPath(new URL('../../bin/crossfeed.js', import.meta.url))
/** Takes no byte, as a file on a full disk. */
const full = '/dev/full'

let machine: Machine
let disk: number
beforeEach(() => {
  machine = createMachine()
  disk = openSync(full, 'w')
})
afterEach(() => {
  closeSync(disk)
  machine.dispose()
})

function start(words: readonly string[], stdio: ('ignore' | 'pipe' | number)[]) {
  const child = spawn(process.execPath, [bin, ...words], { cwd: machine.folder, env: machine.env, stdio })
  const ended = new Promise<number | null>((resolve) => child.on('close', resolve))
  return { child, ended }
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return typeof address === 'object' && address ? address.port : 0
}

async function answers(url: string): Promise<boolean> {
  const body = JSON.stringify({ model: 'gpt-5.4', messages: [{ role: 'user', content: 'hi' }] })
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers, body }).catch(() => undefined)
  return answer?.status === 200
}

test.skipIf(!existsSync(full))('a gateway whose log is on a full disk goes on', async () => {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const { child, ended } = start(['start', '--emulate', '--port', String(port)], ['ignore', disk, disk])
  try {
    const deadline = Date.now() + 60_000
    while (!(await answers(url)) && child.exitCode === null && Date.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 50))
    // Its lines are written after a while.
    for (let nth = 0; nth < 3; nth++) {
      expect(await answers(url)).toBe(true)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  } finally {
    child.kill('SIGTERM')
    await ended
  }
})

test.skipIf(!existsSync(full))('a command whose words are lost on a full disk fails, and says so', async () => {
  const { child, ended } = start(['--help'], ['ignore', disk, 'pipe'])
  let said = ''
  child.stderr?.on('data', (chunk: Buffer) => (said += chunk.toString()))
  expect(await ended).toBe(1)
  expect(said).toMatch(/^✕ .*could not be written \(ENOSPC\)/)
  expect(said).not.toContain('\n    at ')
})
