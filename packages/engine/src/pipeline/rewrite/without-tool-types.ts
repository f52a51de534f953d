import {
  asObject,
  asObjects,
  asString,
  isObject,
  untypedTool,
  type Json,
  type JsonObject,
  type Loss,
} from '@crossfeed/protocols'

type Types = ReadonlySet<Json | undefined>

/**
 * The body without tools of these types, and without the wish for one of them. Those that the client runs itself become tools
 * like any other, by the same names.
 */
export function withoutToolTypes(body: JsonObject, types: Types, lose: (loss: Loss) => void): JsonObject {
  const { tools: given, tool_choice: choice, ...others } = body
  if (!Array.isArray(given)) return body
  const tools = given.map((tool: Json): Json => {
    const own = isObject(tool) && types.has(tool['type']) ? untypedTool(tool) : undefined
    if (own)
      lose({ path: 'tools', why: `the target has no ${asString(asObject(tool)?.['type'])}: it is described in full` })
    return own ?? tool
  })
  const isSame = tools.every((tool, at) => tool === given[at])
  const isGone = (tool: Json): boolean => isObject(tool) && types.has(tool['type'])
  const gone = asObjects(tools).filter(isGone)
  if (gone.length === 0) return isSame ? body : { ...body, tools }
  for (const type of new Set(gone.map((tool) => tool['type'])))
    lose({ path: 'tools', why: `the target has no ${String(type)}` })
  const kept = tools.filter((tool: Json) => !isGone(tool))
  if (kept.length === 0) return others
  const left = choiceWithout(choice, gone)
  return { ...others, tools: kept, ...(left === undefined ? {} : { tool_choice: left }) }
}

/** The choice where these tools are gone; undefined where it was one of them. */
function choiceWithout(choice: Json | undefined, gone: readonly JsonObject[]): Json | undefined {
  const asked = asObject(choice)
  if (!asked) return choice
  const isOne = ({ type, name }: JsonObject): boolean =>
    // Messages names its choice `tool`, and the tool by the name that each type has there.
    gone.some((tool) => tool['type'] === type || (type === 'tool' && tool['name'] === name))
  if (isOne(asked)) return undefined
  if (asked['type'] !== 'allowed_tools') return choice
  const allowed = asObjects(asked['tools'])
  const left = allowed.filter((tool) => !isOne(tool))
  if (left.length === allowed.length) return choice
  return left.length === 0 ? undefined : { ...asked, tools: left }
}
