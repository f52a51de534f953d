import { GatewayError } from '@crossfeed/protocols'
import type { Redact } from '../observe/redact.ts'
import type { Style } from './style.ts'

export interface PrintOptions {
  readonly style: Pick<Style, 'red' | 'bold'>
  readonly redact: Redact
  readonly json: boolean
  readonly verbose: boolean
}

/** Reasons whose text says it all: no code is shown with them. */
const plainReasons = /^(usage$|config-|port-|token-kind$|no-sign-in$|model-not-found$|open-bind$|home-unwritable$)/

/** An error for people, four lines at most: what did not happen, why, the fix, the code. */
export function writeError(error: unknown, options: PrintOptions): string {
  const known = error instanceof GatewayError ? error : unexpected(error)
  const reason = known.reason ?? known.code
  if (options.json) {
    const body = { message: known.message, code: reason, fix: known.fix, requestId: known.upstream?.requestId }
    return `${options.redact(JSON.stringify({ schema: 1, error: body }))}\n`
  }
  const [headline = '', ...why] = inLines(known.message)
  const more = [reason, known.upstream?.requestId].filter((part) => part !== undefined).join(' · ')
  const lines = [
    `✕ ${headline}`,
    ...why.map((line) => `  ${line}`),
    ...(known.fix === undefined ? [] : [`  Fix   ${known.fix}`]),
    ...(plainReasons.test(reason) ? [] : [`  More  ${more}`]),
  ]
  const text = options.redact(lines.join('\n'))
  const stack = options.verbose && error instanceof Error ? `\n${options.redact(stackOf(error))}` : ''
  return `${text.replace(/^✕ .*/, (line) => options.style.red(line))}${stack}\n`
}

/** The message's lines; a long one is broken where its reason begins. */
function inLines(message: string): string[] {
  if (message.includes('\n')) return message.split('\n')
  const at = message.indexOf(': ')
  if (message.length < 50 || at < 10) return [message]
  const why = message.slice(at + 2)
  return [message.slice(0, at), why.charAt(0).toUpperCase() + why.slice(1)]
}

function unexpected(error: unknown): GatewayError {
  const words = error instanceof Error ? error.message : String(error)
  return new GatewayError('internal', 500, `Something in Crossfeed failed\n${words}`, {
    fix: 'Run it again with --verbose, and report what it shows.',
    cause: error,
  })
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\nCaused by: ${stackOf(error.cause)}` : ''
  return `${error.stack ?? error.message}${cause}`
}
