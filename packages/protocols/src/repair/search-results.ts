import { asObjects, asString, type JsonObject } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { Part } from '../core/part.ts'
import type { Prompt } from '../core/prompt.ts'

/**
 * The prompt with `search_result` blocks, which only Messages has, as text: what the user found is part of the question.
 * Answers can then not cite it.
 */
export function tellSearchResults(prompt: Prompt, lose: ReportLoss): Prompt {
  if (!prompt.turns.some((turn) => turn.parts.some(holdsResult))) return prompt
  lose({ path: 'search_result', why: 'it is sent as text, which the answer cannot cite' })
  return { ...prompt, turns: prompt.turns.map((turn) => ({ ...turn, parts: turn.parts.map(told) })) }
}

function holdsResult(part: Part): boolean {
  return part.kind === 'tool-result' ? part.content.some(isResult) : isResult(part)
}

function isResult(part: Part): boolean {
  return part.kind === 'native' && part.protocol === 'messages' && part.value['type'] === 'search_result'
}

function told(part: Part): Part {
  if (part.kind === 'tool-result') return { ...part, content: part.content.map(told) }
  return part.kind === 'native' && isResult(part) ? { kind: 'text', text: wordsOf(part.value) } : part
}

function wordsOf(block: JsonObject): string {
  const head = [block['title'], block['source']].flatMap((line) => asString(line) ?? []).join('\n')
  const texts = asObjects(block['content']).flatMap((one) => asString(one['text']) ?? [])
  return [head, ...texts].filter((text) => text !== '').join('\n\n')
}
