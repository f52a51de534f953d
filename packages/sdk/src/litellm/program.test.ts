import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, expect, it } from 'vitest'
import { startLite, type LiteTrial } from './trial.test-support.ts'

let trial: LiteTrial
afterEach(() => trial.close())

it('serves a program that makes one call and ends, and loads for it neither MCP nor the tokenizer nor an SDK', async () => {
  trial = await startLite()
  const file = fileURLToPath(new URL('program.test-support.ts', import.meta.url))
  const env = { ...trial.env, PATH: process.env['PATH'] }
  const { stdout } = await promisify(execFile)(process.execPath, [file], { env, timeout: 15_000 })
  const { text, packages }: { text: string; packages: string[] } = JSON.parse(stdout)
  expect(text).toContain('Hello there')
  expect(packages.toSorted()).toEqual(['eventsource-parser', 'undici'])
})
