import {
  chooseOAuthApp,
  createTransport,
  kindOfToken,
  signInByDevice,
  systemClock,
  type DeviceState,
  type OAuthApp,
} from '@crossfeed/engine'
import { requireHome } from '../../config/home.ts'
import { usageError, type Settings } from '../../config/settings.ts'
import { addSupply } from '../sign-in/add-supply.ts'
import { settingsOf, withApp, type Command, type Context } from '../context.ts'
import { openCredentials } from '../sign-in/credentials.ts'
import { exit } from '../exit-code.ts'
import { wrapLines } from '../terminal/wrap.ts'

/** Signs in to GitHub, or to the provider that is named, and keeps the sign-in at home. Always anew, also when there is one. */
export const login: Command = async (context) => {
  const settings = await settingsOf(context)
  const { provider } = context.flags
  if (provider !== undefined) {
    return (await addSupply(context, settings, provider)) ? exit.done : exit.interrupted
  }
  return (await signIn(context, settings)) ? exit.done : exit.interrupted
}

/** Signs in; false when the person changed their mind. */
export async function signIn(context: Context, settings: Settings): Promise<boolean> {
  requireHome(settings.home)
  const { hosts, store } = openCredentials(settings, context.env)
  const app = await chooseApp(context, settings.oauthApp)
  if (app === undefined) return false
  const isNew = !(await store.list()).some((one) => one.app === app.name && one.host === hosts.host)
  if (isNew && !(await confirmApp(context, app, settings.oauthApp !== undefined))) return false

  const { network, timeouts } = settings
  const transport = createTransport({ ...network, timeouts, env: context.env })
  try {
    const show = (state: DeviceState): void => showState(context, state, app)
    const token = await signInByDevice({
      transport,
      clock: systemClock,
      hosts,
      app,
      onState: show,
      signal: context.signal,
    })
    context.learnSecrets([token])
    const key = { app: app.name, host: hosts.host }
    const credential = { ...key, token, kind: kindOfToken(token), createdAt: new Date().toISOString() }
    // Kept before it is used: a failure of the next call must not lose it.
    await store.save(credential)
    if (context.flags.showToken) context.out(`GitHub token: ${token}`)
    const name = await nameOf(context, settings)
    await store.save({ ...credential, ...(name === undefined ? {} : { login: name }) })
    report(context, settings, name)
    return true
  } finally {
    await transport.close()
  }
}

/** Who it is, as the service says; throws when it refuses Copilot. The newest stored sign-in is the one just made. */
async function nameOf(context: Context, settings: Settings): Promise<string | undefined> {
  const { COPILOT_GITHUB_TOKEN: _copilot, GH_TOKEN: _gh, GITHUB_TOKEN: _github, ...env } = context.env
  const made = await withApp({ ...context, env }, { ...settings, githubToken: undefined }, (app) => app.copilot.login())
  return made.login
}

async function chooseApp(context: Context, named: string | undefined): Promise<OAuthApp | undefined> {
  if (named !== undefined) return chooseOAuthApp(named)
  if (!context.interactive) {
    throw usageError(
      'Which app to sign in with is not said, and there is no terminal to ask on',
      'crossfeed auth login --oauth-app copilot',
    )
  }
  const answer = await context.prompts.select({
    message: 'Which app do you want to sign in with?',
    options: ['copilot', 'opencode'].map((name) => {
      return { value: name, label: name, hint: `belongs to ${chooseOAuthApp(name).belongsTo ?? 'you'}` }
    }),
  })
  return answer === undefined ? undefined : chooseOAuthApp(answer)
}

/** One notice at the first use of an app that is somebody else's; a person is asked, a script has chosen by naming it. */
async function confirmApp(context: Context, app: OAuthApp, wasNamed: boolean): Promise<boolean> {
  if (app.belongsTo === undefined) return true
  context.say(`${context.interactive ? '\n' : ''}This signs in with the app of ${app.belongsTo},
not with one of Crossfeed. Whether you may use it so is between you and GitHub:
check the terms of your plan.`)
  if (!context.interactive) return wasNamed
  return (await context.prompts.confirm('Go on?')) === true
}

function showState({ out, style, flags }: Context, state: DeviceState, app: OAuthApp): void {
  if (state.state !== 'code') return
  const { userCode, verificationUri, expiresIn } = state
  if (flags.json) return out(JSON.stringify({ schema: 1, userCode, verificationUri, expiresIn, app: app.name }))
  out(
    `\nYour code   ${style.bold(userCode)}\nPage        ${verificationUri}\n\nWaiting for you to enter it; it holds ${Math.round(expiresIn / 60)} minutes. Ctrl-C stops.`,
  )
}

function report({ flags, out, style }: Context, settings: Settings, login: string | undefined): void {
  const folder = `${settings.home}/credentials`
  if (flags.json) out(JSON.stringify({ schema: 1, login, folder }))
  else {
    out(`${style.green('✓')} Signed in as ${login ?? 'somebody'}`)
    out(wrapLines(`  Kept in ${folder}, readable by you only.`, style))
  }
}
