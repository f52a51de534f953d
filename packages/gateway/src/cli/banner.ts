import type { AccountSummary, Login, Model } from '@crossfeed/engine'
import type { Settings } from '../config/settings.ts'
import { isLoopback } from '../access/host.ts'
import { grouped } from './chart.ts'
import { clientSettings, keyShown } from './client-settings.ts'
import { madeUpToken } from './emulated.ts'
import type { Style } from './style.ts'

/** `✓ Listening on http://127.0.0.1:4141, only this machine`. */
export function writeListening(url: string, settings: Settings, style: Style): string {
  const reach = isLoopback(settings.host) ? 'only this machine' : 'others can reach it with a key'
  return `${style.green('✓')} Listening on ${style.bold(url)}, ${reach}`
}

/** Who is signed in, and by which way. */
export function writeSignedIn(login: Login, account: AccountSummary | undefined, style: Style): string {
  const plan = account?.plan === undefined ? '' : `, Copilot ${planName(account.plan)}`
  const from = login.githubToken === madeUpToken ? 'made up' : login.from
  return `${style.green('✓')} Signed in as ${login.login ?? account?.login ?? 'somebody'}${plan} (${from})`
}

/** The supplies besides Copilot. */
export function writeSupplies(names: readonly string[], style: Style): string {
  return `${style.green('✓')} ${names.length === 1 ? 'Supply' : 'Supplies'}: ${names.join(', ')}`
}

/** The names of the models, in as few lines as they take: what was said before must stay on the screen. */
export function writeModels(models: readonly Model[], style: Style): string {
  const head = `${style.green('✓')} ${grouped(models.length)} models; crossfeed models tells limits and prices`
  const width = Math.min(style.width, 120)
  const lines: string[] = []
  for (const { id } of models) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + id.length + 2 <= width) lines[lines.length - 1] = `${last}  ${id}`
    else lines.push(`  ${id}`)
  }
  return [head, ...lines.map((line) => style.dim(line))].join('\n')
}

/** Ready-to-paste settings, a line for each client. */
export function writeClientSettings(url: string, settings: Settings, models: readonly Model[], style: Style): string {
  const lines = clientSettings({ url, key: keyShown(settings.apiKeys) }, models)
  return lines.map(([client, line]) => `${style.bold(client.padEnd(14))} ${line}`).join('\n')
}

/** `individual_pro` as people say it. */
export function planName(plan: string): string {
  const known: Readonly<Record<string, string>> = { individual: 'Pro', individual_pro: 'Pro+', individual_max: 'Max' }
  return known[plan] ?? plan.charAt(0).toUpperCase() + plan.slice(1).replaceAll('_', ' ')
}
