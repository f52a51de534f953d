import { jsonOutcome } from '../server/outcome.ts'
import type { Outcome } from '../server/outcome.ts'
import { Refusal } from '../refusal.ts'
import type { Call, EmulatorState } from '../state.ts'
import { issueCopilotToken, readGithubToken } from './credentials.ts'

const notFound = (): Refusal =>
  new Refusal(404, 'Not Found', {
    body: { message: 'Not Found', documentation_url: 'https://docs.github.com/rest', status: '404' },
  })

const forbidden = {
  can_signup_for_limited: true,
  error_details: {
    message: 'No access to Copilot found. You are currently logged in as octo-dev.',
    notification_id: 'not_signed_up',
    title: 'Sign up for GitHub Copilot',
    url: 'https://github.com/github-copilot/signup',
  },
  message: 'Resource not accessible by integration',
}

const rateLimited = {
  message:
    'API rate limit exceeded for user ID 1. If you reach out to GitHub Support for help, please include the request ID.',
  documentation_url: 'https://docs.github.com/rest/overview/rate-limits-for-the-rest-api',
  status: '403',
}

/** `GET /user`: who the token belongs to. */
export function readUser(call: Call, state: EmulatorState): Outcome {
  readGithubToken(call, state)
  return jsonOutcome({
    login: state.options.login,
    id: 1,
    node_id: 'MDQ6VXNlcjE=',
    type: 'User',
    name: null,
    email: null,
  })
}

const hosts = (api: string): Readonly<Record<string, string>> => ({
  api,
  'origin-tracker': 'https://origin-tracker.individual.githubcopilot.com',
  proxy: 'https://proxy.individual.githubcopilot.com',
  telemetry: 'https://telemetry.individual.githubcopilot.com',
})

/** `GET /copilot_internal/v2/token`: the exchange, with Q2, Q4 and Q5. */
export function exchangeToken(call: Call, state: EmulatorState): Outcome {
  const { quirks, options } = state
  const token = readGithubToken(call, state)
  if (quirks['exchange-unauthorized']) {
    throw new Refusal(401, 'Bad credentials', { body: { message: 'Bad credentials', status: '401' } })
  }
  if (quirks['exchange-forbidden']) throw new Refusal(403, forbidden.message, { body: forbidden })
  if (quirks['exchange-rate-limited']) throw new Refusal(403, rateLimited.message, { body: rateLimited })
  if (quirks['exchange-not-found'] || state.direct.has(token) || token.startsWith('github_pat_')) throw notFound()
  const expires = Math.floor(options.now() / 1000) + options.tokenLife
  const needed = {
    token: issueCopilotToken(state, expires),
    expires_at: expires,
    refresh_in: Math.max(1, options.tokenLife - 300),
  }
  if (quirks['token-sparse']) {
    return jsonOutcome({ ...needed, limited_user_quotas: null, limited_user_reset_date: null, enterprise_list: null })
  }
  return jsonOutcome({
    agent_mode_auto_approval: true,
    annotations_enabled: true,
    azure_only: false,
    blackbird_clientside_indexing: false,
    chat_enabled: true,
    chat_jetbrains_enabled: true,
    code_quote_enabled: true,
    code_review_enabled: true,
    codesearch: true,
    copilotignore_enabled: false,
    endpoints: hosts(quirks['token-other-endpoint'] ? `${state.url}/tenant` : state.url),
    individual: true,
    limited_user_quotas: null,
    limited_user_reset_date: null,
    prompt_8k: true,
    public_suggestions: 'disabled',
    sku: 'plus_monthly_subscriber_quota',
    snippy_load_test_enabled: false,
    telemetry: 'disabled',
    tracking_id: '3f0c2a9b1d7e4c58a6b2f1e0d9c8b7a6',
    vsc_electron_fetcher_v2: false,
    xcode: true,
    xcode_chat: true,
    ...needed,
  })
}

/** `GET /copilot_internal/user`: plan and quota, with the variants of Q7. */
export function readAccount(call: Call, state: EmulatorState): Outcome {
  readGithubToken(call, state)
  const { quirks, options } = state
  if (quirks['user-not-found']) throw notFound()
  const free = quirks['user-free']
  const business = quirks['user-business']
  const { plan, sku } = planOf(free, business)
  return jsonOutcome({
    login: options.login,
    access_type_sku: sku,
    analytics_tracking_id: '3f0c2a9b1d7e4c58a6b2f1e0d9c8b7a6',
    assigned_date: null,
    can_signup_for_limited: false,
    can_upgrade_plan: !business,
    chat_enabled: true,
    cli_remote_control_enabled: true,
    cloud_session_storage_enabled: true,
    codex_agent_enabled: !free,
    copilot_plan: plan,
    copilotignore_enabled: business,
    endpoints: hosts(quirks['token-other-endpoint'] ? `${state.url}/user-tenant` : state.url),
    is_mcp_enabled: true,
    is_staff: false,
    organization_list: business ? [{ login: 'octo-org', name: 'Octo' }] : [],
    organization_login_list: business ? ['octo-org'] : [],
    ...(free
      ? {
          limited_user_quotas: { chat: 420, completions: 4000 },
          monthly_quotas: { chat: 500, completions: 4000 },
          limited_user_reset_date: '2026-12-01',
        }
      : {
          quota_reset_date: '2026-12-01',
          quota_reset_date_utc: '2026-12-01T00:00:00.000Z',
          quota_snapshots: snapshots(state),
        }),
    restricted_telemetry: true,
    te: false,
    token_based_billing: !free && !business,
  })
}

function planOf(free: boolean, business: boolean): { readonly plan: string; readonly sku: string } {
  if (free) return { plan: 'free', sku: 'free_limited_copilot' }
  if (business) return { plan: 'business', sku: 'copilot_for_business_seat_quota' }
  return { plan: 'individual_pro', sku: 'plus_monthly_subscriber_quota' }
}

function snapshots({ quirks, options }: EmulatorState): Readonly<Record<string, unknown>> {
  const names = ['chat', 'completions', 'premium_interactions']
  if (quirks['user-null-snapshots']) return Object.fromEntries(names.map((name) => [name, null]))
  const entries = names.map((name): [string, unknown] => {
    const limited = name === 'premium_interactions'
    const entitlement = quirks['user-business'] ? 300 : 7000
    return [
      name,
      {
        entitlement: limited ? entitlement : 0,
        has_quota: true,
        overage_count: 0,
        overage_permitted: limited,
        percent_remaining: limited ? 60.5 : 100,
        quota_id: name,
        quota_remaining: limited ? entitlement * 0.605 : 0,
        quota_reset_at: 1_796_083_200,
        remaining: limited ? Math.floor(entitlement * 0.605) : 0,
        timestamp_utc: new Date(options.now()).toISOString(),
        token_based_billing: limited && !quirks['user-business'],
        unlimited: !limited,
      },
    ]
  })
  return Object.fromEntries(entries)
}
