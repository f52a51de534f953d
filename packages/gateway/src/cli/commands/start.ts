import { GatewayError } from '@crossfeed/protocols'
import { refuseOpenBind } from '../../access/bind.ts'
import type { Settings } from '../../config/settings.ts'
import { supplyNames } from '../../config/supplies/supplies.ts'
import { settingsOf, type Command, type Context } from '../context.ts'
import { emulate } from '../emulated.ts'
import { exit } from '../exit-code.ts'
import { serve } from '../serve.ts'

/** Runs the gateway. Asks nothing but a sign-in, and that only of a person. */
export const start: Command = async (context) => {
  const settings = await settingsOf(context)
  const refusal = refuseOpenBind(settings)
  if (refusal !== undefined) throw refusal
  if (context.flags.emulate) return onEmulator(context, settings)
  const signedIn = await ensureSignIn(context, settings)
  if (signedIn === 'cancelled') return exit.interrupted
  if (signedIn === 'demo') return onEmulator(context, settings)
  return serve(context, signedIn)
}

async function onEmulator(context: Context, settings: Settings): Promise<number> {
  const emulated = await emulate(settings)
  context.say(`A stand-in for Copilot at ${emulated.url}: no account, made-up answers.`)
  try {
    return await serve(context, emulated.settings)
  } finally {
    await emulated.stop()
  }
}

/**
 * The settings with which somebody is signed in; other supplies need nobody. Without a terminal and a sign-in it is an error
 * at once.
 */
async function ensureSignIn(context: Context, settings: Settings): Promise<Settings | 'demo' | 'cancelled'> {
  if (supplyNames(settings).length > 0) return settings
  if (!settings.copilot) {
    if (!context.interactive) throw noSupply()
    const { askSignIn } = await import('../sign-in/ask-sign-in.ts')
    return askSignIn(context, settings)
  }
  const { openCredentials } = await import('../sign-in/credentials.ts')
  try {
    const found = await openCredentials(settings, context.env).find()
    context.learnSecrets([found.token])
    return settings
  } catch (error) {
    if (!(error instanceof GatewayError) || error.reason !== 'no-sign-in') throw error
    if (!context.interactive) throw noSignIn()
    const { askSignIn } = await import('../sign-in/ask-sign-in.ts')
    return askSignIn(context, settings)
  }
}

/** What to set, exactly, where nobody can be asked. Exit 2. */
export function noSignIn(): GatewayError {
  const message =
    'Nobody is signed in, and there is no terminal to ask on\nAccepted: COPILOT_GITHUB_TOKEN, GH_TOKEN or GITHUB_TOKEN (fine-grained with "Copilot Requests", or OAuth).'
  return new GatewayError('unauthorized', 401, message, {
    reason: 'usage',
    fix: 'Set COPILOT_GITHUB_TOKEN, or run crossfeed auth login once where there is a terminal; or configure a provider.',
  })
}

function noSupply(): GatewayError {
  return new GatewayError(
    'invalid-request',
    400,
    'There is nothing to serve: Copilot is switched off and no provider is configured',
    {
      reason: 'usage',
      fix: 'Add a provider (crossfeed auth login --provider <name>), or remove copilot: false from the config file.',
    },
  )
}
