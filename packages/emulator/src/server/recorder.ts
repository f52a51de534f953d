import type { IncomingHttpHeaders } from 'node:http'
import type { Call, EmulatorState } from '../state.ts'
import type { FaceName } from '../faces/face.ts'

/** One request as it arrived. */
export interface RecordedRequest {
  readonly method: string
  /** The further upstream that was asked; none for GitHub and Copilot. */
  readonly face?: FaceName
  /** With the prefix of Q4 or of a face, without the query. */
  readonly path: string
  readonly query: string
  /** Secrets (`authorization`, `api-key`, `x-api-key`, `copilot-session-token`) are shown as their kind and last four characters. */
  readonly headers: Readonly<Record<string, string>>
  /** Parsed when it is JSON or a form, else the text. */
  readonly body: unknown
  /** Milliseconds since 1970 when the request had arrived whole. */
  readonly time: number
  /** Status of the answer; 0 until there is one. */
  status: number
  /** The whole answer was sent. */
  finished: boolean
  /** The client went away before the end. */
  aborted: boolean
}

/** Requests that are kept: an emulator may run for days. */
const most = 5000

/** Records a call when it has arrived; `path` is its address where that is not the call's own. */
export function recordCall(call: Call, state: EmulatorState, path: string = call.path): RecordedRequest {
  const record: RecordedRequest = {
    method: call.method,
    ...(call.face !== undefined && { face: call.face }),
    path,
    query: call.query,
    headers: recordHeaders(call.headers),
    body: call.body ?? call.raw,
    time: state.options.now(),
    status: 0,
    finished: false,
    aborted: false,
  }
  state.requests.push(record)
  if (state.requests.length > most) state.requests.shift()
  return record
}

const hide = (value: string): string => {
  const [scheme = '', secret] = value.includes(' ') ? value.split(' ', 2) : ['', value]
  const kind =
    /^(gho_|ghu_|ghs_|ghp_|github_pat_)/.exec(secret ?? '')?.[0] ?? (secret?.includes('tid=') ? 'copilot:' : '')
  return `${scheme} ${kind}…${(secret ?? '').slice(-4)}`.trim()
}

const secretHeaders: ReadonlySet<string> = new Set(['authorization', 'api-key', 'x-api-key', 'copilot-session-token'])

/** Headers that are safe to show: secrets only by kind and last four characters. */
function recordHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]): [string, string] => {
    const text = Array.isArray(value) ? value.join(', ') : (value ?? '')
    return [name, secretHeaders.has(name) ? hide(text) : text]
  })
  return Object.fromEntries(entries)
}
