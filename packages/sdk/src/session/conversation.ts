import type { Part, Tool, Turn } from '@crossfeed/protocols'

/** The history that the model is given, without the system message. */
export interface Conversation {
  readonly turns: readonly Turn[]
  add(turn: Turn): void
  /** Puts one turn in the place of the first `count`. */
  replaceHead(count: number, turn: Turn): void
}

/** Creates a conversation that continues `earlier`. */
export function createConversation(earlier: readonly Turn[] = []): Conversation {
  let turns: readonly Turn[] = earlier
  return {
    get turns() {
      return turns
    },
    add(turn) {
      turns = [...turns, turn]
    },
    replaceHead(count, turn) {
      turns = [turn, ...turns.slice(count)]
    },
  }
}

/**
 * Where a history can be cut so that what is left stands on its own: before the user's last words, else before the last
 * answer, whose earlier calls have all got their results. Undefined when too little would be gone.
 */
export function cutPoint(turns: readonly Turn[]): number | undefined {
  const words = turns.findLastIndex((turn) => turn.role === 'user' && !turn.parts.some(isResult))
  if (words > 1) return words
  const answer = turns.findLastIndex((turn) => turn.role === 'assistant')
  return answer > 1 ? answer : undefined
}

function isResult(part: Part): boolean {
  return part.kind === 'tool-result'
}

/** Tokens of an image or document, roughly. */
const mediaTokens = 1500
const charactersPerToken = 4

/** A rough count of a history's tokens, for as long as the model has not said it. */
export function estimateTurns(turns: readonly Turn[]): number {
  return turns.reduce((sum, turn) => sum + estimateParts(turn.parts), 0)
}

function estimateParts(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => sum + estimatePart(part), 0)
}

function estimatePart(part: Part): number {
  switch (part.kind) {
    case 'text':
    case 'refusal':
    case 'reasoning':
      return estimateText(part.text)
    case 'tool-call':
      return estimateText(part.name) + estimateText(part.input)
    case 'tool-result':
      return estimateParts(part.content)
    case 'media':
      return mediaTokens
    default:
      return estimateText(JSON.stringify(part))
  }
}

/** A rough count of a text's tokens. */
export function estimateText(text: string): number {
  return Math.ceil(text.length / charactersPerToken)
}

/** A rough count of what the tools' definitions take. */
export function estimateTools(tools: readonly Tool[]): number {
  return tools.length === 0 ? 0 : estimateText(JSON.stringify(tools))
}

/** Characters of one tool result or call that a transcript holds. */
const mostOfOne = 4000

/** A history as plain text, for a summary: who said what, which tools were called and what they gave. */
export function writeTranscript(turns: readonly Turn[]): string {
  return turns.map((turn) => turn.parts.map((part) => line(turn.role, part)).join('')).join('')
}

function line(role: Turn['role'], part: Part): string {
  switch (part.kind) {
    case 'text':
    case 'refusal':
      return `[${role}] ${part.text}\n\n`
    case 'tool-call':
      return `[tool call] ${part.name} ${shorten(part.input)}\n\n`
    case 'tool-result':
      return `[tool result${part.failed ? ', failed' : ''}] ${shorten(part.content.map((one) => line('user', one)).join(''))}\n\n`
    case 'media':
      return `[${role}] (${part.mediaType}${part.name === undefined ? '' : ` ${part.name}`})\n\n`
    default:
      return ''
  }
}

function shorten(text: string): string {
  return text.length <= mostOfOne ? text : `${text.slice(0, mostOfOne)} (${text.length - mostOfOne} more characters)`
}
