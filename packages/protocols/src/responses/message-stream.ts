import type { JsonObject } from '../core/json.ts'
import type { Citation, RefusalPart, TextPart, TokenLogprob } from '../core/part.ts'
import { writeAnnotations, writeCitation } from './citations.ts'
import { writeLogprobs } from './logprobs.ts'
import type { StreamHost } from './stream-host.ts'
import { messageMembers, outputContent } from './write-output.ts'

/** The message items of a stream: neighbouring texts share one, each opened with its first character. */
export interface Messages {
  start(index: number, part: TextPart | RefusalPart): void
  delta(index: number, text: string, logprobs?: readonly TokenLogprob[]): void
  cite(index: number, citation: Citation): void
  end(index: number, part: TextPart | RefusalPart): void
  /** Another item follows: the message is closed as soon as its texts are. */
  follow(): void
  /** No more is coming. `cut` when the answer was, in which case the last message is incomplete. */
  close(cut: boolean): void
  /** The stream failed: what was said of messages that are open is kept as incomplete. */
  abandon(): void
}

interface Message {
  readonly id: string
  readonly outputIndex: number
  readonly key: string
  readonly content: JsonObject[]
  members: JsonObject
  /** The text being streamed; others of the same message wait for its end. */
  active: Slot | undefined
  readonly waiting: Slot[]
  followed: boolean
}

interface Slot {
  readonly part: TextPart | RefusalPart
  message?: Message
  contentIndex: number
  streamed: string
  /** Deltas that came while another text was open. */
  held: string
  citations: number
  ended?: TextPart | RefusalPart
}

const none: readonly TokenLogprob[] = []

/** The message side of a stream writer. */
export function createMessages(host: StreamHost): Messages {
  const slots = new Map<number, Slot>()
  const unfinished = new Set<Message>()
  let current: Message | undefined

  return {
    start(index, part) {
      const slot: Slot = { part, contentIndex: 0, streamed: '', held: '', citations: 0 }
      slots.set(index, slot)
      if (part.text !== '') stream(slot, part.text)
    },
    delta(index, text, logprobs) {
      const slot = slots.get(index)
      if (slot) stream(slot, text, logprobs)
    },
    cite(index, citation) {
      const slot = slots.get(index)
      // A citation without an end stands for the whole text, which is not known yet.
      if (!slot?.message || slot.message.active !== slot || citation.end === undefined || citation.url === '') return
      if (slot.citations >= 0) annotate(slot, writeCitation(citation, 0), slot.citations++)
    },
    end(index, part) {
      const slot = slots.get(index)
      if (!slot) return
      slots.delete(index)
      if (slot.held !== '') {
        slot.ended = part
        return
      }
      finish(slot, part)
    },
    follow() {
      if (!current) return
      current.followed = true
      closeIfIdle(current, 'completed')
      current = undefined
    },
    close(cut) {
      if (!current) return
      current.followed = true
      closeIfIdle(current, cut ? 'incomplete' : 'completed')
      current = undefined
    },
    abandon() {
      for (const message of unfinished) {
        const { active, members, waiting } = message
        const content = [...message.content]
        if (active) content[active.contentIndex] = outputContent({ ...active.part, text: active.streamed })
        for (const { part, held } of waiting) content.push(outputContent({ ...part, text: held }))
        host.keepItem(message.outputIndex, item(message.id, members, content, active ? 'incomplete' : 'completed'))
      }
    },
  }

  function stream(slot: Slot, text: string, logprobs: readonly TokenLogprob[] = none): void {
    if (!slot.message) {
      if (slot.held === '' && current?.active) current.waiting.push(slot)
      if (slot.held !== '' || current?.active) {
        slot.held += text
        return
      }
      open(slot)
    }
    if (slot.message) send(slot, slot.message, text, logprobs)
  }

  function open(slot: Slot, into?: Message): void {
    const members = messageMembers(slot.part)
    const key = JSON.stringify(members)
    let message = into ?? current
    if (message && !into && message.key !== key) {
      message.followed = true
      closeIfIdle(message, 'completed')
      message = undefined
    }
    message ??= begin(members, key)
    if (!into) current = message
    slot.message = message
    slot.contentIndex = message.content.length
    const part = outputContent({ ...slot.part, text: '' })
    message.content.push(part)
    message.active = slot
    host.emit('response.content_part.added', { ...place(slot, message), part })
  }

  function begin(members: JsonObject, key: string): Message {
    const id = `msg_${host.newId()}`
    const outputIndex = host.addItem(item(id, members, [], 'in_progress'))
    const message = { id, outputIndex, key, content: [], members, active: undefined, waiting: [], followed: false }
    unfinished.add(message)
    return message
  }

  function send(slot: Slot, message: Message, text: string, logprobs: readonly TokenLogprob[]): void {
    slot.streamed += text
    if (slot.part.kind === 'refusal') {
      host.emit('response.refusal.delta', { ...place(slot, message), delta: text })
      return
    }
    host.frame('response.output_text.delta', {
      type: 'response.output_text.delta',
      sequence_number: host.next(),
      item_id: message.id,
      output_index: message.outputIndex,
      content_index: slot.contentIndex,
      delta: text,
      logprobs: logprobs.length === 0 ? none : writeLogprobs(logprobs),
    })
  }

  function annotate(slot: Slot, annotation: JsonObject, index: number): void {
    if (!slot.message) return
    const members = { ...place(slot, slot.message), annotation_index: index, annotation }
    host.emit('response.output_text.annotation.added', members)
  }

  function finish(slot: Slot, part: TextPart | RefusalPart): void {
    // Nothing is opened for a text that has no character.
    if (!slot.message && part.text === '') return
    if (part.text.length > slot.streamed.length && part.text.startsWith(slot.streamed))
      stream(slot, part.text.slice(slot.streamed.length))
    const { message } = slot
    if (!message) {
      slot.ended = part
      return
    }
    // The end is the upstream's last word, even where its deltas said something else.
    const text = part.text === '' ? slot.streamed : part.text
    const whole = outputContent({ ...part, text })
    if (part.kind === 'text') {
      const annotations = writeAnnotations({ ...part, text })
      for (let at = slot.citations; at < annotations.length; at++) annotate(slot, annotations[at] ?? {}, at)
    }
    const at = place(slot, message)
    if (part.kind === 'refusal') host.emit('response.refusal.done', { ...at, refusal: text })
    else host.emit('response.output_text.done', { ...at, text, logprobs: writeLogprobs(part.logprobs ?? none) })
    host.emit('response.content_part.done', { ...at, part: whole })
    message.content[slot.contentIndex] = whole
    message.members = messageMembers(part)
    message.active = undefined
    release(message)
  }

  /** Lets the next waiting text of a message have its turn, or closes a message that others have followed. */
  function release(message: Message): void {
    const next = message.waiting.shift()
    if (!next) {
      if (message.followed) closeIfIdle(message, 'completed')
      return
    }
    open(next, message)
    const { held } = next
    next.held = ''
    send(next, message, held, none)
    if (next.ended) finish(next, next.ended)
  }

  function closeIfIdle(message: Message, status: string): void {
    if (message.active || message.waiting.length > 0) return
    const { status: said, ...members } = message.members
    unfinished.delete(message)
    host.doneItem(
      message.outputIndex,
      item(message.id, members, message.content, said === 'incomplete' ? said : status),
    )
  }

  function item(id: string, members: JsonObject, content: readonly JsonObject[], status: string): JsonObject {
    const { status: _status, ...others } = members
    return { ...others, type: 'message', id, role: 'assistant', status, content }
  }
}

function place(slot: Slot, message: Message): JsonObject {
  return { item_id: message.id, output_index: message.outputIndex, content_index: slot.contentIndex }
}
