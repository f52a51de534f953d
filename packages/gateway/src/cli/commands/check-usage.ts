import type { AccountSummary, QuotaSnapshot } from '@crossfeed/engine'
import { planName } from '../banner.ts'
import { bar, grouped } from '../terminal/chart.ts'
import { settingsOf, withApp, type Command } from '../context.ts'
import { withSupplies } from '../emulated.ts'
import { exit } from '../exit-code.ts'
import type { Style } from '../terminal/style.ts'

/** Shows plan, reset date and what is left. */
export const checkUsage: Command = async (context) => {
  const settings = await settingsOf(context)
  const account = await withSupplies(context, settings, (chosen) =>
    withApp(context, chosen, (app) => app.copilot.summary()),
  )
  if (context.flags.json) {
    const { login, plan, resets, tokenBilling, snapshots } = account
    context.out(JSON.stringify({ schema: 1, login, plan, resets, tokenBilling, quotas: snapshots }))
  } else context.out(writeUsage(account, context.style, new Date()))
  return exit.done
}

/** The account as text: a head line, a bar for each quota that ends, a line for those that do not. */
export function writeUsage(account: AccountSummary, style: Style, now: Date): string {
  const who = `Copilot ${account.plan === undefined ? 'N/A' : planName(account.plan)}, ${account.login ?? 'N/A'}`
  const resets = account.resets === undefined ? 'resets N/A' : `resets ${writeDate(account.resets, now)}`
  const width = Math.min(120, style.width)
  const gap = Math.max(2, width - who.length - resets.length)
  const shown = new Set<string>([...usual, ...account.snapshots.map((one) => one.id)])
  const lines = [...shown].map((id) => {
    const quota = account.snapshots.find((one) => one.id === id)
    return quota === undefined ? `${nameOf(id, account).padEnd(12)}  N/A` : writeQuota(quota, account, style, width)
  })
  return [`${style.bold(who)}${' '.repeat(gap)}${resets}`, ...lines].join('\n')
}

/** What every plan counts, in the order of its worth. */
const usual = ['premium_interactions', 'chat', 'completions'] as const

function writeQuota(quota: QuotaSnapshot, account: AccountSummary, style: Style, width: number): string {
  const name = nameOf(quota.id, account).padEnd(12)
  if (quota.unlimited) return `${name}  unlimited`
  const { entitlement, remaining } = leftOf(quota)
  if (entitlement === undefined || remaining === undefined) {
    return `${name}  ${quota.percentRemaining === undefined ? 'N/A' : `${grouped(quota.percentRemaining)} % left`}`
  }
  const used = entitlement - remaining
  const numbers = `${grouped(used)} of ${grouped(entitlement)} used`
  const left = `${grouped(remaining)} left`
  const room = Math.min(40, width - 12 - 2 - 28 - 3 - left.length - 3)
  const drawn = room < 8 ? '' : `   ${bar(entitlement === 0 ? 1 : used / entitlement, room, style)}`
  return `${name}  ${numbers.padEnd(28)}${drawn}   ${left}`
}

function leftOf(quota: QuotaSnapshot): { entitlement: number | undefined; remaining: number | undefined } {
  const { entitlement, percentRemaining } = quota
  const share =
    entitlement === undefined || percentRemaining === undefined ? undefined : (entitlement * percentRemaining) / 100
  return { entitlement, remaining: quota.remaining ?? share }
}

function nameOf(id: string, account: AccountSummary): string {
  if (id === 'premium_interactions') return account.tokenBilling ? 'credits' : 'premium'
  return id.replaceAll('_', ' ')
}

function writeDate(iso: string, now: Date): string {
  const date = new Date(iso)
  const days = Math.ceil((date.getTime() - now.getTime()) / 86_400_000)
  const day = date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })
  return days < 0 ? day : `${day}, in ${days} ${days === 1 ? 'day' : 'days'}`
}
