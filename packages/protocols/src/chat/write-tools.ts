import { asObject, asString, type JsonObject, type MutableJson } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { CustomTool, FunctionTool, Tool } from '../core/prompt.ts'
import { noTools, spareSearches } from '../core/spare-searches.ts'
import type { Traits } from '../core/traits.ts'
import { restore, spellingOf } from './spelling.ts'
import { writeMark } from './write-content.ts'
import { writeSearch } from './web-search.ts'

/** The tool members of a request, and what the tool choice needs to know of them. */
export interface WrittenTools {
  readonly members: MutableJson
  readonly kinds: ReadonlyMap<string, 'function' | 'custom'>
  readonly any: boolean
  /** The type of the provider's search, where it stands among the tools. */
  readonly searchType?: string
}

/** Tools on the wire; what the target does not take is reported. */
export function writeTools(tools: readonly Tool[], traits: Traits, lose: ReportLoss): WrittenTools {
  const list: JsonObject[] = []
  const functions: MutableJson[] = []
  const kinds = new Map<string, 'function' | 'custom'>()
  const members: MutableJson = {}
  let searchType: string | undefined
  const searches = traits.hostedTools || traits.searchTool !== undefined
  const spare = searches ? spareSearches(tools, 'Chat Completions', lose) : noTools
  tools.forEach((tool, index) => {
    if (spare.has(tool)) return
    switch (tool.kind) {
      case 'function': {
        kinds.set(tool.name, 'function')
        const legacy = spellingOf(tool.extras).legacy === true
        if (legacy) functions.push(restore(writeFunction(tool), tool.extras?.chat))
        else list.push(writeNested(tool, traits))
        return
      }
      case 'custom':
        kinds.set(tool.name, 'custom')
        list.push(writeCustom(tool))
        return
      case 'web-search': {
        const search = writeSearch(tool, traits, `tools[${index}]`, lose)
        if (search && 'tool' in search) {
          list.push(search.tool)
          searchType = asString(search.tool['type'])
        } else if (search) members['web_search_options'] = search.options
        return
      }
      case 'native':
        if (tool.protocol === 'chat') list.push(tool.value)
        else lose({ path: `tools[${index}]`, why: `only the ${tool.protocol} protocol has this kind of tool` })
        return
      case 'namespace':
        // The group's members stand in the list by their own names.
        return
    }
  })
  if (list.length > 0) members['tools'] = list
  if (functions.length > 0) members['functions'] = functions
  const any = list.length > 0 || functions.length > 0
  return { members, kinds, any, ...(searchType === undefined ? {} : { searchType }) }
}

function writeFunction(tool: FunctionTool): MutableJson {
  const target: MutableJson = { name: tool.name }
  if (tool.description !== undefined) target['description'] = tool.description
  if (tool.schema) target['parameters'] = tool.schema
  if (tool.strict !== undefined) target['strict'] = tool.strict
  return target
}

function writeNested(tool: FunctionTool, traits: Traits): MutableJson {
  const called = writeFunction(tool)
  const target: MutableJson = { type: 'function', function: called }
  const kept = tool.extras?.chat
  const isMarked = tool.cache !== undefined && traits.cacheMarks === 'parts'
  if (spellingOf(tool.extras).markWithin) {
    if (isMarked && tool.cache) called['cache_control'] = writeMark(tool.cache)
    const inner = asObject(kept?.['function'])
    return restore(target, isMarked || !inner ? kept : { ...kept, function: withoutMark(inner) })
  }
  if (isMarked && tool.cache) target['cache_control'] = writeMark(tool.cache)
  return restore(target, isMarked || !kept ? kept : withoutMark(kept))
}

function withoutMark({ cache_control: _mark, ...others }: JsonObject): JsonObject {
  return others
}

function writeCustom(tool: CustomTool): MutableJson {
  const custom: MutableJson = { name: tool.name }
  if (tool.description !== undefined) custom['description'] = tool.description
  if (tool.format) {
    const { type, syntax, definition } = tool.format
    custom['format'] =
      type === 'grammar' && syntax !== undefined ? { type, grammar: { syntax, definition } } : tool.format
  }
  return restore({ type: 'custom', custom }, tool.extras?.chat)
}
