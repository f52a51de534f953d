import { textPart, toolCallPart } from './answer.ts'
import type { AnswerPart, Finish } from './answer.ts'
import type { Attachment, Conversation, DeclaredTool } from './conversation.ts'
import { exampleOf } from './example-document.ts'
import { objectsOf, isObject } from '../json.ts'
import { newNonce } from '../seals.ts'
import { countTokens } from '../tokens.ts'

/** What the stand-in model says: parts and why it stopped, before usage is counted. */
export interface Utterance {
  readonly parts: readonly AnswerPart[]
  readonly finish: Finish
  readonly stopSequence?: string
}

/**
 * The model that answers without a script. In this order: a tool the client forces; what the tools answered; tools named in
 * the question ("call tool a with {…} and b", "read the file X", "run `X`"); a document for a wanted schema; an echo.
 */
export function speak(conversation: Conversation): Utterance {
  const calls = chooseCalls(conversation)
  if (calls.length > 0) {
    return {
      parts: [...think(conversation), ...(conversation.single ? calls.slice(0, 1) : calls)],
      finish: 'tool-calls',
    }
  }
  const { text, finish, stopSequence } = limit(compose(conversation), conversation)
  return {
    parts: [...think(conversation), textPart(text)],
    finish,
    ...(stopSequence !== undefined && { stopSequence }),
  }
}

const think = ({ thinking, question }: Conversation): readonly AnswerPart[] =>
  thinking === 'off'
    ? []
    : [{ type: 'reasoning', nonce: newNonce(), text: `The request is: ${brief(question)}. I answer it directly.` }]

const brief = (text: string): string => (text.length > 80 ? `${text.slice(0, 80)}…` : text)

function compose({ results, format, attachments, question }: Conversation): string {
  if (format !== undefined) return JSON.stringify(exampleOf(format, format))
  if (results.length > 0) return results.map(({ name, text }) => `The tool ${name} answered: ${text.trim()}`).join('\n')
  const seen = attachments.map(describe).join(' ')
  return `${seen}${seen === '' ? '' : ' '}You said: ${question}`
}

const describe = ({ mediaType, bytes }: Attachment): string =>
  `I see ${mediaType} of ${bytes === undefined ? 'unknown size' : `${bytes} bytes`}.`

function limit(
  text: string,
  { stop, maxTokens }: Conversation,
): { text: string; finish: Finish; stopSequence?: string } {
  const hits = stop.map((sequence) => ({ sequence, at: text.indexOf(sequence) })).filter(({ at }) => at >= 0)
  const first = hits.toSorted((a, b) => a.at - b.at)[0]
  const kept = first === undefined ? text : text.slice(0, first.at)
  if (maxTokens !== undefined && countTokens(kept) > maxTokens) {
    const bytes = Buffer.from(kept).subarray(0, maxTokens * 4)
    return { text: new TextDecoder().decode(bytes).replace(/\uFFFD$/, ''), finish: 'length' }
  }
  if (first === undefined) return { text, finish: 'stop' }
  return { text: kept, finish: 'stop-sequence', stopSequence: first.sequence }
}

function chooseCalls(conversation: Conversation): readonly AnswerPart[] {
  const { choice, tools, results, question } = conversation
  if (choice === 'none' || tools.length === 0) return []
  if (typeof choice === 'object') {
    const forced = tools.find(({ name }) => name === choice.name)
    return forced === undefined ? [] : [call(forced, argumentsFor(forced, question))]
  }
  const asked = results.length > 0 ? [] : askedCalls(question, tools)
  const first = tools[0]
  if (choice === 'required' && asked.length === 0 && first !== undefined)
    return [call(first, argumentsFor(first, question))]
  return asked
}

function askedCalls(question: string, tools: readonly DeclaredTool[]): readonly AnswerPart[] {
  const named = namedCalls(question, tools)
  if (named.length > 0) return named
  const file = /\bread (?:the )?file [`"']?([^\s`"']+?)[`"']?(?=[\s,;]|[.?!]?$|\.\s)/im.exec(question)?.[1]
  if (file !== undefined)
    return fittingCall(tools, /^(read|read_?file|view|open_?file|str_replace_based_edit_tool)$/i, pathNames, file)
  const command = /\brun (?:the command )?`([^`]+)`/i.exec(question)?.[1]
  if (command !== undefined)
    return fittingCall(tools, /^(bash|shell|exec_command|run_command|execute)$/i, ['command', 'cmd'], command)
  return []
}

const pathNames = ['file_path', 'filePath', 'path', 'filename', 'file']

function fittingCall(
  tools: readonly DeclaredTool[],
  names: RegExp,
  members: readonly string[],
  value: string,
): readonly AnswerPart[] {
  for (const tool of tools.filter(({ name }) => names.test(name))) {
    const properties = isObject(tool.schema['properties']) ? tool.schema['properties'] : {}
    const member = members.find((name) => name in properties)
    if (member === undefined) continue
    const wanted =
      isObject(properties[member]) && properties[member]['type'] === 'array' ? ['bash', '-lc', value] : value
    return [call(tool, JSON.stringify({ ...requiredOf(tool), [member]: wanted }))]
  }
  return []
}

const requiredOf = (tool: DeclaredTool): object => {
  const example = exampleOf(tool.schema, tool.schema)
  return isObject(example) ? example : {}
}

/** Reads "call tools a with {…} and b": stops at the first word that is no declared tool. */
function namedCalls(question: string, tools: readonly DeclaredTool[]): readonly AnswerPart[] {
  const start = /\b(?:call|use) (?:the )?tools? /i.exec(question)
  if (start === null) return []
  const calls: AnswerPart[] = []
  let rest = question.slice(start.index + start[0].length)
  for (;;) {
    const match = /^(?:\s*(?:,|and)\s+(?:the )?)?[`"']?([\w.:-]*\w)[`"']?/i.exec(rest)
    const tool = tools.find(({ name, namespace }) => name === match?.[1] || `${namespace ?? ''}.${name}` === match?.[1])
    if (match === null || tool === undefined) return calls
    rest = rest.slice(match[0].length)
    const given = /^\s+with\s+/i.exec(rest)
    const json = given === null ? '' : balanced(rest.slice(given[0].length))
    if (given !== null && json !== '') rest = rest.slice(given[0].length + json.length)
    calls.push(call(tool, json === '' ? argumentsFor(tool, question) : json))
  }
}

/** The JSON object at the start of a text, or nothing. */
function balanced(text: string): string {
  if (!text.startsWith('{')) return ''
  for (let at = text.indexOf('}'); at >= 0; at = text.indexOf('}', at + 1)) {
    try {
      JSON.parse(text.slice(0, at + 1))
      return text.slice(0, at + 1)
    } catch {
      // Not yet the closing brace of the whole object.
    }
  }
  return ''
}

const argumentsFor = (tool: DeclaredTool, question: string): string =>
  tool.custom === true ? question : JSON.stringify(requiredOf(tool))

const call = (tool: DeclaredTool, given: string): AnswerPart =>
  toolCallPart({ name: tool.name, namespace: tool.namespace, custom: tool.custom, arguments: given })

/** Tools of a list in the form `{name, input_schema | parameters}`, with those of namespaces. */
export function readTools(value: unknown, schemaMember: 'parameters' | 'input_schema'): readonly DeclaredTool[] {
  return objectsOf(value).flatMap((tool): readonly DeclaredTool[] => {
    const { type, name } = tool
    if (typeof name !== 'string') return []
    if (type === 'namespace')
      return readTools(tool['tools'], schemaMember).map((inner) => ({ ...inner, namespace: name }))
    if (type === 'custom' && schemaMember === 'parameters') return [{ name, schema: {}, custom: true }]
    const schema = tool[schemaMember]
    if (isObject(schema)) return [{ name, schema }]
    return type === 'function' ? [{ name, schema: {} }] : []
  })
}
