import type { GatewayError } from '@crossfeed/protocols'
import type { Refusals, ToolKind } from '../learned.ts'
import type { Recovery } from './recovery.ts'

const hosted = /web_search|image_generation|code_interpreter|file_search|local_shell|computer|mcp|additional_tools/i

/** A kind of tool that the target has not (Q24, user-pain 4.5): it becomes a plain function, or goes with a report. */
export const lowerTools: Recovery = {
  name: 'lower-tools',
  thing: (error) => refusedKinds(error).join(),
  matches: (error, failed) => {
    const kinds = refusedKinds(error)
    const known = failed.learned.of(failed.target)?.tools
    return kinds.some((kind) => !known?.has(kind))
  },
  repair(error, failed) {
    const refusals: Refusals = failed.learned.add(failed.target)
    for (const kind of refusedKinds(error)) {
      refusals.tools.add(kind)
      failed.note(`tools-lowered:${kind}`)
    }
    return 0
  },
}

/** Whether a member or the schema of a tool is refused, and not its kind: `tools[0].strict`, `tools.0.custom.defer_loading`. */
function isAboutOneTool(said: string): boolean {
  if (/invalid_function_parameters|Invalid schema for function/i.test(said)) return true
  const within = /\btools(?:\[\d+\]|\.\d+)((?:\.\w+|\[\d+\])*)/.exec(said)?.[1] ?? ''
  return within !== '' && !within.endsWith('.type')
}

function refusedKinds(error: GatewayError): readonly ToolKind[] {
  if (error.status !== 400 && error.status !== 422) return []
  const said = `${error.message} ${error.upstream?.code ?? ''}`
  if (isAboutOneTool(`${error.upstream?.param ?? ''} ${said}`)) return []
  // Codex may carry its tools in an input item, which goes when they become plain functions.
  if (/additional_tools/.test(said)) return ['custom', 'namespace']
  const aboutTools = error.upstream?.param?.startsWith('tools') || /\btools?\b/i.test(said)
  if (
    !aboutTools ||
    !/not (?:supported|permitted|allowed|available)|unsupported|invalid (?:value|type|tool)|unknown|unrecognized/i.test(
      said,
    )
  )
    return []
  if (/\bcustom\b/.test(said) && !/supported values are|expected one of/i.test(said)) return ['custom']
  if (/\bnamespace\b/.test(said) && !/supported values are|expected one of/i.test(said)) return ['namespace']
  const named = /(?:tool|value:?|type:?)\s+['"`]?([a-z_0-9]+)['"`]?/i.exec(said)?.[1] ?? ''
  if (named === 'custom') return ['custom']
  if (named === 'namespace') return ['namespace']
  // The client runs it: as a function it still finds the tools that are kept back.
  if (/tool_search/.test(said)) return ['tool_search']
  if (hosted.test(said)) return ['hosted']
  return error.upstream?.param?.startsWith('tools') ? ['custom', 'namespace', 'hosted'] : []
}
