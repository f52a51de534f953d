import {
  asObject,
  asObjects,
  asString,
  parseObject,
  type Json,
  type JsonObject,
  type ProtocolId,
} from '@crossfeed/protocols'
import type { ClientHeaders } from '../provider.ts'
import { asList } from '../patches/copy-on-write.ts'

/** Who caused a call, and the rule that says so (a stable kebab word for the log). */
export interface Initiator {
  readonly initiator: 'user' | 'agent'
  readonly why:
    | 'subagent-header'
    | 'subagent-marker'
    | 'client-header'
    | 'compaction'
    | 'earlier-answer'
    | 'user-prompt'
    | 'no-user-prompt'
}

/** `lastItem` tells the truth; `anyAssistant` is the older habit of other proxies (features.md C-02). */
export type InitiatorRule = 'lastItem' | 'anyAssistant'

/**
 * The honest value of `X-Initiator`: `user` only for a call that answers a person's words. Tool results, also with
 * reminders injected beside them, sub-agents and compaction are the agent's. A client that says `agent` is believed.
 */
export function initiatorOf(
  protocol: ProtocolId,
  body: JsonObject,
  headers: ClientHeaders,
  rule: InitiatorRule,
): Initiator {
  if (headers['x-claude-code-agent-id'] !== undefined || headers['x-openai-subagent'] !== undefined)
    return { initiator: 'agent', why: 'subagent-header' }
  if (asString(headers['x-initiator'])?.toLowerCase() === 'agent') return { initiator: 'agent', why: 'client-header' }
  const turns = turnsOf(protocol, body)
  if (hasSubagentMarker(turns)) return { initiator: 'agent', why: 'subagent-marker' }
  if (isCompaction(turns, body)) return { initiator: 'agent', why: 'compaction' }
  if (rule === 'anyAssistant' && turns.some((turn) => turn.speaker !== 'user'))
    return { initiator: 'agent', why: 'earlier-answer' }
  return hasFreshPrompt(turns)
    ? { initiator: 'user', why: 'user-prompt' }
    : { initiator: 'agent', why: 'no-user-prompt' }
}

/** A message or item, by who speaks; system texts are left out, for clients put them anywhere. */
interface SpokenTurn {
  readonly speaker: 'user' | 'assistant' | 'tool'
  readonly parts: readonly JsonObject[]
}

function turnsOf(protocol: ProtocolId, body: JsonObject): readonly SpokenTurn[] {
  const list = body[protocol === 'responses' ? 'input' : 'messages']
  if (typeof list === 'string') return [{ speaker: 'user', parts: partsOf(list) }]
  return asObjects(list).flatMap((turn) => {
    const speaker = speakerOf(protocol, turn)
    return speaker ? [{ speaker, parts: partsOf(turn['content']) }] : []
  })
}

function speakerOf(protocol: ProtocolId, turn: JsonObject): SpokenTurn['speaker'] | undefined {
  const type = asString(turn['type'])
  if (protocol === 'responses' && type !== undefined && type !== 'message') {
    // Items that only carry tools or a cut are nobody's words.
    if (type === 'additional_tools') return undefined
    return type.endsWith('_output') || type === 'compaction_trigger' ? 'tool' : 'assistant'
  }
  switch (turn['role']) {
    case 'system':
    case 'developer':
      return undefined
    case 'user':
      return 'user'
    case 'tool':
    case 'function':
      return 'tool'
    default:
      return 'assistant'
  }
}

function partsOf(content: Json | undefined): readonly JsonObject[] {
  if (typeof content === 'string') return [{ type: 'text', text: content }]
  return asList(content)?.flatMap((part) => (typeof part === 'string' ? partsOf(part) : (asObject(part) ?? []))) ?? []
}

function hasFreshPrompt(turns: readonly SpokenTurn[]): boolean {
  const last = turns.at(-1)
  if (last?.speaker !== 'user') return false
  const results = last.parts.filter((part) => part['type'] === 'tool_result')
  const words = last.parts.filter((part) => part['type'] !== 'tool_result')
  const followsResult = results.length > 0 || turns.at(-2)?.speaker === 'tool'
  const isFirst = turns.every((turn) => turn.speaker === 'user')
  if (followsResult && isToolMedia(words)) return false
  return words.some((part) => !isInjected(part, followsResult)) || (results.length === 0 && isFirst)
}

/** Text that a program put into the user's turn: reminders, and the filler beside a loaded tool. */
function isInjected(part: JsonObject, followsResult: boolean): boolean {
  const text = textOf(part)
  if (text === undefined) return false
  return withoutReminders(text) === '' || (followsResult && text.trim() === 'Tool loaded.')
}

/** A user message that only carries what a tool returned, because results cannot hold images everywhere. */
function isToolMedia(parts: readonly JsonObject[]): boolean {
  let media = 0
  for (const part of parts) {
    const text = textOf(part)
    if (text === undefined) media++
    else if (!/^\s*(?:Attached (?:image|media)[^\n]* from tool|$)/i.test(withoutReminders(text))) return false
  }
  return media > 0
}

function textOf(part: JsonObject): string | undefined {
  return part['type'] === 'text' || part['type'] === 'input_text' ? (asString(part['text']) ?? '') : undefined
}

const openTag = '<system-reminder>'
const closeTag = '</system-reminder>'

/** What is left of a text outside its reminders, trimmed. An unclosed tag is the person's own text. */
function withoutReminders(text: string): string {
  let left = ''
  let from = 0
  for (;;) {
    const open = text.indexOf(openTag, from)
    const close = open < 0 ? -1 : text.indexOf(closeTag, open)
    if (close < 0) return (left + text.slice(from)).trim()
    left += text.slice(from, open)
    from = close + closeTag.length
  }
}

const marker = '__SUBAGENT_MARKER__'

/** A plugin's mark in a reminder of the first user message: `__SUBAGENT_MARKER__{session_id, agent_id, agent_type}`. */
function hasSubagentMarker(turns: readonly SpokenTurn[]): boolean {
  const first = turns.find((turn) => turn.speaker === 'user')
  return first?.parts.some((part) => isMarked(textOf(part) ?? '')) ?? false
}

function isMarked(text: string): boolean {
  const at = text.indexOf(marker)
  if (at < 0) return false
  const open = text.lastIndexOf(openTag, at)
  const close = text.indexOf(closeTag, at)
  if (open < 0 || close < 0 || text.slice(open, at).includes(closeTag)) return false
  const said = text.slice(at + marker.length, close)
  const facts = parseObject(said.slice(0, said.lastIndexOf('}') + 1))
  return ['session_id', 'agent_id', 'agent_type'].every((name) => typeof facts?.[name] === 'string')
}

/** Openings of the prompts by which Claude Code, opencode and Codex have a history summarised. */
const compactionPrompts: readonly string[] = [
  'Your task is to create a detailed summary of the conversation so far',
  'Your task is to create a detailed summary of the RECENT portion of the conversation',
  'Provide a detailed prompt for continuing our conversation above',
  'You are performing a CONTEXT CHECKPOINT COMPACTION',
]
const compactionSystem = 'You are a helpful AI assistant tasked with summarizing conversations'

/** Only near the start of the last words or of the system text, so that a person who quotes a prompt stays a person. */
function isCompaction(turns: readonly SpokenTurn[], body: JsonObject): boolean {
  if (firstText(body['system'] ?? body['instructions'] ?? firstSystem(body)).startsWith(compactionSystem)) return true
  const last = turns.at(-1)
  if (last?.speaker !== 'user') return false
  const text = withoutReminders(textOf(last.parts.findLast((part) => textOf(part) !== undefined) ?? {}) ?? '')
  const opening = text.slice(0, 600)
  return compactionPrompts.some((prompt) => opening.includes(prompt))
}

function firstText(content: Json | undefined): string {
  const texts = partsOf(content).map((part) => textOf(part) ?? '')
  return texts.find((text) => text !== '' && !text.startsWith('x-anthropic-billing-header')) ?? ''
}

function firstSystem(body: JsonObject): Json | undefined {
  const first = asObject(asList(body['messages'] ?? body['input'])?.[0])
  return first?.['role'] === 'system' || first?.['role'] === 'developer' ? first['content'] : undefined
}
