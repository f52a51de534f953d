import type { AccountSummary, Login, Model, ServedModel } from '@crossfeed/engine'
import type { Settings } from '../config/settings.ts'
import { isLoopback } from '../access/host.ts'
import { grouped } from './terminal/chart.ts'
import { madeUpToken } from './emulated.ts'
import type { Style } from './terminal/style.ts'

/** `✓ Listening on http://127.0.0.1:4141, only this machine`. */
export function writeListening(url: string, settings: Settings, style: Style): string {
  const reach = isLoopback(settings.host) ? 'only this machine' : 'others can reach it with a key'
  return `${style.green('✓')} Listening on ${style.bold(url)}, ${reach}`
}

/** Who is signed in, and by which way. */
export function writeSignedIn(login: Login, account: AccountSummary | undefined, style: Style): string {
  const plan = account?.plan === undefined ? '' : `, Copilot ${planName(account.plan)}`
  const by = login.githubToken === madeUpToken ? ' (made up)' : `, by ${login.from}`
  return `${style.green('✓')} Signed in as ${login.login ?? account?.login ?? 'somebody'}${plan}${by}`
}

/** A supply, and what is said where it lists no models and that is no fault. */
interface SupplyLine {
  readonly name: string
  readonly unlisted?: string | undefined
}

/** The command that tells more of the models. */
const listing = 'crossfeed models'

/** What can be asked for, by supply: how many models, and as many of their names as a line takes. */
export function writeSupplies(
  supplies: readonly SupplyLine[],
  models: readonly ServedModel[],
  aliases: readonly string[],
  style: Style,
  command: string = listing,
): string {
  const isAlias = ({ id }: ServedModel): boolean => aliases.includes(id)
  const rows = [
    ...supplies.map(({ name, unlisted }) => ({
      name,
      unlisted,
      ids: models.filter((one) => one.provider === name && !isAlias(one)).map(({ id }) => id),
    })),
    { name: 'aliases', unlisted: undefined, ids: models.filter(isAlias).map(({ id }) => id) },
  ].filter(({ name, ids }) => ids.length > 0 || name !== 'aliases')
  const nameWidth = Math.max(...rows.map(({ name }) => name.length))
  const countWidth = Math.max(...rows.map(({ ids }) => grouped(ids.length).length))
  const lines = rows.map(({ name, unlisted, ids }) => {
    const head = `  ${name.padEnd(nameWidth)}  ${(ids.length === 0 ? '–' : grouped(ids.length)).padStart(countWidth)}  `
    if (ids.length === 0) return head + (unlisted ? style.dim(unlisted) : style.yellow('no models are listed'))
    return `${head}${style.dim(asManyAs(ids, lineWidth(style) - head.length))}`
  })
  const count = `${grouped(models.length)} ${models.length === 1 ? 'model' : 'models'}`
  const of = `${supplies.length} ${supplies.length === 1 ? 'supply' : 'supplies'}`
  return [`${style.green('✓')} ${count} of ${of}; ${command} tells limits and prices`, ...lines].join('\n')
}

/** The first names that fit, two blanks between them, and a mark where there are more; at least one. */
function asManyAs(names: readonly string[], width: number): string {
  let line = names[0] ?? ''
  for (const [index, name] of names.entries()) {
    if (index === 0) continue
    const rest = index === names.length - 1 ? 0 : 3
    if (line.length + 2 + name.length + rest > width) return `${line}  …`
    line += `  ${name}`
  }
  return line
}

function lineWidth({ width }: Style): number {
  return Math.min(width, 120)
}

/** The names of the models, in as few lines as they take: what was said before must stay on the screen. */
export function writeModels(models: readonly Model[], style: Style, command: string = listing): string {
  const head = `${style.green('✓')} ${grouped(models.length)} models; ${command} tells limits and prices`
  const width = lineWidth(style)
  const lines: string[] = []
  for (const { id } of models) {
    const last = lines.at(-1)
    if (last !== undefined && last.length + id.length + 2 <= width) lines[lines.length - 1] = `${last}  ${id}`
    else lines.push(`  ${id}`)
  }
  return [head, ...lines.map((line) => style.dim(line))].join('\n')
}

/** `individual_pro` as people say it. */
export function planName(plan: string): string {
  const known: Readonly<Record<string, string>> = { individual: 'Pro', individual_pro: 'Pro+', individual_max: 'Max' }
  return known[plan] ?? plan.charAt(0).toUpperCase() + plan.slice(1).replaceAll('_', ' ')
}
