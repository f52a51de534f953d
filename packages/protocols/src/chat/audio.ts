import { asString, type JsonObject, type MutableJson } from '../core/json.ts'

/**
 * A spoken answer with one more piece of it: `data` (base64) and `transcript` come in pieces, everything else once
 * (OpenAI's guide "Audio and speech", streamed).
 */
export function joinAudio(audio: JsonObject | undefined, piece: JsonObject): JsonObject {
  const joined: MutableJson = { ...audio, ...piece }
  for (const name of ['data', 'transcript'] as const) {
    const before = asString(audio?.[name])
    const more = asString(piece[name])
    if (before !== undefined) joined[name] = before + (more ?? '')
  }
  return joined
}

/** Whether there is anything to hear or read in it: Snowflake gives every answer one without. */
export function isSilent(audio: JsonObject): boolean {
  return !audio['id'] && !audio['data'] && !audio['transcript']
}
