import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { parseArguments } from './parse.ts'
import { createMachine, type Machine } from './spawn.test-support.ts'

let machine: Machine
beforeEach(() => (machine = createMachine()))
afterEach(() => machine.dispose())

test.each([
  [['--config', 'config.yaml']],
  [['--config=config.yaml', '--port', '0']],
  [['--verbose', '--config', 'config.yaml']],
])('%j means start', (words) => {
  const call = parseArguments(words)
  expect(call).toMatchObject({ kind: 'run', spec: { name: 'start' }, flags: { config: 'config.yaml' } })
})

test('a command keeps its own --config', () => {
  expect(parseArguments(['config', 'check', '--config', 'x.yaml'])).toMatchObject({ spec: { name: 'config check' } })
  expect(() => parseArguments(['--confgi', 'x.yaml'])).toThrow('Unknown option --confgi')
})

test('a config file of LiteLLM starts a gateway that serves its names', async () => {
  const text = 'model_list:\n  - model_name: local\n    litellm_params: { model: ollama/llama3 }\n'
  const file = join(machine.folder, 'config.yaml')
  writeFileSync(file, text)
  const started = machine.start(['--config', file, '--port', '0', '--json'])
  const out = await started.until('"url"')
  const { url }: { url: string } = JSON.parse(out.split('\n', 1)[0] ?? '')
  const list: { data: { id: string }[] } = JSON.parse(await (await fetch(`${url}/v1/models`)).text())
  started.process.kill('SIGTERM')
  expect(list.data.map((model) => model.id)).toContain('local')
  expect((await started.ended).code).toBe(0)
})

test('a LiteLLM file that is wrong ends the start with 1 and names entry and line', async () => {
  const file = join(machine.folder, 'config.yaml')
  writeFileSync(file, 'model_list:\n  - litellm_params: { model: ollama/llama3 }\n')
  const { code, err } = await machine.run(['--config', file])
  expect(err).toContain('config.yaml, line 2\n  model_list entry 1 has no model_name')
  expect(code).toBe(1)
  writeFileSync(file, 'prot: 1\nhots: x\n')
  // That without a path would check another file.
  expect((await machine.run(['start', '--config', file])).err).toContain(
    `(and 1 more: crossfeed config check --config ${file})`,
  )
})

test('config check says what is wrong with the certificates that the file names', async () => {
  const file = join(machine.folder, 'config.yaml')
  const pem = join(machine.folder, 'ca.pem')
  writeFileSync(file, `port: 4141\nnetwork:\n  ca: ${pem}\n`)
  const check = () => machine.run(['config', 'check', '--config', file])
  const missing = await check()
  expect(missing.code).toBe(1)
  expect(missing.out).toContain('✕ config.yaml, line 3: network.ca names a file that is not there\n  3 |   ca: ')
  expect(missing.out).toContain('Fix   Give the path of a PEM file')
  writeFileSync(pem, 'no certificate')
  expect((await check()).out).toContain('network.ca names a file that holds no certificate')
  const broken = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'
  writeFileSync(pem, broken)
  expect((await check()).out).toContain('network.ca names a file that holds a certificate that cannot be read')
  writeFileSync(pem, rootCertificates[0] ?? '')
  expect(await check()).toMatchObject({ code: 0, out: expect.stringContaining('is right') })
  writeFileSync(file, `network: { ca: ${machine.folder} }\n`)
  const json = JSON.parse((await machine.run(['config', 'check', '--config', file, '--json'])).out)
  expect(json).toMatchObject({ problems: [{ line: 1, message: 'network.ca names a file that cannot be read' }] })
})
