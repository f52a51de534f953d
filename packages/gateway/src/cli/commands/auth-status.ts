import type { ProviderSettings, SignIn } from '@crossfeed/engine'
import { GatewayError } from '@crossfeed/protocols'
import { table } from '../terminal/chart.ts'
import { openCodex } from '../sign-in/codex.ts'
import { settingsOf, type Command } from '../context.ts'
import { openCredentials } from '../sign-in/credentials.ts'
import { exit } from '../exit-code.ts'

/** Shows the sign-in that would be used, and those that are kept. Asks no server. */
export const status: Command = async (context) => {
  const settings = await settingsOf(context)
  const { hosts, store, find } = openCredentials(settings, context.env)
  const used = await find().catch((error: unknown): SignIn | undefined => {
    if (error instanceof GatewayError && error.reason === 'no-sign-in') return undefined
    throw error
  })
  const kept = (await store.list()).map(({ app, host, account, kind, login, createdAt }) => ({
    app,
    host,
    account,
    kind,
    login,
    createdAt,
  }))
  const codex = openCodex(settings)
  const providers = (await codex.store.list()).map((one) => ({
    provider: one.provider,
    host: one.host,
    login: one.email,
    plan: one.plan,
    renewedAt: new Date(one.obtainedAt).toISOString(),
  }))
  const supplies = settings.providers.map((one) => ({
    name: one.name,
    type: one.type,
    host: one.baseUrl === undefined ? '' : new URL(one.baseUrl).host,
    letIn: letInBy(one),
  }))
  const signedOut = settings.codex
    .filter(({ name }) => !providers.some((one) => one.provider === name && one.host === codex.hosts.host))
    .map(({ name }) => ({ name, type: 'codex', host: codex.hosts.host, letIn: 'not signed in' }))
  const isNobody = used === undefined && providers.length === 0 && supplies.length === 0
  if (context.flags.json) {
    const using = used === undefined ? undefined : { from: used.from, app: used.app, login: used.login }
    context.out(
      JSON.stringify({
        schema: 1,
        host: hosts.host,
        using: using ?? null,
        kept,
        providers,
        supplies: [...supplies, ...signedOut],
      }),
    )
  } else {
    if (used !== undefined) context.out(`Using  ${used.from}${used.login ? `, ${used.login}` : ''}`)
    else if (settings.copilot) context.out(`Nobody is signed in to ${hosts.host}.`)
    const rows = kept.map((one) => [
      one.app,
      one.host,
      one.login ?? one.account ?? '',
      one.kind,
      one.createdAt.slice(0, 10),
    ])
    const others = providers.map((one) => [
      one.provider,
      one.host,
      one.login ?? '',
      one.plan ?? '',
      one.renewedAt.slice(0, 10),
    ])
    for (const line of table([...rows, ...others])) context.out(`Kept   ${line}`)
    for (const line of table([...supplies, ...signedOut].map((one) => [one.name, one.type, one.host, one.letIn])))
      context.out(`Supply ${line}`)
    for (const { name } of signedOut) context.say(`  Fix   crossfeed auth login --provider ${name}`)
    if (isNobody && settings.copilot) context.say('  Fix   crossfeed auth login')
  }
  return isNobody ? exit.signIn : exit.done
}

function letInBy({ bearerToken, apiKey }: ProviderSettings): string {
  if (bearerToken) return 'token'
  return apiKey ? 'key' : 'no key'
}
