import type { ProviderSettings } from '@crossfeed/engine'
import type { Settings } from '../config/settings.ts'
import { noSupplies } from '../config/supplies/supplies.ts'
import type { Context } from './context.ts'
import { createThrowaway } from './throwaway.ts'

/** The token that the stand-in is called with. */
export const madeUpToken = 'gho_madeUpForTheEmulator'

/** A stand-in that runs in this process, and the settings that lead to it. */
export interface Emulated {
  readonly url: string
  readonly settings: Settings
  stop(): Promise<void>
}

/**
 * Starts the stand-in; every address in the settings then leads to it, with a made-up token. The supplies of the settings are
 * left out, and one of each kind that takes a key is there instead. What is kept of its sign-in is thrown away at the end.
 */
export async function emulate(settings: Settings): Promise<Emulated> {
  const { createEmulator } = await import('@crossfeed/emulator')
  const throwaway = await createThrowaway()
  const emulator = createEmulator()
  const { url } = await emulator.start()
  return {
    url,
    settings: {
      ...settings,
      signInHome: throwaway.folder,
      // A supply that costs money must not be reached from a rehearsal: those of the stand-in take its place.
      ...noSupplies,
      providers: rehearsedSupplies(emulator.urls),
      copilot: true,
      upstreams: { github: url, githubApi: url, copilot: url },
      githubToken: madeUpToken,
      enterpriseDomain: undefined,
      accountType: undefined,
      anthropicApiKey: undefined,
    },
    async stop() {
      await emulator.stop()
      await throwaway.remove()
    },
  }
}

/** Runs `work` on the settings, or with `--emulate` on a stand-in that is gone when it ends. */
export async function withSupplies<T>(
  { flags }: Pick<Context, 'flags'>,
  settings: Settings,
  work: (settings: Settings) => Promise<T>,
): Promise<T> {
  if (!flags.emulate) return work(settings)
  const emulated = await emulate(settings)
  try {
    return await work(emulated.settings)
  } finally {
    await emulated.stop()
  }
}

function rehearsedSupplies({
  openai,
  azure,
  anthropic,
  ollama,
  dashscope,
}: Readonly<Record<string, string>>): readonly ProviderSettings[] {
  return [
    { name: 'openai', type: 'openai', baseUrl: `${openai}/v1`, endpoints: ['responses', 'chat'], apiKey: 'sk-madeUp' },
    { name: 'azure', type: 'azure', baseUrl: azure, apiKey: 'madeUp' },
    { name: 'anthropic', type: 'anthropic', baseUrl: `${anthropic}/v1`, apiKey: 'sk-ant-madeUp' },
    { name: 'ollama', type: 'ollama', baseUrl: `${ollama}/v1` },
    { name: 'dashscope', type: 'compatible', baseUrl: `${dashscope}/compatible-mode/v1`, apiKey: 'sk-madeUp' },
  ]
}
