import type { Settings } from '../config/settings.ts'
import { signIn } from './commands/auth-login.ts'
import type { Context } from './context.ts'

/** Asks how to sign in, and does it. `demo`: look around without an account. */
export async function askSignIn(context: Context, settings: Settings): Promise<Settings | 'demo' | 'cancelled'> {
  const way = await context.prompts.select({
    message: 'How do you want to sign in?',
    options: [
      { value: 'device', label: 'Sign in to GitHub', hint: 'with a code in the browser' },
      { value: 'token', label: 'Paste a token', hint: 'fine-grained with "Copilot Requests"; used for this run only' },
      { value: 'demo', label: 'Look around with demo data', hint: 'no account' },
    ],
  })
  if (way === undefined) return 'cancelled'
  if (way === 'demo') return 'demo'
  if (way === 'device') return (await signIn(context, settings)) ? settings : 'cancelled'
  const token = await context.prompts.password('Token')
  if (token === undefined || token.trim() === '') return 'cancelled'
  context.learnSecrets([token.trim()])
  return { ...settings, githubToken: token.trim() }
}
