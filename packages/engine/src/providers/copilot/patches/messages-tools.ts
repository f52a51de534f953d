import { asObject, asString, type JsonObject } from '@crossfeed/protocols'
import type { RequestPatch } from '../../provider.ts'
import { asList, mapList, mapMember, onObject, withMember, without } from '../../patches/copy-on-write.ts'
import { mapBlocks } from '../../patches/messages-blocks.ts'

/** `$schema` at the top of a tool's schema goes, and so does the wish for unbuffered arguments. */
export const toolMembers: RequestPatch = {
  name: 'messages-tool-members',
  reason: 'Q32: input_schema must not have $schema; eager_input_streaming is an extra input without its beta',
  protocol: 'messages',
  apply: (body) =>
    mapMember(
      body,
      'tools',
      onObject((tool) => {
        const bare = without(tool, 'eager_input_streaming')
        const schema = asObject(bare['input_schema'])
        return schema ? withMember(bare, 'input_schema', without(schema, '$schema')) : bare
      }),
    ),
}

const serverKinds: readonly string[] = ['web_search_', 'web_fetch_', 'code_execution_', 'advisor_', 'mcp_toolset']

/** Tools that Anthropic's own servers run go, and a choice that forces one becomes auto. Tool search stays. */
export const serverTools: RequestPatch = {
  name: 'messages-server-tools',
  reason: 'copilot-protocol 7.2, user-pain 4.7: server tools are refused, and so is a tool_choice that names one',
  protocol: 'messages',
  apply(body, _target, context) {
    const tools = asList(body['tools'])
    if (!tools) return body
    const removed = new Set<string>()
    const kept = mapList(
      tools,
      onObject((tool) => {
        if (!isServerTool(tool)) return tool
        removed.add(asString(tool['name']) ?? '')
        context.lose({ path: `tools.${asString(tool['type'])}`, why: 'GitHub Copilot does not run this tool' })
        return undefined
      }),
    )
    if (removed.size === 0) return body
    if (kept.length === 0) return sayNoTools(without(body, 'tools', 'tool_choice'), removed)
    const choice = asObject(body['tool_choice'])
    const isGone = choice?.['type'] === 'tool' && removed.has(asString(choice['name']) ?? '')
    const fixed = isGone ? withMember(body, 'tool_choice', { ...without(choice, 'name'), type: 'auto' }) : body
    return withMember(fixed, 'tools', kept)
  },
}

function isServerTool(tool: JsonObject): boolean {
  const type = asString(tool['type'])
  return type !== undefined && serverKinds.some((kind) => type.startsWith(kind))
}

/** A request that was only about such a tool: without a word the model would make its results up. */
function sayNoTools(body: JsonObject, removed: ReadonlySet<string>): JsonObject {
  const text = `These tools are not available here: ${[...removed].join(', ')}. Say so where an answer needs them.`
  const system = body['system']
  const before = typeof system === 'string' ? [{ type: 'text', text: system }] : (asList(system) ?? [])
  return { ...body, system: [...before, { type: 'text', text }] }
}

/** `tool_choice` without tools, and an empty list of tools, go. */
export const choiceWithoutTools: RequestPatch = {
  name: 'messages-choice-without-tools',
  reason: 'TR-39: tool_choice may only stand beside tools',
  protocol: 'messages',
  apply(body) {
    if (body['tool_choice'] === undefined || asList(body['tools'])?.length) return body
    return without(body, 'tool_choice', 'tools')
  },
}

/** References to tools that the request does not hold go; a result that held nothing else says which it was. */
export const toolReferences: RequestPatch = {
  name: 'messages-tool-references',
  reason: "Q34: Tool reference 'X' not found in available tools",
  protocol: 'messages',
  apply(body, _target, context) {
    let names: ReadonlySet<unknown> | undefined
    return mapBlocks(body, (block) => {
      const content = block['type'] === 'tool_result' ? asList(block['content']) : undefined
      if (!content?.some((item) => asObject(item)?.['type'] === 'tool_reference')) return block
      names ??= new Set(asList(body['tools'])?.map((tool) => asObject(tool)?.['name']))
      const gone: string[] = []
      const kept = content.filter((item) => {
        const reference = asObject(item)
        if (reference?.['type'] !== 'tool_reference' || names?.has(reference['tool_name'])) return true
        gone.push(asString(reference['tool_name']) ?? '')
        return false
      })
      if (gone.length === 0) return block
      context.note(`dropped:tool_reference:${gone.join('+')}`)
      const rest = kept.length > 0 ? kept : [{ type: 'text', text: `No longer available: ${gone.join(', ')}` }]
      return { ...block, content: rest }
    })
  },
}
