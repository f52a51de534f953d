import { isUsableKind, kindOfToken, unusableKind } from '@crossfeed/engine'
import type { Settings } from '../../config/settings.ts'
import { supplyNames } from '../../config/supplies/supplies.ts'
import { askSupply } from './add-supply.ts'
import { signIn } from '../commands/auth-login.ts'
import type { Context } from '../context.ts'

/** Before it is used: a kind that never works is not to be found out by a start that fails. */
function problemOfToken(token: string): string | undefined {
  const kind = kindOfToken(token)
  return isUsableKind(kind, true) ? undefined : unusableKind(kind).message.replace('\n', '. ')
}

/**
 * Asks where the models shall come from, and sees to it: the supplies that are configured, a sign-in to GitHub, a supply to
 * add. `demo`: look around without an account.
 */
export async function askSignIn(context: Context, settings: Settings): Promise<Settings | 'demo' | 'cancelled'> {
  const supplies = supplyNames(settings)
  const way = await context.prompts.select({
    message: 'Where shall the models come from?',
    options: [
      ...(supplies.length === 0
        ? []
        : [{ value: 'supplies' as const, label: 'The supplies in the config file', hint: supplies.join(', ') }]),
      ...(settings.copilot
        ? ([
            { value: 'device', label: 'GitHub Copilot: sign in', hint: 'with a code in the browser' },
            {
              value: 'token',
              label: 'GitHub Copilot: paste a token',
              hint: 'fine-grained with "Copilot Requests"; used for this run only',
            },
          ] as const)
        : []),
      { value: 'add', label: 'Another supply', hint: 'a ChatGPT plan, an API key, a server of your own' },
      { value: 'demo', label: 'Look around with demo data', hint: 'no account' },
    ],
  })
  if (way === undefined) return 'cancelled'
  if (way === 'demo') return 'demo'
  if (way === 'supplies') return settings
  if (way === 'add') return (await askSupply(context, settings)) ?? 'cancelled'
  if (way === 'device') return (await signIn(context, settings)) ? settings : 'cancelled'
  const token = await context.prompts.password('Token', { problemOf: problemOfToken })
  if (token === undefined || token.trim() === '') return 'cancelled'
  context.learnSecrets([token.trim()])
  return { ...settings, githubToken: token.trim() }
}
