import { splitDataUrl } from '../core/data-url.ts'
import { asObject, asObjects, asString, isObject, type JsonObject } from '../core/json.ts'
import type { ReportLoss } from '../core/loss.ts'
import type { MediaPart, Part, TextPart } from '../core/part.ts'
import type { Prompt, Turn } from '../core/prompt.ts'
import type { ProtocolId } from '../core/protocol.ts'

/**
 * The prompt with the pictures that the model has made in earlier turns (`image_generation_call` of Responses, `images` beside
 * an answer in Chat Completions, as OpenRouter has it) shown to it by the user, who speaks next: elsewhere an assistant's turn
 * holds none.
 */
export function showPictures(prompt: Prompt, to: ProtocolId, lose: ReportLoss): Prompt {
  if (!prompt.turns.some((turn) => hasPictures(turn, to))) return prompt
  const turns: Turn[] = []
  let waiting: MediaPart[] = []
  prompt.turns.forEach((turn, index) => {
    if (hasPictures(turn, to)) {
      lose({
        path: `turns[${index}]`,
        why: 'only the user can show a picture there: what was made is shown in the next turn',
      })
      const { kept, pictures } = takePictures(turn, to)
      waiting.push(...pictures)
      turns.push(kept)
    } else if (waiting.length > 0 && isSpoken(turn)) {
      turns.push({ ...turn, parts: [...introduce(waiting), ...turn.parts] })
      waiting = []
    } else turns.push(turn)
  })
  // What a tool said is followed by what was made before; words in the assistant's mouth stay last.
  if (waiting.length > 0 && turns.at(-1)?.role === 'user') turns.push({ role: 'user', parts: introduce(waiting) })
  return { ...prompt, turns }
}

function isSpoken({ role, parts }: Turn): boolean {
  return role === 'user' && parts.some((part) => part.kind !== 'tool-result')
}

function introduce(pictures: readonly MediaPart[]): readonly Part[] {
  return [{ kind: 'text', text: '[What was made above:]' }, ...pictures]
}

function hasPictures(turn: Turn, to: ProtocolId): boolean {
  if (turn.role !== 'assistant') return false
  return turn.parts.some((part) => isMade(part, to)) || imagesBeside(turn, to).length > 0
}

function isMade(part: Part, to: ProtocolId): boolean {
  return pictureOf(part, to) !== undefined
}

function takePictures(turn: Turn, to: ProtocolId): { readonly kept: Turn; readonly pictures: readonly MediaPart[] } {
  const beside = imagesBeside(turn, to)
  const pictures = turn.parts.flatMap((part) => pictureOf(part, to) ?? [])
  const parts = turn.parts.map((part) => (isMade(part, to) ? describe(part) : part))
  if (beside.length === 0) return { kept: { ...turn, parts }, pictures }
  const note: Part = { kind: 'text', text: '[A picture.]' }
  return { kept: { ...turn, parts: parts.length === 0 ? [note] : parts }, pictures: [...pictures, ...beside] }
}

/** The words that stand where the picture was made. */
function describe(part: Part): TextPart {
  const prompt = part.kind === 'native' ? asString(part.value['revised_prompt']) : undefined
  return { kind: 'text', text: prompt ? `[image_generation_call: ${prompt}]` : '[image_generation_call]' }
}

function pictureOf(part: Part, to: ProtocolId): MediaPart | undefined {
  if (part.kind !== 'native' || part.protocol === to || part.value['type'] !== 'image_generation_call') return undefined
  const result = asString(part.value['result'])
  return result ? picture(madeType(part.value), result) : undefined
}

function imagesBeside(turn: Turn, to: ProtocolId): readonly MediaPart[] {
  if (to === 'chat') return []
  return asObjects(turn.extras?.chat?.['images']).flatMap((image): readonly MediaPart[] => {
    const url = asString(asObject(image['image_url'])?.['url'])
    if (url === undefined) return []
    const data = splitDataUrl(url, 'image/*')
    return data ? [picture(data.mediaType, data.base64)] : [{ kind: 'media', mediaType: 'image/*', source: { url } }]
  })
}

function picture(mediaType: string, base64: string): MediaPart {
  return { kind: 'media', mediaType, source: { base64 } }
}

/** The type of a picture that Responses has made: its own word, or PNG, which it makes unless told otherwise. */
export function madeType(item: JsonObject): string {
  const format = asString(item['output_format']) ?? 'png'
  return `image/${format === 'svg' ? 'svg+xml' : format}`
}

/** The data of a picture beside an answer in Chat Completions; undefined where only its address is known. */
export function dataOf(image: JsonObject): { readonly format: string; readonly base64: string } | undefined {
  const url = isObject(image['image_url']) ? asString(image['image_url']['url']) : undefined
  const data = url === undefined ? undefined : splitDataUrl(url, 'image/*')
  return data && { format: data.mediaType.replace(/^image\//, '').replace('svg+xml', 'svg'), base64: data.base64 }
}
