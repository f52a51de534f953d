import { asObjects, asString, type GatewayError, type JsonObject } from '@crossfeed/protocols'
import { makeRoom, type ToolKind } from '../learned/learned.ts'
import type { Recovery } from './recovery.ts'

/** Kinds of tools that a service runs, also with a version or in words; not names that clients give, such as `mcp__files__read`. */
const hosted =
  /(?<![\w-])(?:web[_ ]search|web[_ ]fetch|image[_ ]generation|code[_ ](?:interpreter|execution)|file[_ ]search|local_shell|computer|mcp|additional_tools)(?:_use)?(?:_preview)?(?:_\d+){0,3}(?![\w-])/i

/** Versions of Anthropic's tools that clients run. */
const clientRun = /^(?:bash|text_editor|memory|computer)_\d{8}$/

/**
 * Anthropic's words, also Bedrock's and Vertex's, which have fewer of its tools (anthropics/claude-code#61624). A function is
 * none of them: its client has taken the wrong protocol.
 */
const untagged = /\btools\.\d+: Input tag '(?!function')([\w-]+)' found using 'type' does not match/

const refusing =
  /not (?:supported|permitted|allowed|available)|unsupported|invalid (?:value|type|tool)|unknown|unrecognized/i
/** Such as "Only `type:\"function\"` tools are supported on this endpoint" (CommandCodeAI/command-code#885). */
const onlyFunctions = /\bonly\b.{0,20}\bfunctions?\b.{0,20}\b(?:supported|allowed)/i
const offering = /supported values are|expected one of/i

/** A kind of tool that the target has not (Q24, user-pain 4.5): it becomes a plain function, or goes with a report. */
export const lowerTools: Recovery = {
  name: 'lower-tools',
  thing(error, { body }) {
    const { kinds, type } = readUnknown(error, body)
    return type ?? kinds.join()
  },
  matches(error, { body }) {
    const { kinds, type } = readUnknown(error, body)
    return type !== undefined || kinds.length > 0
  },
  repair(error, failed) {
    const { kinds, type } = readUnknown(error, failed.body)
    if (type !== undefined) failed.note(`tools-lowered:${type}`)
    for (const kind of kinds) failed.note(`tools-lowered:${kind}`)
    failed.teach((known) => {
      if (type !== undefined) makeRoom(known.toolTypes).add(type)
      for (const kind of kinds) known.tools.add(kind)
    })
    return 0
  },
}

/** Whether a member or the schema of a tool is refused, and not its kind: `tools[0].strict`, `tools.0.custom.defer_loading`. */
function isAboutOneTool(said: string): boolean {
  if (/invalid_function_parameters|Invalid schema for function/i.test(said)) return true
  const within = /\btools(?:\[\d+\]|\.\d+)((?:\.\w+|\[\d+\])*)/.exec(said)?.[1] ?? ''
  return within !== '' && !within.endsWith('.type')
}

/** What a refusal says that the target does not take. */
interface Unknown {
  readonly kinds: readonly ToolKind[]
  /** One type of tools only, that the service or the client runs. */
  readonly type?: string
}

const nothing: Unknown = { kinds: [] }

function readUnknown(error: GatewayError, body: JsonObject): Unknown {
  if (error.status !== 400 && error.status !== 422) return nothing
  const tag = untagged.exec(error.message)?.[1]
  if (tag !== undefined) return { kinds: [], type: tag }
  const whole = `${error.message} ${error.upstream?.code ?? ''}`
  if (isAboutOneTool(`${error.upstream?.param ?? ''} ${whole}`)) return nothing
  // Codex may carry its tools in an input item, which goes when they become plain functions.
  if (/additional_tools/.test(whole)) return { kinds: ['custom', 'namespace'] }
  const isAboutTools = error.upstream?.param?.startsWith('tools') || /\btools?\b/i.test(whole)
  if (isAboutTools && onlyFunctions.test(whole)) return { kinds: ['custom', 'namespace', 'hosted', 'tool_search'] }
  if (!isAboutTools || !refusing.test(whole)) return nothing
  // What is taken says nothing of what is not.
  const [said = '', offered = ''] = error.message.split(offering, 2)
  const named = /(?:tool|value:?|type:?)\s+['"`]?([a-z_0-9]+)['"`]?/i.exec(said)?.[1] ?? ''
  if (/\bcustom\b/.test(said)) return { kinds: ['custom'] }
  if (/\bnamespace\b/.test(said)) return { kinds: ['namespace'] }
  // The client runs it: as a function it still finds the tools that are kept back.
  if (/tool_search/.test(said)) return { kinds: ['tool_search'] }
  // Another one that it has must not go with the one that some client made up.
  if (hosted.test(offered)) return named === '' ? nothing : { kinds: [], type: named }
  if (hosted.test(said)) {
    // A model that has not one of them may have the others.
    const type = typeIn(said, body, hosted)
    return type === undefined ? { kinds: ['hosted'] } : { kinds: [], type }
  }
  const own = typeIn(said, body, clientRun)
  if (own !== undefined) return { kinds: [], type: own }
  if (!error.upstream?.param?.startsWith('tools')) return nothing
  return { kinds: /\bcustom\b/.test(offered) ? ['namespace', 'hosted'] : ['custom', 'namespace', 'hosted'] }
}

/** The type of one of a request's tools that stands in a refusal as it is, where it is one of these. */
function typeIn(said: string, { tools }: JsonObject, among: RegExp): string | undefined {
  const words = new Set(said.split(/[^\w-]+/))
  return asObjects(tools)
    .map((tool) => asString(tool['type']) ?? '')
    .find((type) => among.test(type) && words.has(type))
}
