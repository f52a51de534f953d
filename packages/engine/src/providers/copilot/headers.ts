import { GatewayError } from '@crossfeed/protocols'

/**
 * Who a call says it comes from. `crossfeed`: ourselves, the default. `editor`: ourselves, with the editor and
 * integration headers that the service demands with an exchanged token of an editor's app. `opencode`: as that product.
 */
export type HeaderProfile = 'crossfeed' | 'editor' | 'opencode'

/** Every kind of outbound call. `token` and `account` and `user` go to the GitHub API, the others to the Copilot API. */
export type CallKind = 'chat' | 'responses' | 'messages' | 'embeddings' | 'models' | 'token' | 'account' | 'user'

/** What differs from call to call. */
interface CallMarks {
  /** The secret alone; the scheme word is added. */
  readonly bearer: string
  /** Who speaks: only the first call that answers a person's prompt is `user`. */
  readonly initiator?: 'user' | 'agent' | undefined
  /** Whether an image is sent to a model that sees. */
  readonly vision?: boolean | undefined
  readonly requestId?: string | undefined
  /** Such as `conversation-agent` or `conversation-subagent`. */
  readonly interactionType?: string | undefined
  /** Headers of the client, from `pickForwarded`. Win over everything but `extra`. */
  readonly forwarded?: Readonly<Record<string, string>> | undefined
}

export interface HeaderOptions {
  readonly profile: HeaderProfile
  /** Crossfeed's version, for its `User-Agent`. */
  readonly version: string
  /** Whether the bearer of Copilot calls is an exchanged token: the service then asks for an editor's version. */
  readonly exchanged?: boolean
  /** The user's own headers; win over everything, whatever the case of their names. */
  readonly extra?: Readonly<Record<string, string>> | undefined
}

/** Gives the whole header set of one call, names in small letters. */
export type WriteHeaders = (kind: CallKind, marks: CallMarks) => Record<string, string>

// Read from microsoft/vscode-copilot-chat, March 2026 (copilot-protocol.md §3.2).
const editorIdentity = {
  'copilot-integration-id': 'vscode-chat',
  'editor-version': 'vscode/1.112.0',
  'editor-plugin-version': 'copilot-chat/0.50.1',
}
const opencodeAgent = 'opencode/1.14.29'
const copilotApiVersion = '2026-06-01'
const internalApiVersion = '2025-04-01'
const restApiVersion = '2022-11-28'

const kinds: readonly CallKind[] = ['chat', 'responses', 'messages', 'embeddings', 'models', 'token', 'account', 'user']
const reserved: ReadonlySet<string> = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'upgrade'])
const ofEditors: readonly string[] = ['editor-version', 'editor-plugin-version', 'copilot-integration-id']
const ofOpencode: readonly string[] = ['user-agent', 'x-session-affinity', 'x-parent-session-id']

/**
 * The profile of a sign-in: it follows the app that the user chose, and never claims to be a product whose app was
 * not chosen.
 */
export function chooseProfile(app: string | undefined): HeaderProfile {
  if (app === 'opencode') return 'opencode'
  return app === 'copilot' || app === 'vscode' ? 'editor' : 'crossfeed'
}

/** Builds what is constant once, so that a call costs one spread. Throws `invalid-request` for a reserved extra header. */
export function createHeaders(options: HeaderOptions): WriteHeaders {
  const extra = readExtra(options.extra)
  const constant = new Map(kinds.map((kind) => [kind, constantPart(kind, options)]))

  return (kind, marks) => {
    const headers: Record<string, string> = { ...constant.get(kind) }
    headers['authorization'] = `${isGitHub(kind) ? 'token' : 'Bearer'} ${marks.bearer}`
    if (marks.initiator !== undefined) headers['x-initiator'] = marks.initiator
    if (marks.vision === true) headers['copilot-vision-request'] = 'true'
    if (options.profile !== 'opencode') {
      if (marks.requestId !== undefined) headers['x-request-id'] = marks.requestId
      if (marks.interactionType !== undefined) headers['x-interaction-type'] = marks.interactionType
    }
    if (marks.forwarded !== undefined) Object.assign(headers, marks.forwarded)
    return extra === undefined ? headers : Object.assign(headers, extra)
  }
}

/**
 * What a client says of itself that goes upstream: its editor headers, with its `User-Agent` beside them; and opencode's
 * agent and session where its app was chosen (OC-05). Undefined for all others. Names must be in small letters.
 */
export function pickForwarded(
  client: Readonly<Record<string, string | readonly string[] | undefined>>,
  profile: HeaderProfile,
): Record<string, string> | undefined {
  const agent = client['user-agent']
  const isOpencode = profile === 'opencode' && typeof agent === 'string' && agent.startsWith('opencode/')
  let picked: Record<string, string> | undefined
  for (const name of isOpencode ? ofOpencode : ofEditors) {
    const value = client[name]
    if (typeof value === 'string' && value !== '') (picked ??= {})[name] = value
  }
  if (picked !== undefined && typeof agent === 'string') picked['user-agent'] = agent
  return picked
}

function constantPart(kind: CallKind, { profile, version, exchanged }: HeaderOptions): Record<string, string> {
  const headers: Record<string, string> = {
    accept: kind === 'chat' || kind === 'responses' || kind === 'messages' ? '*/*' : 'application/json',
    'user-agent': profile === 'opencode' ? opencodeAgent : `crossfeed/${version}`,
    'x-github-api-version': apiVersion(kind),
  }
  if (kind === 'user') return headers
  // The service wants to know the editor with exchanged tokens. Without an editor's app we name ourselves.
  if (profile === 'editor') Object.assign(headers, editorIdentity)
  else if (profile === 'crossfeed' && (exchanged === true || isGitHub(kind))) {
    headers['editor-version'] = `crossfeed/${version}`
    headers['editor-plugin-version'] = `crossfeed/${version}`
  }
  if (isGitHub(kind)) return headers
  headers['openai-intent'] = intent(kind, profile)
  if (kind !== 'models') headers['content-type'] = 'application/json'
  if (kind === 'messages') headers['anthropic-version'] = '2023-06-01'
  return headers
}

function intent(kind: CallKind, profile: HeaderProfile): string {
  if (profile === 'opencode') return 'conversation-edits'
  if (kind === 'models') return 'model-access'
  return kind === 'embeddings' ? 'copilot-panel' : 'conversation-agent'
}

function apiVersion(kind: CallKind): string {
  if (kind === 'user') return restApiVersion
  return isGitHub(kind) ? internalApiVersion : copilotApiVersion
}

function isGitHub(kind: CallKind): boolean {
  return kind === 'token' || kind === 'account' || kind === 'user'
}

function readExtra(extra: Readonly<Record<string, string>> | undefined): Record<string, string> | undefined {
  if (extra === undefined) return undefined
  const read: Record<string, string> = {}
  for (const [name, value] of Object.entries(extra)) {
    const key = name.toLowerCase()
    if (reserved.has(key)) {
      throw new GatewayError(
        'invalid-request',
        400,
        `The header ${name} cannot be set: it belongs to the connection.`,
        {
          reason: 'config-headers',
        },
      )
    }
    read[key] = value
  }
  return read
}
