import type { Settings } from '../config/settings.ts'
import { noSupplies } from '../config/supplies/supplies.ts'

/** The token that the stand-in is called with. */
export const madeUpToken = 'gho_madeUpForTheEmulator'

/** A stand-in that runs in this process, and the settings that lead to it. */
export interface Emulated {
  readonly url: string
  readonly settings: Settings
  stop(): Promise<void>
}

/**
 * Starts the stand-in for GitHub and Copilot; every address in the settings then leads to it, with a made-up token; other
 * supplies are left out.
 */
export async function emulate(settings: Settings): Promise<Emulated> {
  const { createEmulator } = await import('@crossfeed/emulator')
  const emulator = createEmulator()
  const { url } = await emulator.start()
  return {
    url,
    settings: {
      ...settings,
      // A supply that costs money must not be reached from a rehearsal.
      ...noSupplies,
      copilot: true,
      upstreams: { github: url, githubApi: url, copilot: url },
      githubToken: madeUpToken,
      enterpriseDomain: undefined,
      accountType: undefined,
      anthropicApiKey: undefined,
    },
    stop: () => emulator.stop(),
  }
}
