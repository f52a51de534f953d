import { asObject, type Json, type JsonObject, type ProtocolId } from '@crossfeed/protocols'
import { asList } from '../patches/copy-on-write.ts'

/** Whether a request shows the model an image, also inside a tool's result: then `Copilot-Vision-Request` is due. */
export function hasImages(protocol: ProtocolId, body: JsonObject): boolean {
  return findImage(protocol, body) !== undefined
}

/**
 * The turn or item that shows the model an image, such as `messages[3]`. Looks from the end, where images usually are, and
 * stops at the first.
 */
export function findImage(protocol: ProtocolId, body: JsonObject): string | undefined {
  const member = protocol === 'responses' ? 'input' : 'messages'
  const at = asList(body[member])?.findLastIndex((turn) => holdsImage(turn)) ?? -1
  return at < 0 ? undefined : `${member}[${at}]`
}

const kinds: ReadonlySet<unknown> = new Set(['image', 'image_url', 'input_image', 'computer_screenshot'])

/** A turn, an item, a part or a tool result: `content` and `output` are where lists of parts hang. */
function holdsImage(value: Json): boolean {
  const object = asObject(value)
  if (!object) return false
  if (kinds.has(object['type'])) return true
  return anyImage(object['content']) || anyImage(object['output'])
}

function anyImage(value: Json | undefined): boolean {
  if (value === undefined || value === null || typeof value === 'string') return false
  return asList(value)?.some(holdsImage) ?? holdsImage(value)
}
