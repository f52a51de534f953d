import { nearest } from '@crossfeed/protocols'
import { loadForeignCredentials, saveImportedAnswer, systemClock, type FoundCodexSignIn } from '@crossfeed/engine'
import { requireHome } from '../../config/home.ts'
import { usageError } from '../../config/settings.ts'
import { importCodexSignIn } from '../sign-in/codex.ts'
import { importablePrograms } from '../commands.ts'
import { settingsOf, type Command } from '../context.ts'
import { openCredentials } from '../sign-in/credentials.ts'
import { exit } from '../exit-code.ts'
import { nameAccounts } from '../sign-in/name-accounts.ts'

/** Copies the usable sign-ins that other programs left on this machine. Nothing is changed there. */
export const importSignIns: Command = async (context) => {
  const settings = await settingsOf(context)
  const { from } = context.flags
  if (from !== undefined && !importablePrograms.includes(from)) {
    const near = nearest(from, importablePrograms)
    throw usageError(
      `Unknown program ${from}`,
      near === undefined ? `Use ${importablePrograms.join(', ')}.` : `Did you mean ${near}?`,
    )
  }
  const { hosts, store } = openCredentials(settings, context.env)
  const all = await loadForeignCredentials({ env: context.env, now: Date.now(), enterprise: settings.enterpriseDomain })
  const chosen = all.filter((one) => from === undefined || one.from === from)
  const found = chosen.length === 0 ? [] : nameAccounts(chosen, await store.list())
  if (found.length > 0) requireHome(settings.home)
  for (const { credential, session } of found) {
    await store.save(credential)
    if (session === undefined || credential.host !== hosts.host) continue
    await saveImportedAnswer({ store, hosts, clock: systemClock }, credential.token, session)
  }
  const codex = from === undefined || from === 'codex' ? await importCodexSignIn(context, settings) : undefined
  const ofGitHub = found.map(({ from: program, path, credential: { app, host, account, login } }) => ({
    program,
    path,
    app,
    host,
    account,
    login,
  }))
  const imported = [...ofGitHub, ...(codex === undefined ? [] : [describeCodex(codex)])]
  if (context.flags.json) context.out(JSON.stringify({ schema: 1, imported }))
  else if (imported.length === 0) context.say('No sign-in of another program was found.\n  Fix   crossfeed auth login')
  else
    for (const one of imported)
      context.out(`✓ ${one.login ?? one.account ?? 'A sign-in'} of ${one.host} from ${one.program} (${one.path})`)
  return imported.length === 0 ? exit.signIn : exit.done
}

function describeCodex({ path, signIn }: FoundCodexSignIn) {
  const { provider: account, host, email: login } = signIn
  return { program: 'codex', path, app: 'codex', host, account, login } as const
}
