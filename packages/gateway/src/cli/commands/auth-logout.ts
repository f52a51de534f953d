import { copilotSessionName } from '@crossfeed/engine'
import type { Settings } from '../../config/settings.ts'
import { chooseCodex, signOutOfCodex } from '../sign-in/codex.ts'
import { settingsOf, type Command, type Context } from '../context.ts'
import { openCredentials } from '../sign-in/credentials.ts'
import { exit } from '../exit-code.ts'

/** Removes the sign-ins kept at home for this host: all, or those of the app that is named; or that of a provider. */
export const logout: Command = async (context) => {
  const settings = await settingsOf(context)
  if (context.flags.provider !== undefined) return logoutOfProvider(context, settings, context.flags.provider)
  const { hosts, store } = openCredentials(settings, context.env)
  const kept = (await store.list()).filter((one) => one.host === hosts.host)
  const meant = kept.filter((one) => settings.oauthApp === undefined || one.app === settings.oauthApp)
  for (const one of meant) {
    await store.remove(one)
    await store.removeSession(copilotSessionName(hosts, one.token))
  }
  const removed = meant.map(({ app, host, login }) => ({ app, host, login }))
  if (context.flags.json) context.out(JSON.stringify({ schema: 1, removed }))
  else if (removed.length === 0) context.say(`No sign-in for ${hosts.host} is kept here.`)
  else for (const { app, host, login } of removed) context.out(`✓ Signed out ${login ?? 'somebody'} (${app}, ${host})`)
  return exit.done
}

async function logoutOfProvider(context: Context, settings: Settings, asked: string): Promise<number> {
  const name = chooseCodex(settings, asked) ?? asked
  const signIn = await signOutOfCodex(context, settings, name)
  const removed = signIn === undefined ? [] : [{ provider: name, host: signIn.host, login: signIn.email }]
  if (context.flags.json) context.out(JSON.stringify({ schema: 1, removed }))
  else if (signIn === undefined) context.say(nothingKept(settings, name))
  else context.out(`✓ Signed out ${signIn.email ?? 'somebody'} (${name}, ${signIn.host})`)
  return exit.done
}

/** A supply with a key has no sign-in: what lets it in is in the config file. */
function nothingKept({ providers, configFile }: Settings, name: string): string {
  const isKeyed = providers.some((one) => one.name === name)
  const instead = isKeyed ? ` It is let in by its entry providers.${name} in ${configFile}: remove that.` : ''
  return `No sign-in for ${name} is kept here.${instead}`
}
