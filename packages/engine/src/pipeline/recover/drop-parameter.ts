import type { GatewayError } from '@crossfeed/protocols'
import type { Refusals } from '../learned.ts'
import type { Recovery } from './recovery.ts'

/** Members without which a request is no request. */
const essential: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'input',
  'stream',
  'tools',
  'max_tokens',
  'instructions',
  'system',
])

/**
 * A member, value or beta header that the upstream does not know: it goes, and is remembered for that target, so that a
 * client's new release costs one replay (user-pain 4.1, 4.10).
 */
export const dropParameter: Recovery = {
  name: 'drop-parameter',
  matches: (error) => error.status === 400 && findRefused(error) !== undefined,
  repair(error, failed) {
    const refused = findRefused(error)
    if (!refused) return undefined
    refused.learn(failed.learned.add(failed.target))
    failed.note(refused.note)
    return 0
  },
}

interface Refused {
  readonly note: string
  learn(refusals: Refusals): void
}

function findRefused(error: GatewayError): Refused | undefined {
  const renamed = /Unsupported parameter: '([\w.]+)'.*[Uu]se '([\w.]+)' instead/s.exec(error.message)
  if (renamed?.[1] && renamed[2]) return rename(renamed[1], renamed[2])
  const beta = /anthropic-beta/i.test(error.message)
    ? /[`'"]([a-z0-9-]+-20\d\d-\d\d-\d\d)[`'"]/.exec(error.message)?.[1]
    : undefined
  if (beta) return { note: `beta-dropped:${beta}`, learn: (refusals) => void refusals.betas.add(beta) }
  const path = findPath(error)
  if (path === undefined || essential.has(path)) return undefined
  return { note: `dropped:${path}`, learn: (refusals) => void refusals.members.add(path) }
}

function rename(from: string, to: string): Refused {
  return { note: `renamed:${from}>${to}`, learn: (refusals) => void refusals.renamed.set(from, to) }
}

const namings = [
  /^([\w.[\]]+): Extra inputs are not permitted/,
  /(?:Unknown|Unsupported|Unrecognized) (?:request )?(?:parameter|argument|field)(?: supplied)?: ['"`]?([\w.[\]]+)['"`]?/i,
  /Unsupported value: ['"`]([\w.[\]]+)['"`] does not support/i,
  /['"`]([\w.[\]]+)['"`] is not supported (?:with|by|for) this model/i,
  /(?:parameter|field|argument) ['"`]([\w.[\]]+)['"`] is not (?:supported|permitted|allowed)/i,
]

function findPath(error: GatewayError): string | undefined {
  for (const naming of namings) {
    const found = naming.exec(error.message)?.[1]
    if (found) return toPattern(found)
  }
  const code = error.upstream?.code
  const param = error.upstream?.param
  return param && (code === 'unsupported_parameter' || code === 'unknown_parameter') ? toPattern(param) : undefined
}

/** `system.1.cache_control.scope` and `input[3].status` with `*` for the indexes. */
function toPattern(path: string): string {
  return path
    .replace(/\[(\d+)\]/g, '.$1')
    .split('.')
    .filter((segment) => segment !== '')
    .map((segment) => (/^\d+$/.test(segment) ? '*' : segment))
    .join('.')
}
