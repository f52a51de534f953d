import { asObjects, asString } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { Part } from '../core/part.ts'
import type { Prompt } from '../core/prompt.ts'
import type { ProtocolId } from '../core/protocol.ts'

/** Kinds of tools that are read from an item into the request's own list. */
const read = /^(?:function|custom|namespace|web_search\w*)$/

/**
 * The prompt without the items of Responses that only bring tools (`additional_tools`, with which Codex begins for its newest
 * models, and what a search for tools found), for a protocol that has no such items: their tools are in the prompt's list,
 * so that nothing is lost but those that could not be read.
 */
export function dropToolItems(prompt: Prompt, to: ProtocolId, lose: ReportLoss): Prompt {
  if (to === 'responses' || !prompt.turns.some((turn) => turn.parts.some(isToolItem))) return prompt
  const turns = prompt.turns.flatMap((turn, index) => {
    for (const part of turn.parts) if (isToolItem(part)) tellUnread(part, `turns[${index}]`, lose)
    const parts = turn.parts.filter((part) => !isToolItem(part))
    return parts.length === 0 ? [] : [{ ...turn, parts }]
  })
  return { ...prompt, turns }
}

const bringing: ReadonlySet<unknown> = new Set(['additional_tools', 'tool_search_output'])

function isToolItem(part: Part): part is Part & { kind: 'native' } {
  return part.kind === 'native' && part.protocol === 'responses' && bringing.has(part.value['type'])
}

function tellUnread(part: Part & { kind: 'native' }, path: string, lose: ReportLoss): void {
  for (const tool of asObjects(part.value['tools'])) {
    const type = asString(tool['type']) ?? ''
    if (!read.test(type)) lose({ path, why: `only the responses protocol has the tool ${type}` })
  }
}
