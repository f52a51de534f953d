import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createEmulator, type Emulator, type EmulatorOptions, type RecordedRequest } from '@crossfeed/emulator'
import { createLite, type Lite, type LiteOptions } from '../index.ts'

/** An instance on an emulator of all supplies. */
export interface LiteTrial {
  readonly emulator: Emulator
  readonly lite: Lite
  /** The environment that leads to the emulator. */
  readonly env: Record<string, string>
  /** The folder of LiteLLM's token files. */
  readonly folder: string
  /** Another instance in the same environment. */
  newLite(options?: LiteOptions): Lite
  /** The model calls so far. */
  calls(): readonly RecordedRequest[]
  lastCall(): RecordedRequest
  close(): Promise<void>
}

/** Starts both; with a GitHub token in the environment unless `signedOut`. */
export async function startLite(options: EmulatorOptions & { signedOut?: boolean } = {}): Promise<LiteTrial> {
  const { signedOut, ...emulated } = options
  const emulator = createEmulator(emulated)
  const { url } = await emulator.start()
  const { urls } = emulator
  const folder = await mkdtemp(join(tmpdir(), 'crossfeed-lite-'))
  const env: Record<string, string> = {
    CROSSFEED_GITHUB_URL: url,
    CROSSFEED_GITHUB_API_URL: url,
    CROSSFEED_COPILOT_URL: url,
    GITHUB_COPILOT_TOKEN_DIR: folder,
    ...(signedOut === true ? {} : { COPILOT_GITHUB_TOKEN: 'gho_trial' }),
    OPENAI_API_KEY: 'sk-trial',
    OPENAI_API_BASE: `${urls.openai}/v1`,
    AZURE_API_BASE: urls.azure,
    AZURE_API_KEY: 'azure-trial-key',
    ANTHROPIC_API_BASE: urls.anthropic,
    ANTHROPIC_API_KEY: 'sk-ant-trial',
    OLLAMA_API_BASE: urls.ollama,
    HOSTED_VLLM_API_BASE: `${urls.compatible}/v1`,
    DASHSCOPE_API_BASE: `${urls.dashscope}/compatible-mode/v1`,
    DASHSCOPE_API_KEY: 'sk-trial',
  }
  const open: Lite[] = []
  const newLite = (more: LiteOptions = {}): Lite => {
    const lite = createLite({ env, ...more })
    open.push(lite)
    return lite
  }
  const calls = (): readonly RecordedRequest[] =>
    emulator.requests().filter(({ path, method }) => method === 'POST' && modelPath.test(path))
  return {
    emulator,
    lite: newLite(),
    env,
    folder,
    newLite,
    calls,
    lastCall: () => calls().at(-1)!,
    async close() {
      for (const lite of open) await lite.close()
      await emulator.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

const modelPath = /\/(?:responses|chat\/completions|messages|embeddings|api\/chat)$/

/** All pieces of a stream. */
export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const pieces: T[] = []
  for await (const piece of stream) pieces.push(piece)
  return pieces
}
