import type { OAuthSignIn } from '../../credentials/oauth-store.ts'
import type { CallFacts, ClientHeaders } from '../provider.ts'
import { identityHeaders } from './identity.ts'

/** Headers of the Codex CLI that mean something to its own service (copilot-protocol.md §10.2, clients.md). */
const forwarded =
  /^(?:originator|user-agent|version|session[-_]id|conversation[-_]id|thread-id|x-client-request-id|x-openai-subagent|x-codex-.+|x-openai-internal-codex-.+)$/

/** Whether the Codex CLI or one of its siblings made a request: `codex_cli_rs`, `codex_exec`, `codex-tui`, … */
export function isCodexClient(client: ClientHeaders): boolean {
  const { originator } = client
  return typeof originator === 'string' && /^codex/i.test(originator)
}

/** Whether a request has the form in which Codex moves instructions and tools into `input` (clients.md). */
export function isResponsesLite(client: ClientHeaders): boolean {
  return client['x-openai-internal-codex-responses-lite'] !== undefined
}

/** The headers that let a call in. */
export function signInHeaders(signIn: OAuthSignIn, version: string): Record<string, string> {
  return {
    ...identityHeaders(version),
    authorization: `Bearer ${signIn.accessToken}`,
    ...(signIn.accountId !== undefined && { 'chatgpt-account-id': signIn.accountId }),
  }
}

/**
 * The headers of a model call. The conversation is named by what the body's prompt cache goes by, so that the turns of one
 * conversation meet the same cache; Codex itself names it in its own headers, which go along.
 */
export function callHeaders(signIn: OAuthSignIn, version: string, facts: CallFacts): Record<string, string> {
  const headers: Record<string, string> = {
    ...signInHeaders(signIn, version),
    accept: 'text/event-stream',
    'content-type': 'application/json',
  }
  if (isCodexClient(facts.client)) {
    for (const name in facts.client) {
      const value = facts.client[name]
      if (typeof value === 'string' && forwarded.test(name)) headers[name] = value
    }
    return headers
  }
  const session = facts.body['prompt_cache_key']
  // Clients choose it freely, a header cannot hold everything.
  if (typeof session === 'string' && /^[\x21-\x7e]{1,200}$/.test(session)) headers['session_id'] = session
  return headers
}
