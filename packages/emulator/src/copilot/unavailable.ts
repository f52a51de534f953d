import { Refusal } from '../refusal.ts'
import type { EmulatorState } from '../state.ts'

const html =
  '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n'

/** The states of the service in which every model call is refused (Q37 to Q39), by switch. */
export function refuseByQuirk({ quirks, options }: EmulatorState): void {
  if (quirks['errors-html'])
    throw new Refusal(502, 'bad gateway', { plain: html, headers: { 'content-type': 'text/html' } })
  if (quirks['errors-empty']) throw new Refusal(502, 'bad gateway', { plain: '' })
  if (quirks['rate-limited-seconds']) throw limited('rate_limited', { 'retry-after': '3' })
  if (quirks['rate-limited-date']) {
    throw limited('rate_limited', { 'retry-after': new Date(options.now() + 60_000).toUTCString() })
  }
  if (quirks['rate-limited-text']) throw limited('user_weekly_rate_limited', {})
  if (quirks['rate-limited-plan']) throw limited('user_global_rate_limited:pro', { 'retry-after': '184000' })
  if (quirks['quota-exceeded']) {
    throw new Refusal(402, 'You have no quota', { code: 'quota_exceeded', headers: { 'retry-after': '3600' } })
  }
  if (quirks['too-large']) throw new Refusal(413, 'failed to parse request', { plain: 'failed to parse request\n' })
  if (quirks['prompt-filtered']) {
    throw new Refusal(422, 'The prompt was filtered by the content management policy.', { code: 'content_filter' })
  }
  if (quirks['client-refused'])
    throw new Refusal(466, 'client not supported: bad request: unknown API version', { code: 'client_not_supported' })
  if (quirks['cancelled']) throw new Refusal(499, 'request was cancelled', { code: 'cancelled' })
  if (quirks['unavailable']) throw new Refusal(503, 'upstream provider is overloaded', { code: 'model_overloaded' })
}

const limited = (code: string, headers: Readonly<Record<string, string>>): Refusal =>
  new Refusal(429, "Sorry, you've exceeded your 5 hour session limits. Please retry after 2733 seconds.", {
    code,
    headers: { 'x-ratelimit-exceeded': code.split(':')[0] ?? code, ...headers },
  })
