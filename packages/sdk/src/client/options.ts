import type { ModelInfoGiven } from './model-info.ts'

/** Options of a client. */
export interface CopilotClientOptions {
  /** Folder of sessions that name none. Default: the current one. */
  workingDirectory?: string | undefined
  /** Where sessions are saved (`<folder>/session-state`). Without it nothing is written: sessions last as long as the client. */
  baseDirectory?: string | undefined
  /** What the engine says goes to standard error, from this level on. Default `none`. Never holds a secret. */
  logLevel?: 'none' | 'error' | 'warning' | 'info' | 'debug' | 'all' | undefined
  /** Where sign-ins, proxies and addresses are looked up. Default: `process.env`. */
  env?: Record<string, string | undefined> | undefined
  /** A GitHub token with Copilot; beats every other sign-in. */
  gitHubToken?: string | undefined
  /**
   * Whether sign-ins that are stored on this machine may be used (`crossfeed auth login`, the GitHub CLI). Default true; false
   * when `gitHubToken` is given.
   */
  useLoggedInUser?: boolean | undefined
  /** Says which models there are, instead of Copilot: for one's own providers. Called once. */
  onListModels?: (() => ModelInfoGiven[] | Promise<ModelInfoGiven[]>) | undefined
  /** `empty` asks every session to say which tools it wants (`availableTools`). Default `copilot-cli`. */
  mode?: 'empty' | 'copilot-cli' | undefined
}

/** Every name in `CopilotClientOptions`. */
export const clientKeys: readonly (keyof CopilotClientOptions)[] = [
  'workingDirectory',
  'baseDirectory',
  'logLevel',
  'env',
  'gitHubToken',
  'useLoggedInUser',
  'onListModels',
  'mode',
]
