import {
  chooseOAuthApp,
  createCopilot,
  createHosts,
  createLiteLlmStore,
  createSignInSource,
  kindOfToken,
  signInByDevice,
  systemClock,
  type Copilot,
  type Log,
  type SignIn,
  type Transport,
} from '@crossfeed/engine'
import { GatewayError } from '@crossfeed/protocols'
import { version } from '../version.ts'
import type { Env } from './vendor-supply.ts'

/** What a person types on GitHub's page to sign in. */
export interface DeviceCode {
  readonly userCode: string
  readonly verificationUri: string
  /** Seconds that the code holds. */
  readonly expiresIn: number
}

export interface CopilotSignInOptions {
  readonly env: Env
  readonly log: Log
  readonly transport: Transport
  /** Shows the code; printed on standard error by default. */
  readonly onDeviceCode?: ((code: DeviceCode) => void) | undefined
  /** Ends a sign-in that waits. */
  readonly signal: AbortSignal
}

/**
 * Creates the Copilot account of LiteLLM's token files. Tokens of the environment come first; where there is neither, the first call
 * signs in by the device flow, with the OAuth app that LiteLLM uses, and keeps the token where LiteLLM does.
 */
export function createCopilotByLiteLlm(options: CopilotSignInOptions): Copilot {
  const { env, log, transport, signal } = options
  const clock = systemClock
  const hosts = createHosts({
    enterprise: env['COPILOT_API_ENTERPRISE_URL'],
    githubUrl: env['CROSSFEED_GITHUB_URL'],
    githubApiUrl: env['CROSSFEED_GITHUB_API_URL'],
    copilotUrl: env['CROSSFEED_COPILOT_URL'],
    copilotBase: env['GITHUB_COPILOT_API_BASE'],
  })
  const store = createLiteLlmStore({ env, hosts, clock })
  const find = createSignInSource({ env, store, host: hosts.host, log, loadFromCli: async () => undefined })
  const onDeviceCode = options.onDeviceCode ?? printCode
  const app = chooseOAuthApp('copilot')

  const loadSignIn = async (): Promise<SignIn> => {
    try {
      return await find()
    } catch (error) {
      if (!(error instanceof GatewayError) || error.reason !== 'no-sign-in') throw error
    }
    const token = await signInByDevice({
      transport,
      clock,
      hosts,
      app,
      signal,
      onState: (state) => {
        if (state.state !== 'code') return
        const { userCode, verificationUri, expiresIn } = state
        onDeviceCode({ userCode, verificationUri, expiresIn })
      },
    })
    const createdAt = new Date(clock.now()).toISOString()
    await store.save({ app: app.name, host: hosts.host, kind: kindOfToken(token), token, createdAt })
    return find()
  }
  return createCopilot({ transport, clock, log, hosts, store, loadSignIn, version })
}

function printCode({ userCode, verificationUri, expiresIn }: DeviceCode): void {
  const minutes = Math.round(expiresIn / 60)
  process.stderr.write(
    `GitHub Copilot needs a sign-in. Open ${verificationUri} and enter ${userCode} (valid for ${minutes} minutes).\n` +
      'It uses the OAuth app of the GitHub Copilot plugins for Vim and JetBrains, as LiteLLM does.\n',
  )
}
