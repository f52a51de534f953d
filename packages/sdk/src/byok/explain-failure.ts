import { GatewayError } from '@crossfeed/protocols'
import type { ProviderConfig } from './config.ts'

/**
 * A failure of a session's own provider, with its address and the likely cause (S000, troubleshooting). Failures of other
 * supplies, and those that are explained already, stay as they are.
 */
export function explainFailure(error: GatewayError, provider: ProviderConfig | undefined): GatewayError {
  if (provider === undefined || explained.has(error)) return error
  const { code, status, retryAfter, reason, upstream } = error
  const hint = likelyCause(error, provider)
  const { origin } = new URL(provider.baseUrl)
  const where = error.message.includes(origin) ? '' : ` (${addressOf(provider.baseUrl)})`
  const fix = hint ?? error.fix
  const message = `${error.message.replace(/\.$/, '')}${where}.${hint === undefined ? '' : ` ${hint}`}`
  const told = new GatewayError(code, status, message, {
    cause: error,
    ...(retryAfter === undefined ? {} : { retryAfter }),
    ...(reason === undefined ? {} : { reason }),
    ...(upstream === undefined ? {} : { upstream }),
    ...(fix === undefined ? {} : { fix }),
  })
  explained.add(told)
  return told
}

/** Errors that this file made. */
const explained = new WeakSet<GatewayError>()

function likelyCause(error: GatewayError, provider: ProviderConfig): string | undefined {
  if (error.reason === 'network-refused') return notRunning(provider.baseUrl)
  if (error.status === 401 || error.status === 403) {
    return provider.bearerToken !== undefined || provider.bearerTokenProvider !== undefined
      ? 'Check that the bearer token is whole, not only its beginning, and not expired.'
      : 'Check that the API key is right and not expired.'
  }
  if (error.status === 404) {
    return `Check the model's name, and that baseUrl is written as type '${provider.type ?? 'openai'}' wants it: ${form(provider)}.`
  }
  return undefined
}

function notRunning(baseUrl: string): string {
  if (/:11434\b/.test(baseUrl)) return 'Start Ollama with: ollama serve'
  if (/\/\/(?:localhost|127\.0\.0\.1|\[::1\])/.test(baseUrl)) {
    return (
      'Nothing listens there: is the server running, and is this its port? The port of Foundry Local changes with each start; ' +
      'ask for it with: foundry service status'
    )
  }
  return 'Nothing listens there: check host and port.'
}

function form(provider: ProviderConfig): string {
  switch (provider.type) {
    case 'azure':
      return 'only the host, such as https://my-resource.openai.azure.com, with the deployment as the model'
    case 'anthropic':
      return 'only the host, such as https://api.anthropic.com'
    default:
      return 'with the version path, such as https://api.openai.com/v1'
  }
}

/** The address without what may be secret in it. */
function addressOf(baseUrl: string): string {
  const { origin, pathname } = new URL(baseUrl)
  return `${origin}${pathname}`
}
