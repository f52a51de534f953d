import type { Part, ToolCallPart } from '../core/part.ts'
import type { CustomTool, FunctionTool, Prompt, Tool, ToolChoice } from '../core/prompt.ts'
import type { ProtocolId } from '../core/protocol.ts'
import type { Traits } from '../core/traits.ts'
import { shortHash } from './short-hash.ts'

/** A tool as the client knows it. */
export interface ClientTool {
  readonly name: string
  readonly namespace?: string
  readonly form: 'json' | 'text'
}

/** Upstream tool name → the client's tool, for those tools that the upstream knows differently. */
export type ToolNames = ReadonlyMap<string, ClientTool>

/**
 * The prompt with tools that the target can name and call: flat names within its limits (TR-14), free-text tools as
 * functions of one string where it has no free-text tools (user-pain 4.5). Names depend only on the tool's own full name
 * and on real clashes, so that they are the same on every turn.
 */
export function lowerTools(
  prompt: Prompt,
  traits: Traits,
  to: ProtocolId,
): { readonly prompt: Prompt; readonly names: ToolNames } {
  const naming = createNaming(prompt, traits, ownNames(prompt, traits, to))
  if (!naming) return { prompt, names: new Map() }
  const tools = prompt.tools.flatMap((tool) => lowerTool(tool, naming, traits))
  const turns = prompt.turns.map((turn) =>
    turn.parts.some((part) => part.kind === 'tool-call' || (part.kind === 'tool-result' && part.form === 'text'))
      ? { ...turn, parts: turn.parts.map((part) => lowerPart(part, naming, traits)) }
      : turn,
  )
  const lowered: Prompt = { ...prompt, tools, turns }
  const toolChoice = prompt.toolChoice && lowerChoice(prompt.toolChoice, naming, traits)
  return { prompt: toolChoice ? { ...lowered, toolChoice } : lowered, names: naming.names }
}

/** Names that tools of the provider have at the target: no tool of the client's can have them too. */
function ownNames(prompt: Prompt, traits: Traits, to: ProtocolId): readonly string[] {
  const searches = to === 'messages' && traits.hostedTools && prompt.tools.some(({ kind }) => kind === 'web-search')
  return searches ? ['web_search'] : []
}

interface Naming {
  readonly names: ToolNames
  flat(name: string, namespace: string | undefined): string
}

/** How names are replaced, or undefined when nothing has to be. */
function createNaming(prompt: Prompt, traits: Traits, reserved: readonly string[]): Naming | undefined {
  const known = new Map<string, ClientTool>()
  const add = (tool: ClientTool): void => {
    const key = fullName(tool.name, tool.namespace)
    if (!known.has(key)) known.set(key, tool)
  }
  for (const tool of prompt.tools)
    if (tool.kind === 'function' || tool.kind === 'custom')
      add(clientTool(tool.name, tool.namespace, tool.kind === 'custom' ? 'text' : 'json'))
  for (const turn of prompt.turns)
    for (const part of turn.parts) if (part.kind === 'tool-call') add(clientTool(part.name, part.namespace, part.form))

  const taken = new Set(reserved)
  const changed: ClientTool[] = []
  const flat = new Map<string, string>()
  for (const [key, tool] of known) {
    if (isFine(tool, traits) && !reserved.includes(tool.name)) {
      taken.add(tool.name)
      flat.set(key, tool.name)
    } else changed.push(tool)
  }
  const lowersText = !traits.customTools && [...known.values()].some((tool) => tool.form === 'text')
  const grouped = !traits.namespaces && prompt.tools.some((tool) => tool.kind === 'namespace')
  if (changed.length === 0 && !lowersText && !grouped) return undefined

  const names = new Map<string, ClientTool>()
  for (const tool of changed) {
    const upstream = chooseName(tool, taken, traits)
    taken.add(upstream)
    flat.set(fullName(tool.name, tool.namespace), upstream)
    names.set(upstream, tool)
  }
  if (lowersText) for (const [key, tool] of known) if (tool.form === 'text') names.set(flat.get(key) ?? tool.name, tool)
  return { names, flat: (name, namespace) => flat.get(fullName(name, namespace)) ?? name }
}

function clientTool(name: string, namespace: string | undefined, form: 'json' | 'text'): ClientTool {
  return namespace === undefined ? { name, form } : { name, namespace, form }
}

function fullName(name: string, namespace: string | undefined): string {
  return namespace === undefined ? name : `${namespace}\0${name}`
}

const legal = /^[A-Za-z0-9_-]+$/

function isFine(tool: ClientTool, traits: Traits): boolean {
  if (tool.namespace !== undefined && !traits.namespaces) return false
  return tool.name.length <= traits.toolNameLength && legal.test(tool.name)
}

function chooseName(tool: ClientTool, taken: ReadonlySet<string>, traits: Traits): string {
  const whole = tool.namespace === undefined || traits.namespaces ? tool.name : `${tool.namespace}__${tool.name}`
  const clean = whole.replace(/[^A-Za-z0-9_-]/g, '_') || 'tool'
  if (clean.length <= traits.toolNameLength && !taken.has(clean)) return clean
  const hash = shortHash(fullName(tool.name, tool.namespace))
  return `${clean.slice(0, traits.toolNameLength - hash.length - 2)}__${hash}`
}

function lowerTool(tool: Tool, naming: Naming, traits: Traits): readonly Tool[] {
  if (tool.kind === 'namespace') return traits.namespaces ? [tool] : []
  if (tool.kind !== 'function' && tool.kind !== 'custom') return [tool]
  const name = naming.flat(tool.name, tool.namespace)
  const { namespace, ...flat } = tool
  const placed = namespace !== undefined && traits.namespaces ? { ...flat, name, namespace } : { ...flat, name }
  return [placed.kind === 'custom' && !traits.customTools ? asFunction(placed) : placed]
}

/** A free-text tool as a function whose one argument is the text; a grammar becomes advice. */
function asFunction(tool: CustomTool): FunctionTool {
  const grammar = tool.format?.['definition']
  const syntax = tool.format?.['syntax']
  const advice =
    typeof grammar === 'string'
      ? `The text must match this ${typeof syntax === 'string' ? syntax : ''} grammar:\n${grammar}`
      : 'The text.'
  return {
    kind: 'function',
    name: tool.name,
    ...(tool.namespace === undefined ? {} : { namespace: tool.namespace }),
    ...(tool.description === undefined ? {} : { description: tool.description }),
    schema: {
      type: 'object',
      properties: { input: { type: 'string', description: advice } },
      required: ['input'],
      additionalProperties: false,
    },
  }
}

function lowerPart(part: Part, naming: Naming, traits: Traits): Part {
  if (part.kind === 'tool-result') return part.form === 'text' && !traits.customTools ? { ...part, form: 'json' } : part
  if (part.kind !== 'tool-call') return part
  const { namespace, ...flat } = part
  const call: ToolCallPart = { ...flat, name: naming.flat(part.name, namespace) }
  const placed: ToolCallPart = namespace !== undefined && traits.namespaces ? { ...call, namespace } : call
  if (placed.form === 'json' || traits.customTools) return placed
  return { ...placed, form: 'json', input: JSON.stringify({ input: part.input }) }
}

function lowerChoice(choice: ToolChoice, naming: Naming, traits: Traits): ToolChoice {
  if (choice.mode === 'allowed') return { ...choice, names: choice.names.map((name) => naming.flat(name, undefined)) }
  if (choice.mode !== 'tool') return choice
  const { namespace, ...flat } = choice
  const named = {
    ...flat,
    name: naming.flat(choice.name, namespace),
    form: traits.customTools ? choice.form : ('json' as const),
  }
  return namespace !== undefined && traits.namespaces ? { ...named, namespace } : named
}
