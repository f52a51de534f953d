import { asBoolean, asNumber, asObject, asObjects, asString, isObject, parseObject } from '@crossfeed/protocols'
import type { GatewayError, JsonObject } from '@crossfeed/protocols'
import type { Clock } from '../../ports.ts'
import type { Answer, AnswerHeaders, Transport } from '../../transport/http.ts'
import type { CallKind, WriteHeaders } from './headers.ts'
import { addressOf } from './hosts.ts'
import type { Hosts } from './hosts.ts'
import { gitHubRefusal } from './refusal.ts'

/** What a call to the GitHub API with a GitHub token needs. */
export interface GitHubAccess {
  readonly transport: Transport
  readonly clock: Clock
  readonly hosts: Hosts
  readonly writeHeaders: WriteHeaders
  readonly token: string
}

/** One counter of use. Absent members were not said. */
export interface QuotaSnapshot {
  /** `chat`, `completions`, `premium_interactions`, … */
  readonly id: string
  readonly unlimited: boolean
  readonly entitlement?: number
  readonly remaining?: number
  readonly percentRemaining?: number
  readonly overageCount?: number
  readonly overagePermitted?: boolean
  /** Whether the numbers are AI credits. */
  readonly tokenBilling?: boolean
  /** ISO 8601. */
  readonly resets?: string
}

/** What GitHub says about an account's Copilot. */
export interface AccountSummary {
  readonly login?: string
  /** `free`, `individual`, `individual_pro`, `business`, `enterprise`, or a newer word. */
  readonly plan?: string
  readonly sku?: string
  /** `endpoints.api`, not yet checked: pass it to `Hosts.copilot`. */
  readonly endpoint?: string
  /** ISO 8601; of the account as a whole. */
  readonly resets?: string
  readonly tokenBilling: boolean
  readonly organizations: readonly string[]
  readonly snapshots: readonly QuotaSnapshot[]
  readonly raw: JsonObject
}

/** Asks `/copilot_internal/user`. Throws what `gitHubRefusal` says, with 404 as `copilot-refused`. */
export async function loadAccount(access: GitHubAccess): Promise<AccountSummary> {
  return readAccount(await loadGitHub(access, 'account', '/copilot_internal/user'))
}

/** Asks `/user` for the login name. */
export async function loadGitHubLogin(access: GitHubAccess): Promise<string | undefined> {
  return asString((await loadGitHub(access, 'user', '/user'))['login'])
}

/** One GET at the GitHub API with short limits, whatever its status. */
export function askGitHub(access: GitHubAccess, kind: CallKind, path: string): Promise<Answer> {
  const { transport, hosts, writeHeaders, token } = access
  return transport.request(
    {
      method: 'GET',
      ...addressOf(hosts.api, path),
      headers: writeHeaders(kind, { bearer: token }),
      timeouts: { headers: 15_000, idle: 15_000 },
    },
    1024 * 1024,
  )
}

async function loadGitHub(access: GitHubAccess, kind: CallKind, path: string): Promise<JsonObject> {
  const answer = await askGitHub(access, kind, path)
  const body = answer.status === 200 ? parseObject(answer.body.toString()) : undefined
  if (body !== undefined) return body
  throw gitHubRefusal(answer, new URL(access.hosts.api).host, access.token, access.clock.now())
}

/** Reads `/copilot_internal/user` of any plan and age: everything may be missing or null. */
export function readAccount(raw: JsonObject): AccountSummary {
  const snapshots = Object.entries(asObject(raw['quota_snapshots']) ?? {}).flatMap(([id, value]) =>
    isObject(value) ? [readSnapshot(id, value)] : [],
  )
  const logins = Array.isArray(raw['organization_login_list']) ? raw['organization_login_list'] : []
  return sparse({
    login: asString(raw['login']),
    plan: asString(raw['copilot_plan']),
    sku: asString(raw['access_type_sku']),
    endpoint: asString(asObject(raw['endpoints'])?.['api']),
    resets:
      isoDate(raw['quota_reset_date_utc']) ??
      isoDate(raw['quota_reset_date']) ??
      isoDate(raw['limited_user_reset_date']),
    tokenBilling: asBoolean(raw['token_based_billing']) ?? snapshots.some((one) => one.tokenBilling === true),
    organizations:
      logins.length > 0
        ? logins.filter((one) => typeof one === 'string')
        : asObjects(raw['organization_list']).flatMap((one) => asString(one['login']) ?? []),
    snapshots: snapshots.length > 0 ? snapshots : readFreePlan(raw),
    raw,
  })
}

/** Percent left of each quota that has a limit, as the headers of a model answer say; undefined when they say nothing. */
export function readLeft(headers: AnswerHeaders): Readonly<Record<string, number>> | undefined {
  let left: Record<string, number> | undefined
  for (const { id, unlimited, percentRemaining } of readQuotaHeaders(headers)) {
    if (!unlimited && percentRemaining !== undefined) (left ??= {})[id] = percentRemaining
  }
  return left
}

/** Limits of the account, not of one model (copilot-protocol.md §9.3); `:<plan>` may follow. */
const accountLimits: ReadonlySet<string> = new Set([
  'user_global_rate_limited',
  'user_weekly_rate_limited',
  'integration_rate_limited',
])

/** Whether a refusal is for a limit that holds for all models of the account. */
export function isAccountLimit({ upstream }: GatewayError): boolean {
  return accountLimits.has(upstream?.code?.split(':', 1)[0] ?? '')
}

/** When the first of the quotas that are used up is filled again, in milliseconds since 1970. */
export function readReset(headers: AnswerHeaders): number | undefined {
  const resets = readQuotaHeaders(headers)
    .filter((one) => one.percentRemaining === 0 && !one.overagePermitted && one.resets !== undefined)
    .map((one) => Date.parse(one.resets ?? ''))
  return resets.length > 0 ? Math.min(...resets) : undefined
}

/** Reads the `x-quota-snapshot-…` headers that come with model answers, errors too. */
export function readQuotaHeaders(headers: AnswerHeaders): QuotaSnapshot[] {
  const snapshots: QuotaSnapshot[] = []
  for (const name in headers) {
    if (!name.startsWith('x-quota-snapshot-')) continue
    const value = headers[name]
    const form = new URLSearchParams(Array.isArray(value) ? value[0] : value)
    const entitlement = formNumber(form, 'ent')
    const permitted = form.get('ovPerm')
    snapshots.push(
      sparse({
        id: name.slice('x-quota-snapshot-'.length),
        unlimited: entitlement === -1,
        entitlement: entitlement === -1 ? undefined : entitlement,
        percentRemaining: formNumber(form, 'rem'),
        overageCount: formNumber(form, 'ov'),
        overagePermitted: permitted === null ? undefined : permitted === 'true',
        resets: isoDate(form.get('rst')),
      }),
    )
  }
  return snapshots
}

function readSnapshot(id: string, value: JsonObject): QuotaSnapshot {
  const entitlement = asNumber(value['entitlement'])
  const unlimited = asBoolean(value['unlimited']) ?? entitlement === -1
  return sparse({
    id,
    unlimited,
    entitlement: unlimited ? undefined : entitlement,
    remaining: unlimited ? undefined : (asNumber(value['quota_remaining']) ?? asNumber(value['remaining'])),
    percentRemaining: asNumber(value['percent_remaining']),
    overageCount: asNumber(value['overage_count']),
    overagePermitted: asBoolean(value['overage_permitted']),
    tokenBilling: asBoolean(value['token_based_billing']),
    resets: isoDate(value['quota_reset_at']),
  })
}

/** Free accounts may have what is left and what a month gives, and no snapshots. */
function readFreePlan(raw: JsonObject): QuotaSnapshot[] {
  const left = asObject(raw['limited_user_quotas']) ?? {}
  const monthly = asObject(raw['monthly_quotas']) ?? {}
  const resets = isoDate(raw['limited_user_reset_date'])
  return [...new Set([...Object.keys(left), ...Object.keys(monthly)])].map((id) => {
    const remaining = asNumber(left[id])
    const entitlement = asNumber(monthly[id])
    const known = remaining !== undefined && entitlement !== undefined && entitlement > 0
    const percentRemaining = known ? (100 * remaining) / entitlement : undefined
    return sparse({ id, unlimited: false, entitlement, remaining, percentRemaining, resets })
  })
}

/** Dates come as seconds since 1970, as a day, or whole. */
function isoDate(value: unknown): string | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined
  const date = new Date(typeof value === 'number' ? value * 1000 : value)
  return Number.isNaN(date.getTime()) ? undefined : date.toISOString()
}

function formNumber(form: URLSearchParams, key: string): number | undefined {
  const text = form.get(key)
  return text === null || text === '' ? undefined : asNumber(Number(text))
}

type Sparse<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>
}

function sparse<T extends object>(members: T): Sparse<T> {
  // Members that are undefined are left out, which is what the type says.
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as Sparse<T>
}
