import {
  asNumber,
  asObject,
  asString,
  asStrings,
  rest,
  type Json,
  type JsonObject,
  type MutableJson,
} from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { WebSearchTool } from '../core/prompt.ts'
import type { Traits } from '../core/traits.ts'
import { keep, spellingOf } from './spelling.ts'

/**
 * Whether a tool, or a choice of one, is the provider's search: `openrouter:web_search`, or by its names in Responses and
 * Messages, which OpenRouter and LiteLLM take in Chat Completions too ("Server tools" of openrouter.ai/docs, "Using web search"
 * of docs.litellm.ai), and GLM the first of them ("Web search" of docs.z.ai).
 */
export function isWebSearch(type: Json | undefined): boolean {
  return typeof type === 'string' && /^(?:openrouter:)?web_search(?:_preview)?(?:_\d{8}|_\d{4}_\d\d_\d\d)?$/.test(type)
}

const settingMembers: ReadonlySet<string> = new Set([
  'allowed_domains',
  'blocked_domains',
  'excluded_domains',
  'max_uses',
  'search_context_size',
  'user_location',
])
const toolMembers: ReadonlySet<string> = new Set([
  ...settingMembers,
  'type',
  'name',
  'filters',
  'parameters',
  'web_search',
])

/**
 * A search among the tools, with its settings flat, in `filters` (Responses) or in `parameters` (OpenRouter); undefined where it
 * is switched off, as GLM's may be.
 */
export function readSearchTool(value: JsonObject): WebSearchTool | undefined {
  const { enable, ...glm } = asObject(value['web_search']) ?? {}
  if (enable === false) return undefined
  const nested = [asObject(value['filters']), asObject(value['parameters'])] as const
  const said: JsonObject = { ...value, ...nested[0], ...nested[1] }
  const allowed = readDomains(said['allowed_domains'])
  const blocked = readDomains(said['blocked_domains'] ?? said['excluded_domains'])
  const maxUses = asNumber(said['max_uses'])
  const location = readLocation(asObject(said['user_location']))
  const size = asString(said['search_context_size'])
  const more: JsonObject = {
    ...rest(value, toolMembers),
    ...rest({ ...nested[0], ...nested[1], ...glm }, settingMembers),
  }
  return {
    kind: 'web-search',
    protocol: 'chat',
    ...(allowed ? { allowedDomains: allowed } : {}),
    ...(blocked ? { blockedDomains: blocked } : {}),
    ...(maxUses === undefined ? {} : { maxUses }),
    ...(location ? { location } : {}),
    ...(size === undefined ? {} : { contextSize: size }),
    ...keep(more, { tool: value }),
  }
}

function readDomains(value: Json | undefined): readonly string[] | undefined {
  const domains = asStrings(value)
  return domains?.length ? domains : undefined
}

/** The place of `web_search_options` has a level more than that of a tool. */
function readLocation(place: JsonObject | undefined): JsonObject | undefined {
  if (!place) return undefined
  return { type: 'approximate', ...(asObject(place['approximate']) ?? rest(place, new Set(['type']))) }
}

/** The search that `web_search_options` asks for. */
export function readSearchOptions(options: JsonObject | undefined): WebSearchTool[] {
  if (!options) return []
  const location = readLocation(asObject(options['user_location']))
  const size = asString(options['search_context_size'])
  const words = { ...(location ? { location } : {}), ...(size === undefined ? {} : { contextSize: size }) }
  return [{ kind: 'web-search', protocol: 'chat', ...words, extras: { chat: options } }]
}

/**
 * A search on the wire: as the client had it among its tools, else as the provider has it there, else `web_search_options`. What
 * these cannot say is reported.
 */
export function writeSearch(
  search: WebSearchTool,
  traits: Traits,
  path: string,
  lose: ReportLoss,
): { readonly tool: JsonObject } | { readonly options: JsonObject } | undefined {
  const tool = spellingOf(search.extras).tool
  if (tool) return { tool }
  if (search.protocol === 'chat' && search.extras?.chat) return { options: search.extras.chat }
  if (!traits.hostedTools && traits.searchTool === undefined) {
    lose({ path, why: 'the target runs no web search' })
    return undefined
  }
  const lost =
    traits.searchTool === undefined
      ? (['allowedDomains', 'blockedDomains', 'maxUses'] as const)
      : (['maxUses'] as const)
  for (const member of lost)
    if (search[member] !== undefined)
      lose({ path: `${path}.${member}`, why: 'web search in Chat Completions has no such setting' })
  const size = search.contextSize === undefined ? {} : { search_context_size: search.contextSize }
  // A member that the others leave null is absent here.
  const place: MutableJson = {}
  for (const [name, value] of Object.entries(search.location ?? {}))
    if (name !== 'type' && value !== null) place[name] = value
  if (traits.searchTool === undefined) {
    const location = search.location ? { user_location: { type: 'approximate', approximate: place } } : {}
    return { options: { ...size, ...location } }
  }
  const parameters: JsonObject = {
    ...size,
    ...(search.allowedDomains ? { allowed_domains: search.allowedDomains } : {}),
    ...(search.blockedDomains ? { excluded_domains: search.blockedDomains } : {}),
    ...(search.location ? { user_location: { type: 'approximate', ...place } } : {}),
  }
  return { tool: { type: traits.searchTool, ...(Object.keys(parameters).length > 0 ? { parameters } : {}) } }
}
