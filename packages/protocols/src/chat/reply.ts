import { GatewayError } from '../core/error.ts'
import { loseAddressless, loseFileCitations } from '../core/lost-sources.ts'
import { asObject, isObject, type JsonObject, type MutableJson } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import { loseEnding } from '../core/lost-ending.ts'
import type { Part, ToolCallPart } from '../core/part.ts'
import type { Prompt } from '../core/prompt.ts'
import type { Asked } from '../core/protocol.ts'
import { foldEvents, type Reply } from '../core/reply.ts'
import { isAnnotated, writeCitation } from './citations.ts'
import { writeFinish } from './finish.ts'
import { ChunkReader } from './read-events.ts'
import { isOfCall } from './returned.ts'
import { thoughtGap, writeSeal } from './shared-seals.ts'
import { restore, spellingOf } from './spelling.ts'
import { writeUsage } from './usage.ts'

/**
 * A whole answer in the words of the core: read as a stream of one chunk, so that both ways give the same. All choices
 * are one answer (Copilot gives each message of it a choice of its own).
 */
export function readReply(body: JsonObject, issuer: string): Reply {
  if (!Array.isArray(body['choices']) && !isObject(body['error']))
    throw new GatewayError('upstream', 502, 'The upstream answered with something that is no chat completion.', {
      reason: 'not-an-answer',
      upstream: { body },
    })
  const reader = new ChunkReader(issuer, true)
  return foldEvents(reader.push(body).concat(reader.done()))
}

/** The chat completion that a reply amounts to for this client. */
export function writeReply(reply: Reply, asked: Asked, lose: ReportLoss): JsonObject {
  const legacy = isLegacy(asked.prompt)
  const message = writeMessage(reply, asked.prompt, legacy, lose)
  const logprobs = reply.parts.flatMap((part) => (part.kind === 'text' ? (part.logprobs ?? []) : []))
  const kept = reply.extras?.chat
  loseEnding(reply.finish, reply.extras, lose)
  const choice: MutableJson = {
    index: 0,
    message,
    logprobs: logprobs.length > 0 ? { content: logprobs, refusal: null } : null,
    finish_reason: writeFinish(reply.finish, legacy),
  }
  const body: MutableJson = {
    id: writeId(reply.id, asked.newId),
    object: 'chat.completion',
    created: asked.now,
    model: asked.prompt.model,
    choices: [restore(choice, restOfChoice(kept))],
    usage: writeUsage(reply.usage),
  }
  return restore(body, restOfAnswer(kept, reply.tier))
}

/** Whether the client speaks of functions instead of tools. */
export function isLegacy(prompt: Prompt): boolean {
  return prompt.tools.some((tool) => tool.kind === 'function' && spellingOf(tool.extras).legacy === true)
}

/** The answer's id with the prefix that clients know. */
export function writeId(id: string, newId: Asked['newId']): string {
  return id.startsWith('chatcmpl-') ? id : `chatcmpl-${newId()}`
}

/** The choice's own extras; a `finish_reason` that is not OpenAI's stays behind, since clients refuse it. */
export function restOfChoice(kept: JsonObject | undefined): JsonObject | undefined {
  const choices = kept?.['choices']
  const choice = Array.isArray(choices) ? asObject(choices[0]) : undefined
  if (!choice) return undefined
  const { finish_reason: _reason, ...others } = choice
  return others
}

const tiers = new Set(['auto', 'default', 'flex', 'scale', 'priority', 'fast'])

/** The answer's own extras and its service tier; a tier that is not OpenAI's (Groq's `on_demand`) stays behind likewise. */
export function restOfAnswer(kept: JsonObject | undefined, tier: string | undefined): JsonObject | undefined {
  if (tier === undefined) return kept
  const { service_tier: _tier, ...others } = kept ?? {}
  return tiers.has(tier) ? { ...others, service_tier: tier } : others
}

function writeMessage(reply: Reply, prompt: Prompt, legacy: boolean, lose: ReportLoss): MutableJson {
  let content = ''
  let refusal = ''
  let reasoning = ''
  const seals: string[] = []
  const annotations: JsonObject[] = []
  const calls: ToolCallPart[] = []
  const media: JsonObject[] = []
  reply.parts.forEach((part, index) => {
    switch (part.kind) {
      case 'text':
        for (const citation of part.citations ?? [])
          if (isAnnotated(citation)) annotations.push(writeCitation(citation, content.length, part.text.length))
        loseAddressless(part, `parts[${index}]`, lose)
        loseFileCitations(part, `parts[${index}]`, 'Chat Completions', lose)
        content += part.text
        return
      case 'refusal':
        refusal += part.text
        return
      case 'reasoning':
        if (part.text !== '') reasoning += (reasoning === '' ? '' : thoughtGap) + part.text
        if (part.seal && !isOfCall(part.seal))
          seals.push(writeSeal(part.seal, reasoning.length - part.text.length, part.text.length))
        return
      case 'tool-call':
        if (legacy && calls.length > 0) loseCall(index, lose)
        else calls.push(part)
        return
      default: {
        const medium = asMedium(part)
        if (medium) media.push(medium)
        else losePart(part, index, lose)
      }
    }
  })
  const message: MutableJson = {
    role: 'assistant',
    content: content === '' ? null : content,
    refusal: refusal === '' ? null : refusal,
  }
  if (annotations.length > 0) message['annotations'] = annotations
  if (reasoning !== '') message['reasoning_content'] = reasoning
  if (seals.length > 0) message['reasoning_opaque'] = seals.join('\n')
  addMedia(message, media)
  const [first] = calls
  const customs = customNames(prompt)
  if (first && legacy) message['function_call'] = { name: first.name, arguments: writeInput(first, reply) }
  else if (first) message['tool_calls'] = calls.map((call) => writeCall(call, reply, customs))
  return message
}

/** A sound or a picture of an answer in this protocol, which has a member for it; undefined for any other part. */
export function asMedium(part: Part): JsonObject | undefined {
  if (part.kind !== 'native' || part.protocol !== 'chat') return undefined
  return part.value['type'] === 'audio' || part.value['type'] === 'image_url' ? part.value : undefined
}

/** Puts sounds and pictures into a message or a delta: OpenAI's `audio`, OpenRouter's `images`. */
export function addMedia(holder: MutableJson, media: readonly JsonObject[]): MutableJson {
  const images = media.filter((medium) => medium['type'] === 'image_url')
  const audio = media.find((medium) => medium['type'] === 'audio')
  if (images.length > 0) holder['images'] = images
  if (audio) holder['audio'] = audio['audio']
  return holder
}

/** Reports a part that an answer in this protocol has no place for. */
export function losePart(part: Part, index: number, lose: ReportLoss): void {
  const what = part.kind === 'native' ? `item of the ${part.protocol} protocol` : part.kind
  lose({ path: `parts[${index}]`, why: `an answer in Chat Completions holds no ${what}` })
}

/** Reports a call that a client without tools is not told of: a message of the grammar of 2023 has one. */
export function loseCall(index: number, lose: ReportLoss): void {
  lose({ path: `parts[${index}]`, why: 'a client that speaks of functions hears of one call in an answer' })
}

function writeCall(call: ToolCallPart, reply: Reply, customs: ReadonlySet<string>): MutableJson {
  if (call.form === 'text' && customs.has(call.name))
    return restore({ id: call.id, type: 'custom', custom: { name: call.name, input: call.input } }, call.extras?.chat)
  const text = call.form === 'text' ? JSON.stringify({ input: call.input }) : writeInput(call, reply)
  return restore({ id: call.id, type: 'function', function: { name: call.name, arguments: text } }, call.extras?.chat)
}

/** The free-text tools that a client declared: others know calls of functions only. */
export function customNames(prompt: Prompt): ReadonlySet<string> {
  return new Set(prompt.tools.flatMap((tool) => (tool.kind === 'custom' ? [tool.name] : [])))
}

/** Clients parse the arguments: none at all are `{}`, unless they are missing because the answer was cut. */
function writeInput(call: ToolCallPart, reply: Reply): string {
  return call.input === '' && reply.finish !== 'length' ? '{}' : call.input
}
