import { errorWith, type GatewayError, type UpstreamError } from '@crossfeed/protocols'

/** Headers whose values nobody but the upstream may see. */
const secretive = /authorization|token|key|secret|cookie|passw/i

/** An upstream's words without the secrets that it was sent: some repeat in their errors what they refuse. */
export function hideSecrets(text: string, sent: Readonly<Record<string, string>>): string {
  let hidden = text
  for (const name in sent) {
    const value = secretive.test(name) ? sent[name]?.replace(/^(?:bearer|token|basic) /i, '') : undefined
    if (value !== undefined && value.length >= 6) hidden = hidden.replaceAll(value, '…')
  }
  return hidden
}

/** An error that an upstream's answer held, without them; the same object where there are none in it. */
export function withoutSecrets(error: GatewayError, sent: Readonly<Record<string, string>>): GatewayError {
  const { upstream } = error
  const message = hideSecrets(error.message, sent)
  const said = JSON.stringify(upstream ?? null)
  const hidden = hideSecrets(said, sent)
  if (message === error.message && hidden === said) return error
  // Only texts in it have changed.
  const told = upstream && (JSON.parse(hidden) as UpstreamError)
  // The cause may hold them, too.
  return errorWith(error, { message, upstream: told, cause: undefined })
}
