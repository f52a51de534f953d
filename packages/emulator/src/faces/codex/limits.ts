import type { JsonObject } from '../../json.ts'
import { Refusal } from '../../refusal.ts'
import { jsonOutcome, sseEvent } from '../../server/outcome.ts'
import type { Outcome } from '../../server/outcome.ts'
import type { EmulatorState } from '../../state.ts'
import type { CodexAccount } from './accounts.ts'

/** One window of a plan. */
interface Window {
  readonly used: number
  readonly minutes: number
  /** Seconds until it is filled again. */
  readonly left: number
  /** Seconds since 1970. */
  readonly resetsAt: number
}

/** Five hours and a week, as paid plans have them. */
function windowsOf(
  account: CodexAccount,
  { options }: EmulatorState,
): { readonly primary: Window; readonly secondary: Window } {
  const now = Math.floor(options.now() / 1000)
  const window = (used: number, minutes: number, left: number): Window => ({
    used,
    minutes,
    left,
    resetsAt: now + left,
  })
  const used = account.usedPercent ?? 12
  return { primary: window(used, 300, 13_140), secondary: window(Math.min(100, Math.ceil(used / 3)), 10_080, 566_340) }
}

/** `x-codex-*` of an answer (captures in earendil-works/pi#4172 and icebear0828/codex-proxy#65). */
export function rateHeaders(account: CodexAccount, state: EmulatorState): Record<string, string> {
  if (!state.quirks['codex-rate-headers']) return {}
  const windows = Object.entries(windowsOf(account, state)).flatMap(([name, { used, minutes, left, resetsAt }]) => [
    [`x-codex-${name}-used-percent`, String(used)],
    [`x-codex-${name}-window-minutes`, String(minutes)],
    [`x-codex-${name}-reset-after-seconds`, String(left)],
    [`x-codex-${name}-reset-at`, String(resetsAt)],
  ])
  return {
    'x-codex-active-limit': 'premium',
    'x-codex-plan-type': account.plan,
    ...Object.fromEntries(windows),
    'x-codex-primary-over-secondary-limit-percent': '0',
    'x-codex-credits-has-credits': 'False',
    'x-codex-credits-balance': '',
    'x-codex-credits-unlimited': 'False',
  }
}

/** The event that tells the same inside a stream (Q45). */
export function rateEvent(account: CodexAccount, state: EmulatorState): string {
  const { primary, secondary } = windowsOf(account, state)
  const write = ({ used, minutes, left, resetsAt }: Window): JsonObject => ({
    used_percent: used,
    window_minutes: minutes,
    reset_after_seconds: left,
    reset_at: resetsAt,
  })
  return sseEvent(
    {
      type: 'codex.rate_limits',
      plan_type: account.plan,
      rate_limits: { allowed: true, limit_reached: false, primary: write(primary), secondary: write(secondary) },
      credits: { has_credits: false, unlimited: false, balance: null },
      metered_limit_name: 'codex',
    },
    'codex.rate_limits',
  )
}

/** Refuses an account whose window is used up (Q45). */
export function refuseUsedUp(account: CodexAccount, state: EmulatorState): void {
  const used = state.quirks['codex-usage-limit'] ? { ...account, usedPercent: 100 } : account
  const { primary } = windowsOf(used, state)
  if (primary.used < 100) return
  const error = {
    type: 'usage_limit_reached',
    message: 'The usage limit has been reached',
    plan_type: account.plan,
    resets_at: primary.resetsAt,
    eligible_promo: null,
    resets_in_seconds: primary.left,
  }
  throw new Refusal(429, error.message, { body: { error }, headers: rateHeaders(used, state) })
}

/** `GET /backend-api/wham/usage`. */
export function showUsage(account: CodexAccount, state: EmulatorState): Outcome {
  const { primary, secondary } = windowsOf(account, state)
  const write = ({ used, minutes, left, resetsAt }: Window): JsonObject => ({
    used_percent: used,
    limit_window_seconds: minutes * 60,
    reset_after_seconds: left,
    reset_at: resetsAt,
  })
  return jsonOutcome({
    account_id: account.id,
    email: account.email,
    plan_type: account.plan,
    rate_limit: {
      allowed: primary.used < 100,
      limit_reached: primary.used >= 100,
      primary_window: write(primary),
      secondary_window: write(secondary),
    },
    code_review_rate_limit: null,
    additional_rate_limits: null,
    credits: { has_credits: false, unlimited: false, balance: null },
    promo: null,
  })
}
