import { asObject, type Json, type JsonObject } from '@crossfeed/protocols'
import { asList } from '../patches/copy-on-write.ts'
import type { RequestPatch, Target } from '../provider.ts'
import type { ProviderSettings } from '../settings.ts'
import { isDashScope, isOpenRouter } from '../vendors/hosts.ts'
import { ownSettings } from './models.ts'

const mark: JsonObject = { type: 'ephemeral' }

/** Whether chat requests are marked where nobody says so: only where marks are known to be taken, as strict servers refuse them (C-32). */
export function takesMarks(settings: ProviderSettings): boolean {
  return isDashScope(settings) || (isOpenRouter(settings) && settings.cacheBreakpoints !== false)
}

/** Whether those of a model are: as its owner says, else all at DashScope, and those for Claude at OpenRouter (user-pain 2.2). */
function isCached(settings: ProviderSettings, { name, model }: Target): boolean {
  const own = ownSettings(settings, name)?.contextCache
  return own ?? (takesMarks(settings) && (isDashScope(settings) || model.includes('claude')))
}

/**
 * Marks for DashScope's explicit prompt cache: the first two system messages and the last two others, four at most
 * (PROV-29; Alibaba Cloud Model Studio, "Context Cache"), and for Claude at OpenRouter, which takes them in the same places
 * (openrouter.ai, "Prompt Caching"). A client that set marks itself knows better where.
 */
export function contextCache(settings: ProviderSettings): readonly RequestPatch[] {
  return [
    {
      name: 'context-cache',
      reason: 'PROV-29: the explicit cache of DashScope works by marks on content parts',
      protocol: 'chat',
      apply(body, target) {
        const messages = asList(body['messages'])
        if (!messages || !isCached(settings, target) || messages.some(isMarked)) return body
        const chosen = choose(messages)
        const marked = messages.map((message, index) => (chosen.has(index) ? markMessage(message) : message))
        return marked.some((message, index) => message !== messages[index]) ? { ...body, messages: marked } : body
      },
    },
  ]
}

function choose(messages: readonly Json[]): ReadonlySet<number> {
  const system: number[] = []
  const others: number[] = []
  for (const [index, message] of messages.entries()) {
    const role = asObject(message)?.['role']
    if (role === 'system' || role === 'developer') system.push(index)
    else others.push(index)
  }
  return new Set([...system.slice(0, 2), ...others.slice(-2)])
}

/** A message with nothing to mark (a turn of calls only) stays as it is. */
function markMessage(message: Json): Json {
  const turn = asObject(message)
  const content = turn?.['content']
  if (!turn || content === undefined || content === null || content === '') return message
  if (typeof content === 'string') return { ...turn, content: [{ type: 'text', text: content, cache_control: mark }] }
  const parts = asList(content)
  const last = asObject(parts?.at(-1))
  return parts && last ? { ...turn, content: [...parts.slice(0, -1), { ...last, cache_control: mark }] } : message
}

function isMarked(message: Json): boolean {
  const turn = asObject(message)
  if (turn?.['cache_control'] !== undefined) return true
  return asList(turn?.['content'])?.some((part) => asObject(part)?.['cache_control'] !== undefined) ?? false
}
