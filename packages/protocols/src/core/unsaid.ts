import { asObjects, isObject, type Json } from './json.ts'

/**
 * Values that a member has anyway where nobody says it, other than nothing and false (references of Responses, Chat
 * Completions, OpenRouter, vLLM and Groq).
 */
const defaults: ReadonlyMap<string, Json> = new Map<string, Json>([
  ['truncation', 'disabled'],
  ['search_context_size', 'medium'],
  ['external_web_access', true],
  ['verbosity', 'medium'],
  ['reasoning_effort', 'default'],
  ['include_reasoning', true],
  ['allow_fallbacks', true],
  ['skip_special_tokens', true],
  ['add_generation_prompt', true],
])

/** Whether a member asks for nothing: its value is empty, or what goes without saying. Leaving it out loses nothing. */
export function asksNothing(member: string, value: Json | undefined): boolean {
  if (value === undefined || value === null || value === '') return true
  if (value === false || defaults.has(member)) return value === (defaults.get(member) ?? false)
  if (Array.isArray(value)) return value.length === 0
  if (member === 'context_management' && clearsNothing(value)) return true
  return isObject(value) && Object.entries(value).every(([name, inner]) => asksNothing(name, inner))
}

/** Members that readers take apart: what is left of them in the extras is not the whole. */
const apart: ReadonlySet<string> = new Set(['reasoning', 'text', 'thinking', 'output_config', 'tool_choice'])

/** The paths by which a member that was not read is reported as lost; none where it asks for nothing. */
export function pathsOf(member: string, value: Json | undefined): readonly string[] {
  if (asksNothing(member, value)) return []
  if (!apart.has(member) || !isObject(value)) return [member]
  return Object.entries(value).flatMap(([name, inner]) => (asksNothing(name, inner) ? [] : [`${member}.${name}`]))
}

/**
 * Whether `context_management` keeps all that it names, as Claude Code has it say of thinking in every request
 * (`clear_thinking_20251015`): no other protocol clears anything of itself.
 */
function clearsNothing(management: Json): boolean {
  if (!isObject(management) || !Array.isArray(management['edits'])) return false
  const { edits, ...others } = management
  return asObjects(edits).every((edit) => edit['keep'] === 'all') && Object.keys(others).length === 0
}
