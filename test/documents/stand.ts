import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createEmulator, type Emulator, type EmulatorOptions, type RecordedRequest } from '@crossfeed/emulator'
import { addressIn, createMachine, type Machine } from '../../packages/gateway/src/cli/spawn.test-support.ts'

/** What the examples of a document are run on: an emulator of all services, and a machine for commands. */
export interface Stand {
  readonly emulator: Emulator
  readonly machine: Machine
  /** The environment that leads to the emulator, signed in to GitHub. */
  readonly env: Record<string, string>
  /** The model calls since the last `clear`. */
  calls(): readonly RecordedRequest[]
  lastCall(): RecordedRequest
  /** Writes a file of the document and starts the gateway on it, on a free port; gives its address. */
  startOn(name: string, text: string, env?: Record<string, string>): Promise<string>
  close(): Promise<void>
}

/** Models that a document names and Copilot lists no longer, in the form of Copilot's list. */
function withModels(names: Readonly<Record<string, string>>): NonNullable<EmulatorOptions['extraModels']> {
  const file = new URL('../../packages/emulator/data/copilot-models.json', import.meta.url)
  const list: { data: { id: string }[] } = JSON.parse(readFileSync(file, 'utf8'))
  return Object.entries(names).map(([id, like]) => {
    const entry = list.data.find((one) => one.id === like)
    if (!entry) throw new Error(`the emulator has no ${like}`)
    return JSON.parse(JSON.stringify(entry).replaceAll(`"${like}"`, `"${id}"`))
  })
}

/** Starts an emulator with the models that the document names besides, each like one that the emulator has. */
export async function startStand(
  options: EmulatorOptions = {},
  models: Readonly<Record<string, string>> = {},
): Promise<Stand> {
  const emulator = createEmulator({ ...options, extraModels: withModels(models) })
  const { url } = await emulator.start()
  const machine = createMachine(url)
  const env = { ...machine.env, COPILOT_GITHUB_TOKEN: 'gho_document' }
  const calls = (): readonly RecordedRequest[] =>
    emulator
      .requests()
      .filter(({ method, path }) => method === 'POST' && /\/(?:completions|responses|messages|embeddings)$/.test(path))
  return {
    emulator,
    machine,
    env,
    calls,
    lastCall: () => calls().at(-1)!,
    async startOn(name, text, more = {}) {
      const file = join(machine.folder, name)
      writeFileSync(file, text)
      const command = machine.start(['start', '--config', file, '--port', '0'], { ...env, ...more })
      return addressIn(await command.until('http://127.0.0.1:'))
    },
    async close() {
      machine.dispose()
      await emulator.stop()
    },
  }
}
