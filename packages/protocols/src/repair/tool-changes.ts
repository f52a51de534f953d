import { asObject, asString, rest, type JsonObject } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { Part } from '../core/part.ts'
import type { FunctionTool, Prompt, Tool, Turn } from '../core/prompt.ts'

/**
 * The prompt of a Messages client with the tools that its system turns leave it at the end (`tool_addition` and
 * `tool_removal`), for targets whose tools stand in one list: what was defined on the way is offered, what was withdrawn is
 * not.
 */
export function applyToolChanges(prompt: Prompt, lose: ReportLoss): Prompt {
  if (!prompt.turns.some((turn) => turn.parts.some(isChange))) return prompt
  const offered = new Map<string, Tool>()
  const unnamed: Tool[] = []
  for (const tool of prompt.tools) {
    const name = nameOf(tool)
    if (name === undefined) unnamed.push(tool)
    else offered.set(name, tool)
  }
  const withdrawn = new Map<string, Tool>()
  lose({
    path: 'tools',
    why: 'only Messages has items that change tools on the way: they are offered as these leave them',
  })
  prompt.turns.forEach((turn, index) => {
    for (const part of turn.parts) {
      const change = isChange(part) && part.kind === 'native' ? asObject(part.value['tool']) : undefined
      if (!change || part.kind !== 'native') continue
      const name = asString(change['name'])
      const definition = readDefinition(asObject(change['definition']))
      const known = name === undefined ? undefined : (offered.get(name) ?? withdrawn.get(name))
      if (definition) offered.set(definition.name, definition)
      else if (change['type'] !== 'tool_reference' || name === undefined)
        lose({ path: `turns[${index}]`, why: `only Messages changes tools by ${String(change['type'])}` })
      else if (part.value['type'] === 'tool_removal') {
        if (known) withdrawn.set(name, known)
        offered.delete(name)
      } else if (known) offered.set(name, known)
    }
  })
  return { ...prompt, tools: [...offered.values(), ...unnamed], turns: prompt.turns.flatMap(withoutChanges) }
}

function isChange(part: Part): boolean {
  if (part.kind !== 'native' || part.protocol !== 'messages') return false
  return part.value['type'] === 'tool_addition' || part.value['type'] === 'tool_removal'
}

/** The name by which the model calls a tool. */
function nameOf(tool: Tool): string | undefined {
  if (tool.kind === 'web-search') return 'web_search'
  return tool.kind === 'native' ? asString(tool.value['name']) : tool.name
}

const known: ReadonlySet<string> = new Set(['type', 'name', 'description', 'input_schema', 'strict', 'cache_control'])

function readDefinition(definition: JsonObject | undefined): FunctionTool | undefined {
  const name = asString(definition?.['name'])
  const schema = asObject(definition?.['input_schema'])
  if (!definition || name === undefined || !schema) return undefined
  const description = asString(definition['description'])
  const more = rest(definition, known)
  return {
    kind: 'function',
    name,
    ...(description === undefined ? {} : { description }),
    schema,
    ...(definition['strict'] === true ? { strict: true } : {}),
    ...(more ? { extras: { messages: more } } : {}),
  }
}

function withoutChanges(turn: Turn): readonly Turn[] {
  const parts = turn.parts.filter((part) => !isChange(part))
  if (parts.length === turn.parts.length) return [turn]
  return parts.length === 0 && !turn.extras ? [] : [{ ...turn, parts }]
}
