import { asObject, type JsonObject } from '../core/json.ts'

/** A stretch of content: what was thought, and what is said. */
export interface Stretch {
  readonly thought: string
  readonly said: string
}

const open = '<thought>'
const close = '</thought>'

/**
 * Parts thoughts from words where Gemini puts both into `content`: it flags each piece with thoughts in it by
 * `extra_content.google.thought` and sets them in `<thought>` tags, of which the last may open the first piece of the answer.
 */
export class Thoughts {
  #isOpen = false

  /** Whether `take` would change anything of this holder's content. A `whole` one without tags is the answer itself. */
  concern(holder: JsonObject, whole: boolean): boolean {
    if (whole && !String(holder['content']).includes(close)) return false
    return this.#isOpen || isThought(holder)
  }

  take(holder: JsonObject, content: string): Stretch {
    if (!isThought(holder)) {
      this.#isOpen = false
      return { thought: '', said: content.startsWith(close) ? content.slice(close.length) : content }
    }
    const from = !this.#isOpen && content.startsWith(open) ? open.length : 0
    const to = content.indexOf(close, from)
    this.#isOpen = to < 0
    if (to < 0) return { thought: content.slice(from), said: '' }
    return { thought: content.slice(from, to), said: content.slice(to + close.length) }
  }
}

/** Whether a message or delta is flagged to hold thoughts. */
export function isThought(holder: JsonObject): boolean {
  return asObject(asObject(holder['extra_content'])?.['google'])?.['thought'] === true
}
