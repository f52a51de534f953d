import { asObject, asString, type Json } from '@crossfeed/protocols'
import type { RequestPatch } from '../../provider.ts'
import { threadsUnsupported } from '../../patches/threads-unsupported.ts'
import { contextManagement } from '../../messages-dialect.ts'
import { forwardBetas } from '../betas.ts'
import { asList, without, withMember } from '../../patches/copy-on-write.ts'
import { clampOutput } from '../../patches/limit-output.ts'
import { limitImages, limitTools } from './limits.ts'
import { cacheKeys, cacheLimit, cachePlaces } from './messages-cache.ts'
import { emptyTexts } from '../../patches/messages-blanks.ts'
import { systemTurns } from '../../patches/messages-system-turns.ts'
import { ownSearches } from '../../patches/own-searches.ts'
import { outputConfig, sampling, thinkingForm, thinkingSeals } from '../../patches/messages-thinking.ts'
import { choiceWithoutTools, serverTools, toolReferences, toolMembers } from './messages-tools.ts'
import { lastSpeaker, messageMembers } from './messages-turns.ts'

const threads: RequestPatch = {
  name: 'messages-threads',
  reason:
    'clients.md: the toolRunner of @anthropic-ai/sdk goes on without threads when they are refused in these words',
  protocol: 'messages',
  apply(body) {
    if (body['thread'] === undefined || body['thread'] === null) return without(body, 'thread')
    throw threadsUnsupported('GitHub Copilot')
  },
}

/** Members of Anthropic's own service. `cache_control` at the top asks it to place the marks. */
const foreign: readonly string[] = [
  'betas',
  'billing_policy',
  'cache_control',
  'compaction',
  'container',
  'diagnostics',
  'fallback_credit_token',
  'fallbacks',
  'inference_geo',
  'mcp_servers',
  'service_tier',
  'speed',
  'user_profile_id',
  'workspace_id',
]

const refusedMembers: RequestPatch = {
  name: 'messages-refused-members',
  reason: 'copilot-protocol 7.2, TR-35: "Extra inputs are not permitted" for what only Anthropic’s own service knows',
  protocol: 'messages',
  apply(body, _target, context) {
    const present = foreign.filter((member) => body[member] !== undefined)
    if (present.length === 0) return body
    for (const member of present) context.note(`dropped:${member}`)
    return without(body, ...present)
  },
}

const contextEdits: RequestPatch = {
  name: 'messages-context-management',
  reason: 'Q31: context_management without its beta is refused, and so is clearing thinking where there is none',
  protocol: 'messages',
  apply(body, target, context) {
    if (body['context_management'] === undefined) return body
    const asked = asObject(body['context_management'])
    const betas = forwardBetas(context.headers['anthropic-beta'], target.traits.reasoning, body)
    const edits = asList(asked?.['edits']) ?? []
    const type = asObject(body['thinking'])?.['type']
    const thinks = type === 'enabled' || type === 'adaptive'
    const kept = betas.forward.includes(contextManagement) ? edits.filter((edit) => isKnownEdit(edit, thinks)) : []
    if (kept.length === edits.length && kept.length > 0) return body
    context.note('dropped:context_management')
    return withMember(body, 'context_management', kept.length === 0 ? undefined : { ...asked, edits: kept })
  },
}

function isKnownEdit(edit: Json, thinks: boolean): boolean {
  const type = asString(asObject(edit)?.['type'])
  return type === 'clear_tool_uses_20250919' || (thinks && type === 'clear_thinking_20251015')
}

/** The mends of Messages requests, in the order in which they are applied: later ones see what earlier ones left. */
export const messagesRequestPatches: readonly RequestPatch[] = [
  threads,
  limitTools('messages'),
  limitImages('messages'),
  refusedMembers,
  systemTurns,
  messageMembers,
  thinkingSeals,
  ownSearches,
  emptyTexts,
  lastSpeaker,
  clampOutput('messages'),
  thinkingForm,
  outputConfig,
  sampling,
  contextEdits,
  toolMembers,
  serverTools,
  choiceWithoutTools,
  toolReferences,
  cacheKeys,
  cachePlaces,
  cacheLimit,
]
