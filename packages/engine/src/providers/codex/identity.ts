/**
 * Who Crossfeed says it is to OpenAI: itself. OpenAI registers no OAuth app for others, so the sign-in uses the public client
 * of the Codex CLI, knowingly chosen by its owner (`auth login --provider codex` shows the notice); what every call names,
 * `originator` and `User-Agent`, is Crossfeed's own name and never that of Codex. The backend wants an `originator`
 * (copilot-protocol.md §10.2) but takes others' names: opencode sends `opencode`. Requests that the Codex CLI makes through the
 * gateway keep its own two headers, since it is Codex that made them.
 */
export const originator = 'crossfeed'

/** The public OAuth client of the Codex CLI, and whose it is, for the notice. Source: copilot-protocol.md §10.1. */
export const codexApp: { readonly clientId: string; readonly belongsTo: string } = {
  clientId: 'app_EMoamEEZ73f0CkXaXp7hrann',
  belongsTo: 'the Codex CLI of OpenAI',
}

/** What calls carry besides a sign-in. `version` is Crossfeed's. */
export function identityHeaders(version: string): Record<string, string> {
  return { 'user-agent': `crossfeed/${version}`, originator }
}
