import { asObject, asObjects, type GatewayError, type Json } from '@crossfeed/protocols'
import type { Reasoning } from '../learned/circumstances.ts'
import { makeRoom, type Refusals } from '../learned/learned.ts'
import type { Failed, Recovery } from './recovery.ts'
import { refusedNames } from './refused-names.ts'

/** Members that a request is made of. */
const structural: ReadonlySet<string> = new Set([
  'model',
  'messages',
  'input',
  'stream',
  'tools',
  'instructions',
  'system',
])

/** Members without which a request is no request, or means something else. */
const essential: ReadonlySet<string> = new Set([...structural, 'max_tokens'])

/** Members of messages, items and tools without which these are none: what is wrong with them is the client's to know. */
const essentialWithin: ReadonlySet<string> = new Set([
  'role',
  'type',
  'content',
  'text',
  'source',
  'call_id',
  'tool_call_id',
  'tool_use_id',
  'name',
  'input',
  'output',
  'arguments',
  'function',
  'parameters',
  'input_schema',
])

/** Members that OpenAI's models take only while they do not reason, which the refusal does not say. */
const sampling: ReadonlySet<string> = new Set([
  'temperature',
  'top_p',
  'top_k',
  'logprobs',
  'top_logprobs',
  'presence_penalty',
  'frequency_penalty',
])

/**
 * A member, value or beta header that the upstream does not know: it goes, and is remembered for that target, so that a
 * client's new release costs one replay (user-pain 4.1, 4.10).
 */
export const dropParameter: Recovery = {
  name: 'drop-parameter',
  thing: (error) => findRefused(error)?.thing ?? '',
  matches: (error) => (error.status === 400 || error.status === 422) && findRefused(error) !== undefined,
  repair(error, failed) {
    const refused = findRefused(error)
    if (!refused) return undefined
    refused.learn(failed)
    return 0
  },
}

/** What leaves it out of a body says so there; a beta goes unnoticed but for what is noted here. */
interface Refused {
  readonly thing: string
  learn(failed: Failed): void
}

function findRefused(error: GatewayError): Refused | undefined {
  const renamed = /Unsupported parameter: '([\w.]+)'.*[Uu]se '([\w.]+)' instead/s.exec(error.message)
  if (renamed?.[1] && renamed[2] && !structural.has(renamed[1])) return rename(renamed[1], renamed[2])
  const beta = /anthropic-beta/i.test(error.message)
    ? /[`'"]([a-z0-9-]+-20\d\d-\d\d-\d\d)[`'"]/.exec(error.message)?.[1]
    : undefined
  if (beta) {
    const learn = ({ refuseBeta, note }: Failed): void => {
      refuseBeta(beta)
      note(`beta-dropped:${beta}`)
    }
    return { thing: beta, learn }
  }
  const feature = missingFeature.exec(error.message)?.[1]
  if (feature) return dropFeature(feature)
  if (/\binvalid beta flag\b/i.test(error.message)) return dropAllBetas
  const several = severalNamed.exec(error.message)?.[1]?.split(/,\s*/)
  if (several && !several.some((member) => essential.has(member))) return dropAll(several)
  const named = refusedNames(error.message).map(toPattern).filter(isDroppable)
  if (named.length > 0) return dropAll(named)
  const value = findValue(error)
  if (value) return value
  const located = findLocations(error.upstream?.body).filter(isDroppable)
  if (located.length > 0) return dropAll(located)
  const meant = sayings.find(([saying]) => saying.test(error.message))?.[1]
  if (meant) return dropAll(meant)
  const path = findPath(error)
  if (path === undefined || !isDroppable(path)) return undefined
  return dropAll([path])
}

/** OpenRouter's words where no provider of a model has what a beta opens (YishenTu/claudian#433, farion1231/cc-switch#1913). */
const missingFeature = /No endpoints available that support Anthropic's [^(]*\(([a-z0-9-]+-20\d\d-\d\d-\d\d)\)/i

/** The beta goes, and with it the member that it opens, which has its name. */
function dropFeature(beta: string): Refused {
  return {
    thing: beta,
    learn({ refuseBeta, teach, note }) {
      refuseBeta(beta)
      note(`beta-dropped:${beta}`)
      const member = beta.replace(/-20[\d-]+$/, '').replaceAll('-', '_')
      if (isDroppable(member)) teach(({ members }) => makeRoom(members).add(member))
    },
  }
}

/** Bedrock's words, which name none: all of these go, from requests with just these. */
const dropAllBetas: Refused = {
  thing: 'betas',
  learn({ address, teach, note }) {
    const sent = (address.headers['anthropic-beta'] ?? '').split(',').filter((beta) => beta !== '')
    for (const beta of sent) note(`beta-dropped:${beta}`)
    teach(({ betas }) => sent.forEach((beta) => makeRoom(betas).add(beta)))
  },
}

/** OpenAI's words where a chat request has more than one member that it does not know. */
const severalNamed = /Unrecognized request arguments supplied: (\w+(?:, ?\w+)+)/i

function dropAll(paths: readonly string[]): Refused {
  return {
    thing: paths.join(),
    learn: ({ teach, circumstances: { reasoning } }) =>
      teach((known) => paths.forEach((path) => makeRoom(membersOf(known, path, reasoning)).add(path))),
  }
}

function membersOf(known: Refusals, path: string, reasoning: Reasoning): Set<string> {
  if (!sampling.has(path)) return known.members
  const found = known.sampling.get(reasoning) ?? new Set()
  known.sampling.set(reasoning, found)
  return found
}

/**
 * OpenAI's words for one value of a member, such as an effort that this model has not: the others are taken. Of sampling it
 * takes the default alone, so that the member goes.
 */
function findValue({ message, upstream }: GatewayError): Refused | undefined {
  const [, named, given] = /Unsupported value: '([\w.[\]]+)' does not support '([^']+)'/.exec(message) ?? []
  // The same with the member beside it.
  const alone = upstream?.param && /Unsupported value: '([^']+)' is not supported/.exec(message)?.[1]
  const [member, value] = alone ? [upstream?.param, alone] : [named, given]
  if (member === undefined || value === undefined || /only the default/i.test(message)) return undefined
  const path = toPattern(member)
  if (!isDroppable(path)) return undefined
  return {
    thing: `${path}=${value}`,
    learn: ({ teach }) =>
      teach(({ values }) => {
        const refused = values.get(path) ?? new Set()
        if (!values.has(path)) makeRoom(values).set(path, refused)
        makeRoom(refused).add(value)
      }),
  }
}

function isDroppable(path: string): boolean {
  return !essential.has(path) && !isEssentialWithin(path)
}

/** Such as `messages.*.role`: "Unsupported value: 'messages[0].role' does not support 'system' with this model." */
function isEssentialWithin(path: string): boolean {
  const [first = '', ...within] = path.split('.')
  const name = within.at(-1) ?? ''
  // Libraries copy the role into the parts of a turn, where it says nothing.
  if (name === 'role' && within.includes('content')) return false
  return structural.has(first) && essentialWithin.has(name)
}

function rename(from: string, to: string): Refused {
  return {
    thing: `${from}>${to}`,
    learn: ({ teach }) => teach(({ renamed }) => void makeRoom(renamed).set(from, to)),
  }
}

const namings = [
  /(?:Unknown|Unsupported|Unrecognized) (?:request )?(?:parameter|argument|field)(?: supplied)?: ['"`]?([\w.[\]]+)['"`]?/i,
  /Unsupported value: ['"`]([\w.[\]]+)['"`] does not support/i,
  /['"`]([\w.[\]]+)['"`] is not supported (?:with|by|for) this model/i,
  // Anthropic's, of sampling that its newest models or those that think take no more
  /['"`](\w+)['"`] is deprecated for this model/i,
  /(?:^|[\s'"`])(temperature|top_p|top_k)['"`]? (?:may only be set to 1|must be unset|must be .{0,40}or unset) when thinking/i,
  /(?:parameter|field|argument) ['"`]([\w.[\]]+)['"`] is not (?:supported|permitted|allowed)/i,
]

/**
 * Refusals that do not name their member: OpenAI's of models that do not reason, Ollama's of models that do not think, which
 * says the same at each of its endpoints.
 */
const sayings: readonly (readonly [RegExp, readonly string[]])[] = [
  [/^Encrypted content is not supported with this model/i, ['include.reasoning.encrypted_content']],
  [/does not support thinking/i, ['reasoning_effort', 'reasoning.effort', 'thinking', 'output_config.effort']],
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

/** FastAPI's form, of Mistral and of servers in Python: `{detail: [{type: 'extra_forbidden', loc: ['body', …]}]}`. */
function findLocations(body: Json | undefined): readonly string[] {
  const paths = asObjects(asObject(body)?.['detail']).flatMap(({ type, loc }) => {
    if (type !== 'extra_forbidden' || !Array.isArray(loc)) return []
    const names = loc.filter((step: Json, index) => index > 0 || step !== 'body')
    return names.length === 0 ? [] : toPattern(names.join('.'))
  })
  return [...new Set(paths)]
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
